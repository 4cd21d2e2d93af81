// What programs say of themselves, and what they leave with the keeper.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "keeper/keeper_rig.h"
#include "os/clock.h"
#include "os/file.h"
#include "wire/notify.h"

namespace hammock::keeper {
namespace {

class Saying : public testing::Test {
 protected:
  Saying() {
    rig.start_keeper();
    rig.greet();
    rig.define(0, "web");
  }
  static wire::Spec saying(std::vector<std::string> mode) {
    wire::Spec spec = program_spec(std::move(mode));
    spec.notify = true;
    return spec;
  }
  wire::Said said() { return rig.slot(0).data.said; }
  void restart(const wire::Spec& spec) {
    std::uint64_t generation = rig.slot(0).data.generation;
    rig.send(rig.order(wire::Order::kKill, 0));
    rig.wait_exit(0, generation);
    rig.run(0, spec);
  }
  // The brain's copies, as it would keep them.
  std::vector<Hint> take_holds() {
    std::vector<Hint> holds;
    for (Hint& hint : rig.hints) {
      if (hint.message.hint == wire::Hint::kHold) holds.push_back(std::move(hint));
    }
    rig.hints.clear();
    return holds;
  }
  void give_back(std::vector<Hint>& holds) {
    for (Hint& held : holds) {
      wire::OrderMessage order;
      order.order = wire::Order::kHold;
      order.hold = held.message.hold;
      rig.send(order, held.fd.get());
    }
    wire::OrderMessage done;
    done.order = wire::Order::kHoldsDone;
    rig.send(done);
  }

  Rig rig;
};

TEST_F(Saying, ReadyStatusAndTheRestAreInTheLedger) {
  rig.run(0, saying({"notify", "STATUS=warming up\nERRNO=11\nBUSERROR=org.x.Y", "READY=1",
                     "WATCHDOG=1\nWATCHDOG_USEC=5000000", "EXTEND_TIMEOUT_USEC=60000000",
                     "RESTART_RESET=1"}));
  ASSERT_TRUE(rig.until([&] { return said().restart_resets == 1; }));
  wire::Said s = said();
  EXPECT_EQ(s.ready, 1);
  EXPECT_STREQ(s.status.data(), "warming up");
  EXPECT_STREQ(s.error_name.data(), "org.x.Y");
  EXPECT_EQ(s.error_number, 11);
  EXPECT_GT(s.watchdog_us, 0);
  EXPECT_EQ(s.watchdog_timeout_us, 5'000'000);
  EXPECT_GT(s.extend_until_us, s.watchdog_us + 59'000'000);
  EXPECT_TRUE(rig.wait_hint(wire::Hint::kChanged));
  // Forgotten at the next start.
  restart(saying({"wait"}));
  EXPECT_EQ(rig.exit_of(0, 1).was_ready, 1);
  EXPECT_EQ(said().ready, 0);
  EXPECT_STREQ(said().status.data(), "");
}

TEST_F(Saying, ReloadsAreCountedAndStoppingIsFinal) {
  rig.run(0, saying({"notify", "READY=1", "RELOADING=1\nMONOTONIC_USEC=5", "READY=1",
                     "RELOADING=1\nREADY=1", "STOPPING=1", "READY=1\nRELOADING=1", "STATUS=end"}));
  ASSERT_TRUE(rig.until([&] { return std::string_view(said().status.data()) == "end"; }));
  EXPECT_EQ(said().reloads_done, 2U);
  EXPECT_EQ(said().reloading, 0);
  EXPECT_EQ(said().stopping, 1);
}

TEST_F(Saying, ABarrierIsPassedAfterWhatWasSaidBefore) {
  rig.run(0, saying({"barrier"}));
  ASSERT_TRUE(rig.wait_log("web", "barrier passed"));
  EXPECT_STREQ(said().status.data(), "before the barrier");
}

TEST_F(Saying, ProgressAndOutputAreSignsOfLife) {
  auto active = [&] { return rig.slot(0).active_us; };
  wire::Spec spec = saying({"notify", "X_PROGRESS=3/8"});
  rig.run(0, spec);
  ASSERT_TRUE(rig.wait_log("web", "told"));
  rig.ping();
  EXPECT_EQ(said().progress_done, 3U);
  EXPECT_EQ(said().progress_total, 8U);
  const std::int64_t first = active();
  EXPECT_GT(first, 0);
  EXPECT_LE(first, os::monotonic_us());
  restart(shell_spec("sleep 0.05; echo alive; exec sleep 60"));
  const std::int64_t begun = active();
  EXPECT_GT(begun, first) << "a start is one";
  EXPECT_EQ(said().progress_total, 0U) << "of the try before";
  ASSERT_TRUE(rig.wait_log("web", "told\nalive\n"));
  const std::int64_t spoken = active();
  EXPECT_GT(spoken, begun);
  rig.brain_life.reset();
  rig.kill_keeper();
  rig.adopt();
  rig.greet();
  EXPECT_GT(active(), spoken) << "what it said meanwhile, nobody heard";
}

TEST_F(Saying, OfAJobOnlyProgressAndStatusAreHeard) {
  wire::Spec spec = saying({"notify", "STOPPING=1\nWATCHDOG_USEC=1000\nMAINPID=1\nREADY=1",
                            "STATUS=half\nX_PROGRESS=1/2"});
  spec.notify_access = static_cast<int>(wire::NotifyAccess::kProgress);
  rig.run(0, spec);
  ASSERT_TRUE(rig.until([&] { return said().progress_total == 2; }));
  const wire::Said s = said();
  EXPECT_STREQ(s.status.data(), "half");
  EXPECT_EQ(s.stopping, 0);
  EXPECT_EQ(s.ready, 0);
  EXPECT_EQ(s.main_pid, 0);
  EXPECT_EQ(s.watchdog_timeout_us, 0);
}

TEST_F(Saying, OnlyTheMainProcessIsHeardUnlessAllMay) {
  wire::Spec spec = saying({});
  std::string self = spec.command[0];
  spec.command = {"/bin/sh", "-c", "'" + self + "' program notify READY=1 & wait"};
  rig.run(0, spec);
  ASSERT_TRUE(rig.wait_log("web", "told"));
  rig.ping();
  EXPECT_EQ(said().ready, 0);
  spec.notify_access = 3;
  restart(spec);
  EXPECT_TRUE(rig.until([&] { return said().ready == 1; }));
}

TEST_F(Saying, WhoMayBeHeardIsKnownToTheNextKeeper) {
  wire::Spec spec = saying({});
  const std::string tell = "'" + spec.command[0] + "' program notify ";
  spec.notify_access = 3;
  spec.command = {"/bin/sh", "-c",
                  tell + "STATUS=heard NOTIFYACCESS=main & until [ -e '" + rig.path("go") +
                      "' ]; do sleep 0.02; done; " + tell + "STATUS=unheard & wait"};
  rig.run(0, spec);
  ASSERT_TRUE(rig.wait_log("web", "told\ntold\n"));
  rig.ping();
  ASSERT_STREQ(said().status.data(), "heard");
  rig.brain_life.reset();
  rig.kill_keeper();
  rig.adopt();
  rig.greet();
  ASSERT_TRUE(os::write_file(rig.path("go"), "", 0600));
  ASSERT_TRUE(rig.wait_log("web", "told\ntold\ntold\n"));
  rig.ping();
  EXPECT_STREQ(said().status.data(), "heard");
}

TEST_F(Saying, MainPidMovesThePart) {
  rig.run(0, saying({"daemon"}));
  ASSERT_TRUE(rig.until([&] { return said().main_pid != 0; }));
  pid_t main = said().main_pid;
  EXPECT_EQ(wire::life_pid(rig.slot(0).life), static_cast<std::uint32_t>(main));
  EXPECT_EQ(said().ready, 1);
  // The first process ended long ago; the program runs, also for the next keeper.
  rig.brain_life.reset();
  rig.kill_keeper();
  rig.adopt();
  rig.greet();
  EXPECT_TRUE(process_lives(main));
  EXPECT_EQ(rig.slot(0).data.phase, wire::Phase::kRunning);
  ::kill(main, SIGTERM);
  rig.wait_exit(0, 1);
  EXPECT_EQ(rig.exit_of(0, 1).wait_status, SIGTERM);
  EXPECT_EQ(rig.exit_of(0, 1).pid, main);
}

TEST_F(Saying, StoredDescriptorsComeBackAfterARestartAndEvenAfterTheKeepersDeath) {
  wire::Spec spec = saying({"store", "state"});
  spec.stored_fds_max = 4;
  rig.run(0, spec);
  ASSERT_TRUE(rig.wait_log("web", "stored, FDSTORE=4"));
  restart(spec);
  ASSERT_TRUE(rig.wait_log("web", "found state: kept"));
  rig.ping();
  auto holds = take_holds();
  rig.brain_life.reset();
  rig.kill_keeper();
  rig.adopt();
  rig.greet(false);
  give_back(holds);
  rig.ping();
  restart(spec);
  ASSERT_TRUE(rig.wait_log("web", "found state: kept\nfound state: kept\n"));
  // A real stop forgets them.
  rig.send(rig.order(wire::Order::kDropStored, 0));
  auto released = rig.wait_hint(wire::Hint::kReleased);
  ASSERT_TRUE(released);
  EXPECT_STREQ(released->message.hold.name.data(), "state");
  restart(spec);
  ASSERT_TRUE(rig.wait_log("web", "kept\nstored"));
}

TEST_F(Saying, NoMoreIsStoredThanAllowed) {
  wire::Spec spec = saying({"store", "state"});
  spec.stored_fds_max = 0;
  rig.run(0, spec);
  ASSERT_TRUE(rig.wait_log("web", "stored"));
  restart(spec);
  ASSERT_TRUE(rig.until([&] {
    std::string log = rig.log("web");
    return log.find("stored", log.find("stored") + 1) != std::string::npos;
  }));
  EXPECT_EQ(rig.log("web").find("found"), std::string::npos);
}

TEST_F(Saying, ReadyIsNotLostWhileNoKeeperLives) {
  wire::Spec spec = saying({});
  std::string self = spec.command[0];
  // Says READY once it may: when the file is there.
  spec.command = {
      "/bin/sh", "-c",
      "until test -e " + rig.base + "/go; do :; done; exec '" + self + "' program notify READY=1"};
  rig.run(0, spec);
  rig.ping();
  auto holds = take_holds();
  ASSERT_EQ(holds.size(), 1U);
  EXPECT_EQ(holds[0].message.hold.kind, wire::HoldKind::kNotify);
  rig.brain_life.reset();
  rig.kill_keeper();
  ASSERT_TRUE(os::write_file(rig.base + "/go", "", 0600));
  ASSERT_TRUE(rig.until([&] {
    return os::read_file("/proc/" + std::to_string(wire::life_pid(rig.slot(0).life)) + "/comm")
        .value_or("")
        .starts_with("hammock");
  }));
  rig.adopt();
  rig.greet(false);
  give_back(holds);
  EXPECT_TRUE(rig.until([&] { return said().ready == 1; }));
}

TEST_F(Saying, WithoutABrainEitherANewSocketTakesItsName) {
  rig.run(0, saying({"wait"}));
  rig.ping();
  rig.hints.clear();  // the brain's copies die with it
  rig.brain_life.reset();
  rig.kill_keeper();
  rig.adopt();
  rig.greet();
  rig.ping();
  auto hold = rig.wait_hint(wire::Hint::kHold);
  ASSERT_TRUE(hold);
  EXPECT_EQ(hold->message.hold.kind, wire::HoldKind::kNotify);
}

TEST_F(Saying, ANewlineOnTheNotificationDescriptorIsReady) {
  wire::Spec spec = shell_spec(
      "printf 'not yet' >&3; echo half; printf '\\n' >&3; exec cat /dev/zero >/dev/null");
  spec.notify_fd = 3;
  rig.run(0, spec);
  ASSERT_TRUE(rig.wait_log("web", "half"));
  EXPECT_TRUE(rig.until([&] { return said().ready == 1; }));
  spec.command.back() = "echo silent; exit 0";
  rig.send(rig.order(wire::Order::kKill, 0));
  rig.wait_exit(0, 1);
  rig.spawn(0, spec);
  rig.wait_exit(0, 2);
  EXPECT_EQ(rig.exit_of(0, 2).was_ready, 0);
  spec.notify_fd = 1;
  rig.spawn(0, spec);
  rig.wait_exit(0, 3);
  EXPECT_EQ(rig.exit_of(0, 3).stage, wire::Stage::kSockets);
}

TEST_F(Saying, AFloodIsSurvived) {
  wire::Spec spec = saying({});
  std::string self = spec.command[0];
  spec.command = {"/bin/sh", "-c",
                  "for i in 1 2 3 4 5 6 7 8 9; do '" + self +
                      "' program notify STATUS=a STATUS=b STATUS=c X= WATCHDOG=1 & done; wait"};
  spec.notify_access = 3;
  rig.run(0, spec);
  rig.define(1, "other");
  rig.spawn(1, shell_spec("echo well"));
  rig.wait_exit(1, 1);
  rig.ping();
  EXPECT_EQ(rig.log("other"), "well\n");
}

}  // namespace
}  // namespace hammock::keeper
