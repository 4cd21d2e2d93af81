// Programs are ended as whole trees, with a cgroup and without one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "keeper/keeper_rig.h"
#include "os/file.h"

namespace hammock::keeper {
namespace {

// true: with cgroups where the host has them; false: R/cgroup cannot be written, so the keeper does
// without.
class Tree : public testing::TestWithParam<bool> {
 protected:
  Tree() {
    if (!GetParam()) std::filesystem::create_directories(rig.path("cgroup/in/the/way"));
    rig.start_keeper();
    rig.greet();
    rig.define(0, "web");
  }
  // Every process that the stubborn program said it is.
  std::vector<pid_t> members() {
    std::vector<pid_t> pids;
    std::string log = rig.log("web");
    for (std::size_t at = 0; (at = log.find("grandchild ", at)) != std::string::npos; ++at) {
      pids.push_back(std::stoi(log.substr(at + 11)));
    }
    return pids;
  }
  bool all_gone() {
    for (pid_t pid : members()) {
      if (process_lives(pid)) return false;
    }
    return true;
  }
  Rig rig;
};

TEST_P(Tree, KillEndsAllOfIt) {
  pid_t pid = rig.run(0, program_spec({"stubborn"}));
  ASSERT_TRUE(rig.wait_log("web", "grandchild"));
  rig.signal(0, SIGTERM);
  rig.ping();
  EXPECT_TRUE(process_lives(pid));
  rig.send(rig.order(wire::Order::kKill, 0));
  rig.wait_exit(0, 1);
  EXPECT_EQ(rig.exit_of(0, 1).wait_status, SIGKILL);
  EXPECT_TRUE(all_gone());  // Idle means: nobody is left
}

TEST_P(Tree, WhatTheMainProcessLeavesIsGoneBeforeTheNextStart) {
  wire::Spec spec = program_spec({"stubborn"});
  pid_t pid = rig.run(0, spec);
  ASSERT_TRUE(rig.wait_log("web", "grandchild"));
  auto old = members();
  kill_process(pid);
  rig.wait_exit(0, 1);
  for (pid_t left : old)
    EXPECT_FALSE(process_lives(left)) << left;
  EXPECT_GT(rig.run(0, spec), 1);  // and the group can be used again
}

TEST_P(Tree, SoItIsWithAReflex) {
  wire::Spec spec = program_spec({"stubborn"});
  pid_t pid = rig.run(0, spec);
  rig.arm(0, spec, 1);
  ASSERT_TRUE(rig.wait_log("web", "grandchild"));
  auto old = members();
  kill_process(pid);
  ASSERT_TRUE(rig.until([&] {
    return rig.slot(0).data.generation == 2 && rig.slot(0).data.phase == wire::Phase::kRunning;
  }));
  for (pid_t left : old)
    EXPECT_FALSE(process_lives(left)) << left;
}

TEST_P(Tree, AStartOrderedMeanwhileWaitsForTheEnd) {
  pid_t pid = rig.run(0, program_spec({"stubborn"}));
  ASSERT_TRUE(rig.wait_log("web", "grandchild"));
  auto old = members();
  rig.send(rig.order(wire::Order::kKill, 0));
  // The exit is recorded before the tree is gone; from then on the order is taken.
  ASSERT_TRUE(rig.until([&] { return rig.exit_of(0, 1).generation == 1; }));
  rig.spawn(0, program_spec({"wait"}));
  ASSERT_TRUE(rig.until([&] { return rig.slot(0).data.generation == 2; }));
  EXPECT_FALSE(process_lives(pid));
  for (pid_t left : old)
    EXPECT_FALSE(process_lives(left)) << left;
}

TEST_P(Tree, TheNextKeeperFindsTheTreeToo) {
  rig.run(0, program_spec({"stubborn"}));
  ASSERT_TRUE(rig.wait_log("web", "grandchild"));
  rig.brain_life.reset();
  rig.kill_keeper();
  rig.adopt();
  rig.greet();
  rig.send(rig.order(wire::Order::kKill, 0));
  rig.wait_exit(0, 1);
  EXPECT_TRUE(all_gone());
  EXPECT_GT(rig.run(0, program_spec({"wait"})), 1);
}

TEST_P(Tree, LeftOversOfADeathWithoutAKeeperAreEnded) {
  pid_t pid = rig.run(0, program_spec({"stubborn"}));
  ASSERT_TRUE(rig.wait_log("web", "grandchild"));
  rig.brain_life.reset();
  rig.kill_keeper();
  kill_process(pid);
  rig.adopt();
  rig.greet();
  rig.wait_exit(0, 1);
  EXPECT_TRUE(all_gone());
}

TEST_P(Tree, GroupsThatItMadeGoWithIt) {
  // Where the host has no groups for us, there is nothing below which it could make one.
  auto groups = os::read_file(rig.path("cgroup"), 512);
  if (!groups) return;
  const std::string most = *groups + "/0/inner/most";
  rig.run(0, shell_spec("mkdir -p " + most + " && echo $$ > " + most +
                        "/cgroup.procs && echo made; while :; do :; done"));
  ASSERT_TRUE(rig.wait_log("web", "made"));
  ASSERT_TRUE(os::read_file(most + "/cgroup.events", 512));  // it is a group indeed
  rig.send(rig.order(wire::Order::kKill, 0));
  rig.wait_exit(0, 1);
  EXPECT_FALSE(std::filesystem::exists(most));
  EXPECT_GT(rig.run(0, program_spec({"wait"})), 1);
}

TEST_P(Tree, WhoIsDyingIsNotGone) {
  rig.run(0, program_spec({"stubborn", "400"}));
  ASSERT_TRUE(rig.wait_log("web", "grandchild"));
  rig.send(rig.order(wire::Order::kKill, 0));
  rig.wait_exit(0, 1);
  EXPECT_TRUE(all_gone());
}

TEST_P(Tree, ASignalToTheGroupReachesChildren) {
  rig.run(0, shell_spec("sh -c 'trap \"echo child heard; exit\" USR1; echo child up; "
                        "while :; do :; done' & trap '' USR1; wait"));
  ASSERT_TRUE(rig.wait_log("web", "child up"));
  rig.send(rig.order(wire::Order::kSignalGroup, 0, SIGUSR1));
  EXPECT_TRUE(rig.wait_log("web", "child heard"));
}

TEST_P(Tree, AnotherServiceIsNotTouched) {
  rig.define(1, "other");
  pid_t other = rig.run(1, program_spec({"stubborn"}));
  rig.run(0, program_spec({"stubborn"}));
  ASSERT_TRUE(rig.wait_log("web", "grandchild"));
  ASSERT_TRUE(rig.wait_log("other", "grandchild"));
  pid_t grandchild = std::stoi(rig.log("other").substr(11));
  rig.send(rig.order(wire::Order::kKill, 0));
  rig.wait_exit(0, 1);
  EXPECT_TRUE(all_gone());
  EXPECT_TRUE(process_lives(other));
  EXPECT_TRUE(process_lives(grandchild));
}

TEST_P(Tree, AForkBombEnds) {
  rig.run(0,
          shell_spec(
              "b() { b | b & b; }; ulimit -u 200 2>/dev/null; n=0; "
              "while test $n -lt 60; do (while :; do :; done) & n=$((n+1)); done; echo lit; wait"));
  ASSERT_TRUE(rig.wait_log("web", "lit"));
  rig.send(rig.order(wire::Order::kKill, 0));
  rig.wait_exit(0, 1);
  EXPECT_EQ(rig.slot(0).data.phase, wire::Phase::kIdle);
}

INSTANTIATE_TEST_SUITE_P(Groups, Tree, testing::Bool(), [](const auto& which) {
  return which.param ? "WithGroups" : "WithoutGroups";
});

}  // namespace
}  // namespace hammock::keeper
