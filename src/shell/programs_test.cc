#include "shell/programs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>

#include "os/clock.h"
#include "os/file.h"
#include "shell/plugin.h"

namespace hammock::shell {
namespace {

using namespace std::chrono_literals;
using probe::Verdict;
using testing::HasSubstr;

int exited(int status) {
  return status << 8;
}

TEST(Plugin, ItsExitStatusIsTheVerdict) {
  EXPECT_EQ(read_plugin(Exited{exited(0), "OK"}).verdict, Verdict::kGood);
  EXPECT_EQ(read_plugin(Exited{exited(1), ""}).verdict, Verdict::kBad);
  EXPECT_EQ(read_plugin(Exited{exited(2), ""}).verdict, Verdict::kBad);
  EXPECT_EQ(read_plugin(Exited{exited(3), ""}).verdict, Verdict::kUnknown);
  for (const int broken : {exited(4), exited(127), SIGSEGV}) {
    const PluginResult result = read_plugin(Exited{broken, "OK"});
    EXPECT_EQ(result.verdict, Verdict::kUnknown) << broken;
    EXPECT_THAT(result.message, HasSubstr("expected an exit status from 0 to 3"));
  }
}

TEST(Plugin, TheFirstLineIsForPeopleAndForMachines) {
  const PluginResult result =
      read_plugin(Exited{exited(0), "DISK OK - free: 20 GB | /=80GB;90;95;0;100\n/home 7 GB\n"});
  EXPECT_EQ(result.message, "DISK OK - free: 20 GB");
  EXPECT_EQ(result.numbers, "/=80GB;90;95;0;100");
  EXPECT_EQ(read_plugin(Exited{exited(2), ""}).message, "it exited with 2 and said nothing");
  EXPECT_EQ(read_plugin(Exited{exited(2), "bad\x1b[2J\n"}).message.find('\x1b'), std::string::npos);
  EXPECT_LE(read_plugin(Exited{exited(2), std::string(5000, 'x')}).message.size(), kProbeSaysMax);
}

class Commands : public testing::Test {
 protected:
  // No child is left to the next test, those that were killed among them.
  ~Commands() override {
    while (waitpid(-1, nullptr, 0) > 0) {
    }
  }
  static wire::Spec shell(const std::string& script) {
    wire::Spec spec;
    spec.command = {"/bin/sh", "-c", script};
    spec.environment = {"PATH=/usr/bin:/bin"};
    return spec;
  }
  void run(std::uint64_t id, const std::string& script, Duration within = 60s) {
    commands.run(id, shell(script), within, os::read_clocks().steady);
  }
  // Until so many have ended.
  void wait(std::size_t count) {
    while (ended.size() < count) {
      std::vector<pollfd> waits;
      std::vector<std::uint64_t> ids;
      for (const auto& [fd, id] : watched) {
        waits.push_back({fd, POLLIN, 0});
        ids.push_back(id);
      }
      ::poll(waits.data(), waits.size(), 5);
      for (std::size_t i = 0; i < waits.size(); ++i) {
        if ((waits[i].revents & POLLNVAL) != 0)
          watched.erase(waits[i].fd);
        else if (waits[i].revents != 0)
          commands.readable(ids[i]);
      }
      int status = 0;
      for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
        EXPECT_TRUE(commands.child_ended(pid, status, os::read_clocks().steady));
      commands.expire(os::read_clocks().steady);
      for (Programs::Ended& one : commands.take_ended())
        ended.emplace(one.id, read_plugin(one.how));
    }
  }

  std::map<int, std::uint64_t> watched;
  Programs commands{[this](int fd, std::uint64_t id) { watched[fd] = id; }};
  std::map<std::uint64_t, PluginResult> ended;
};

TEST_F(Commands, EndWithWhatTheySay) {
  run(1, "echo 'LOAD OK | load1=0.2'; echo more >&2");
  run(2, "echo sick; exit 2");
  run(3, "kill -9 $$");
  wait(3);
  EXPECT_EQ(ended[1].verdict, Verdict::kGood);
  EXPECT_EQ(ended[1].message, "LOAD OK");
  EXPECT_EQ(ended[1].numbers, "load1=0.2");
  EXPECT_EQ(ended[2].verdict, Verdict::kBad);
  EXPECT_EQ(ended[2].message, "sick");
  EXPECT_EQ(ended[3].verdict, Verdict::kUnknown);
  EXPECT_FALSE(commands.next_deadline());
}

// Gone, or a zombie that nobody has reaped.
bool is_over(pid_t pid) {
  return os::read_file("/proc/" + std::to_string(pid) + "/cmdline").value_or("").empty();
}

TEST_F(Commands, OneThatHangsIsEndedWithAllThatItStarted) {
  const std::string file = testing::TempDir() + "/programs-" + std::to_string(getpid());
  run(1, "sleep 1000 & echo $! > " + file + "; sleep 1000", 300ms);
  wait(1);
  EXPECT_EQ(ended[1].verdict, Verdict::kBad);
  EXPECT_THAT(ended[1].message, HasSubstr("300ms"));
  const pid_t started = std::stoi(os::read_file(file).value());
  while (!is_over(started))
    ::poll(nullptr, 0, 1);
  unlink(file.c_str());
}

TEST_F(Commands, WhatIsLeftInTheGroupEndsWithIt) {
  const std::string file = testing::TempDir() + "/programs-" + std::to_string(getpid());
  run(1, "sleep 1000 & echo $! > " + file + "; exit 0");
  wait(1);
  EXPECT_EQ(ended[1].verdict, Verdict::kGood);
  const pid_t left = std::stoi(os::read_file(file).value());
  while (!is_over(left))
    ::poll(nullptr, 0, 1);
  unlink(file.c_str());
}

TEST_F(Commands, OneThatIsLeftEndsAndTellsNothing) {
  const std::string file = testing::TempDir() + "/programs-" + std::to_string(getpid());
  run(1, "sleep 1000 & echo $! > " + file + ".new; mv " + file + ".new " + file + "; sleep 1000");
  while (!os::read_file(file))
    ::poll(nullptr, 0, 1);
  for (std::uint64_t id = 2; id <= kProgramsMax + 1; ++id)
    run(id, "exit 0");
  run(1000, "exit 0");
  commands.leave(1000, os::read_clocks().steady);  // it waits still
  commands.leave(1, os::read_clocks().steady);
  wait(kProgramsMax);
  EXPECT_FALSE(ended.contains(1));
  EXPECT_FALSE(ended.contains(1000));
  EXPECT_FALSE(commands.next_deadline());
  const pid_t started = std::stoi(os::read_file(file).value());
  while (!is_over(started))
    ::poll(nullptr, 0, 1);
  unlink(file.c_str());
}

TEST_F(Commands, WhatTheyWarnOfIsReadOrNot) {
  const std::string script = "echo warns >&2; echo says";
  run(1, script);
  commands.run(2, shell(script), 60s, os::read_clocks().steady, Programs::Reads::kFirst);
  wait(2);
  EXPECT_EQ(ended[1].message, "warns");
  EXPECT_EQ(ended[2].message, "says");
}

TEST_F(Commands, OutputIsReadAndBounded) {
  run(1, "echo first; dd if=/dev/zero bs=1M count=20 2>/dev/null");
  wait(1);
  EXPECT_EQ(ended[1].verdict, Verdict::kGood);
  EXPECT_EQ(ended[1].message, "first");
}

TEST_F(Commands, OneThatClosesItsOutputIsWaitedFor) {
  run(1, "echo well; exec >&- 2>&-; sleep 0.2; exit 2");
  wait(1);
  EXPECT_EQ(ended[1].verdict, Verdict::kBad);
  EXPECT_EQ(ended[1].message, "well");
}

TEST_F(Commands, WhatCannotBeStartedIsUnknown) {
  wire::Spec spec;
  spec.command = {"/nowhere/check"};
  commands.run(1, spec, 1s, os::read_clocks().steady);
  wait(1);
  EXPECT_EQ(ended[1].verdict, Verdict::kUnknown);
  EXPECT_THAT(ended[1].message, HasSubstr("could not be started"));
}

TEST_F(Commands, ManyTakeTurns) {
  for (std::uint64_t id = 1; id <= 3 * kProgramsMax; ++id)
    run(id, "exit 0");
  EXPECT_LE(watched.size(), kProgramsMax);
  wait(3 * kProgramsMax);
  for (const auto& [id, one] : ended)
    EXPECT_EQ(one.verdict, Verdict::kGood) << id;
}

}  // namespace
}  // namespace hammock::shell
