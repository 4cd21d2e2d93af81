// The keeper is killed in every way; programs must not notice, and nothing may be lost, doubled or
// forgotten.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>

#include "keeper/keeper_rig.h"
#include "os/file.h"
#include "os/process.h"
#include "wire/log_index.h"

namespace hammock::keeper {
namespace {

using wire::Phase;

class Survival : public testing::Test {
 protected:
  Survival() {
    rig.start_keeper();
    rig.greet();
    rig.define(0, "web");
  }
  // The brain that the first keeper started goes with it; from now on the test itself is the brain.
  void replace_keeper() {
    rig.brain_life.reset();
    if (rig.keeper != 0) rig.kill_keeper();
    rig.adopt();
    rig.greet();
  }
  Rig rig;
};

// What a sanitized keeper needs says nothing about the real one.
#ifdef __has_feature
constexpr bool kSanitized = __has_feature(address_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

std::string numbers(int last) {
  std::string text;
  for (int i = 1; i <= last; ++i)
    text += std::to_string(i) + "\n";
  return text;
}

TEST_F(Survival, ProgramsKeepTheirPidAndTheirEndIsSeen) {
  pid_t pid = rig.run(0, program_spec({"end-on-term", "7"}));
  ASSERT_TRUE(rig.wait_log("web", "up"));
  replace_keeper();
  wire::SlotCopy slot = rig.slot(0);
  EXPECT_EQ(wire::life_pid(slot.life), static_cast<std::uint32_t>(pid));
  EXPECT_EQ(slot.data.phase, Phase::kRunning);
  EXPECT_EQ(slot.data.generation, 1U);
  EXPECT_TRUE(process_lives(pid));
  rig.signal(0, SIGTERM);
  rig.wait_exit(0, 1);
  wire::ExitRecord exit = rig.exit_of(0, 1);
  EXPECT_TRUE(exit.status_known);
  EXPECT_EQ(exit.wait_status, 7 << 8);
  EXPECT_EQ(exit.pid, pid);
}

TEST_F(Survival, EveryLineIsWrittenOnceOverManyKills) {
  constexpr int kLines = 400'000;
  rig.run(0, program_spec({"count", std::to_string(kLines)}));
  // As the brain does, so that the pipe outlives a program that ends while there is no keeper.
  os::UniqueFd copy(::open(rig.path("out/0.fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  ASSERT_TRUE(copy);
  for (int kills = 0; kills < 12; ++kills) {
    std::size_t before = rig.log("web").size();
    rig.until(
        [&] { return rig.log("web").size() != before || rig.slot(0).data.phase == Phase::kIdle; });
    replace_keeper();
  }
  rig.wait_exit(0, 1);
  std::string log = rig.log("web");
  EXPECT_TRUE(log == numbers(kLines)) << log.size();
}

TEST_F(Survival, ADeathWithoutAKeeperIsFoundAndRestartable) {
  pid_t pid = rig.run(0, program_spec({"wait"}));
  rig.brain_life.reset();
  rig.kill_keeper();
  kill_process(pid);
  ASSERT_TRUE(rig.until([&] { return !process_lives(pid); }));
  replace_keeper();
  wire::SlotCopy slot = rig.wait_exit(0, 1);
  EXPECT_EQ(slot.data.phase, Phase::kIdle);
  wire::ExitRecord exit = rig.exit_of(0, 1);
  EXPECT_EQ(exit.stage, wire::Stage::kNone);
  // Known when the zombie was still there, unknown otherwise; never good.
  if (exit.status_known) {
    EXPECT_EQ(exit.wait_status, SIGKILL);
  }
  EXPECT_FALSE(exit.output_known);  // its pipe was nobody's
  EXPECT_NE(rig.run(0, program_spec({"wait"})), pid);
}

TEST_F(Survival, WhatADeadProgramWroteIsThereWhileSomebodyHoldsItsPipe) {
  pid_t pid = rig.run(0, program_spec({"wait"}));
  rig.brain_life.reset();
  os::UniqueFd held(::open(rig.path("out/0.fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  rig.kill_keeper();
  kill_process(pid);
  ASSERT_TRUE(rig.until([&] { return !process_lives(pid); }));
  replace_keeper();
  rig.wait_exit(0, 1);
  EXPECT_TRUE(rig.exit_of(0, 1).output_known);
}

TEST_F(Survival, AnUnclaimedStartIsRevoked) {
  rig.brain_life.reset();
  rig.kill_keeper();
  {
    auto file = os::LedgerFile::create(rig.path("ledger"));
    wire::Slot& slot = file->ledger().slot(0);
    wire::SlotWriter writer(slot);
    writer->generation = 1;
    writer->phase = Phase::kStarting;
    slot.life = wire::make_life(1, 0);
  }
  replace_keeper();
  wire::SlotCopy slot = rig.wait_exit(0, 1);
  EXPECT_EQ(wire::life_pid(slot.life), wire::kRevoked);
  EXPECT_EQ(rig.exit_of(0, 1).stage, wire::Stage::kClone);
  EXPECT_EQ(rig.exit_of(0, 1).stage_errno, ECANCELED);
  EXPECT_FALSE(rig.exit_of(0, 1).status_known);
  EXPECT_GT(rig.run(0, program_spec({"wait"})), 1);
}

TEST_F(Survival, AnIntentTornInTheMiddleIsRepaired) {
  rig.brain_life.reset();
  rig.kill_keeper();
  {
    auto file = os::LedgerFile::create(rig.path("ledger"));
    wire::Slot& slot = file->ledger().slot(0);
    slot.data.generation = 1;
    slot.data.phase = Phase::kStarting;  // life still says generation 0
    slot.sequence.fetch_or(1);
  }
  EXPECT_TRUE(rig.slot(0).torn);
  replace_keeper();
  EXPECT_FALSE(rig.wait_exit(0, 1).torn);
  EXPECT_GT(rig.run(0, program_spec({"wait"})), 1);
}

TEST_F(Survival, APidOfSomebodyElseIsNotAdopted) {
  pid_t pid = rig.run(0, program_spec({"wait"}));
  rig.brain_life.reset();
  rig.kill_keeper();
  kill_process(pid);
  {
    // As if our own pid had been given out again to this test.
    auto file = os::LedgerFile::create(rig.path("ledger"));
    file->ledger().slot(0).life = wire::make_life(1, static_cast<std::uint32_t>(::getpid()));
  }
  replace_keeper();
  wire::SlotCopy slot = rig.wait_exit(0, 1);
  EXPECT_EQ(slot.data.phase, Phase::kIdle);
  EXPECT_FALSE(rig.exit_of(0, 1).status_known);
}

// A process that was killed before it left the keeper's session has that session still. Its
// neighbours there are not its tree.
TEST_F(Survival, NeighboursInASessionAreNotATree) {
  rig.brain_life.reset();
  rig.kill_keeper();
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  pid_t leader = ::fork();
  if (leader == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setsid();
    pid_t member = ::fork();
    if (member == 0) ::pause();
    [[maybe_unused]] ssize_t ignored = ::write(ends[1], &member, sizeof member);
    while (true)
      ::pause();
  }
  pid_t member = 0;
  ASSERT_EQ(::read(ends[0], &member, sizeof member), static_cast<ssize_t>(sizeof member));
  ::close(ends[0]);
  ::close(ends[1]);
  {
    auto file = os::LedgerFile::create(rig.path("ledger"));
    wire::Slot& slot = file->ledger().slot(0);
    wire::SlotWriter writer(slot);
    writer->generation = 1;
    writer->phase = Phase::kRunning;
    writer->start_ticks = os::proc_stat(member)->start_ticks;
    slot.life = wire::make_life(1, static_cast<std::uint32_t>(member));
  }
  rig.adopt();
  rig.greet();
  rig.send(rig.order(wire::Order::kKill, 0));
  rig.until([&] { return !process_lives(member); });
  rig.wait_exit(0, 1);
  EXPECT_TRUE(process_lives(leader));
  kill_process(leader);
  ::waitpid(leader, nullptr, 0);
}

TEST_F(Survival, AnExitThatWasRecordedIsNotRecordedAgain) {
  rig.spawn(0, shell_spec("exit 5"));
  rig.wait_exit(0, 1);
  rig.brain_life.reset();
  rig.kill_keeper();
  {
    // Killed after the record and before the phase.
    auto file = os::LedgerFile::create(rig.path("ledger"));
    wire::SlotWriter(file->ledger().slot(0))->phase = Phase::kRunning;
  }
  replace_keeper();
  rig.wait_exit(0, 1);
  EXPECT_EQ(rig.exit_of(0, 1).wait_status, 5 << 8);
  EXPECT_TRUE(rig.exit_of(0, 1).status_known);
}

TEST_F(Survival, TheBrainIsRestartedAndProgramsDoNotNotice) {
  pid_t pid = rig.run(0, program_spec({"wait"}));
  for (int i = 0; i < 3; ++i) {
    pid_t old = rig.brain;
    rig.link.reset();
    kill_process(old);
    rig.accept_brain();
    EXPECT_NE(rig.brain, old);
    rig.greet();
    rig.ping();
    EXPECT_EQ(os::LedgerFile::read(rig.path("ledger"))->ledger().header().brain_pid, rig.brain);
  }
  EXPECT_EQ(wire::life_pid(rig.slot(0).life), static_cast<std::uint32_t>(pid));
  EXPECT_EQ(os::LedgerFile::read(rig.path("ledger"))->ledger().header().brain_starts, 4U);
}

TEST_F(Survival, ReflexWorksWithoutABrain) {
  pid_t pid = rig.run(0, program_spec({"wait"}));
  rig.arm(0, program_spec({"wait"}), 1);
  rig.ping();
  rig.link.reset();
  kill_process(rig.brain);
  kill_process(pid);
  rig.accept_brain();
  rig.greet();
  ASSERT_TRUE(rig.until([&] {
    return rig.slot(0).data.generation == 2 && rig.slot(0).data.phase == Phase::kRunning;
  }));
  EXPECT_EQ(rig.exit_of(0, 1).wait_status, SIGKILL);
}

TEST_F(Survival, ABrainThatNeverAnswersIsRestartedSlowly) {
  rig.link.reset();
  kill_process(rig.brain);
  rig.accept_brain();  // at once: the last one had answered
  auto start = os::LedgerFile::read(rig.path("ledger"))->ledger().header().brain_started_us.load();
  rig.link.reset();
  kill_process(rig.brain);
  rig.accept_brain();  // this one had not
  auto next = os::LedgerFile::read(rig.path("ledger"))->ledger().header().brain_started_us.load();
  EXPECT_GE(next - start, 100'000);
  rig.greet();
  rig.ping();
}

TEST_F(Survival, LogsRotateAndContinueAfterAKill) {
  wire::Spec spec = shell_spec("echo one; echo two; exit 0");
  spec.log_segment_bytes = 4;
  for (std::uint64_t generation = 1; generation <= 3; ++generation) {
    rig.spawn(0, spec);
    rig.wait_exit(0, generation);
    replace_keeper();
  }
  EXPECT_EQ(rig.log("web"), "one\ntwo\none\ntwo\none\ntwo\n");
  EXPECT_GE(rig.slot(0).data.log_segment, 3U);
  std::string folder = rig.state + "/logs/web/1/";
  EXPECT_EQ(os::read_file(folder + "00000001.idx")->size() % 16, 0U);
  EXPECT_GE(os::read_file(folder + "00000001.idx")->size(), 16U);
  // Asked for by hand.
  std::uint64_t before = rig.slot(0).data.log_segment;
  spec.log_segment_bytes = 1 << 20;
  rig.spawn(0, spec);
  rig.wait_exit(0, 4);
  rig.send(rig.order(wire::Order::kRotate, 0));
  rig.ping();
  EXPECT_EQ(rig.slot(0).data.log_segment, before + 1);
}

TEST_F(Survival, AFullOrUnwritableLogOnlyHoldsItsOwnProgram) {
  // A file where the folder should be: no log can be written.
  std::filesystem::create_directories(rig.state + "/logs");
  ASSERT_TRUE(os::write_file(rig.state + "/logs/stuck", "", 0600));
  rig.define(1, "stuck");
  rig.spawn(1, shell_spec("echo held back"));
  rig.spawn(0, shell_spec("echo flows"));
  rig.wait_exit(0, 1);
  EXPECT_EQ(rig.log("web"), "flows\n");
  rig.wait_exit(1, 1);
  std::filesystem::remove(rig.state + "/logs/stuck");
  EXPECT_TRUE(rig.wait_log("stuck", "held back\n"));  // nothing was lost
}

TEST_F(Survival, AVanishedRuntimeDirectoryDoesNotEndRunningPrograms) {
  pid_t pid = rig.run(0, program_spec({"wait"}));
  std::filesystem::remove_all(rig.path("out"));
  std::filesystem::remove_all(rig.path("notify"));
  rig.define(1, "other");
  EXPECT_TRUE(process_lives(pid));
  rig.ping();
}

TEST_F(Survival, ManySlotsStayWithinTheirMemoryAndSleep) {
  constexpr std::uint32_t kMany = 200;
  for (std::uint32_t i = 1; i < kMany; ++i)
    rig.define(i, "many", i);
  wire::Spec spec = program_spec({"wait"});
  for (std::uint32_t i = 0; i < kMany; ++i)
    rig.spawn(i, spec);
  for (std::uint32_t i = 0; i < kMany; ++i) {
    ASSERT_TRUE(rig.until([&] { return rig.slot(i).data.phase == Phase::kRunning; })) << i;
  }
  rig.ping();
  std::string smaps = *os::read_file("/proc/" + std::to_string(rig.keeper) + "/smaps_rollup");
  std::size_t at = smaps.find("\nPss:");
  ASSERT_NE(at, std::string::npos);
  if (!kSanitized) {
    EXPECT_LT(std::stoi(smaps.substr(at + 5)), 1200) << smaps;
  }
  // Nothing to do: not one wake-up, so not one voluntary switch, as soon as the start is digested.
  auto switches = [&] {
    std::string text = *os::read_file("/proc/" + std::to_string(rig.keeper) + "/status");
    return std::stoi(text.substr(text.find("\nvoluntary_ctxt_switches:") + 25));
  };
  int before = 0;
  EXPECT_TRUE(rig.until([&] {
    before = switches();
    rig.until([] { return false; }, 300);
    return switches() == before;
  }));
  // All at once.
  for (std::uint32_t i = 0; i < kMany; ++i) {
    kill_process(rig.main_of(i));
  }
  for (std::uint32_t i = 0; i < kMany; ++i)
    EXPECT_EQ(rig.wait_exit(i, 1).data.phase, Phase::kIdle);
}

TEST(SurvivalAsUser, WorksWithoutPrivilege) {
  Rig rig;
  if (::geteuid() == 0) {
    rig.as_user = true;
    std::filesystem::permissions(rig.base, std::filesystem::perms::all);
    ::chown(rig.runtime.c_str(), 65534, 65534);
    ::chmod(rig.path("test.sock").c_str(), 0666);
  }
  rig.start_keeper();
  rig.greet();
  rig.define(0, "web");
  wire::Spec spec = shell_spec("echo hello");
  rig.spawn(0, spec);
  rig.wait_exit(0, 1);
  EXPECT_EQ(rig.log("web"), "hello\n");
}

}  // namespace
}  // namespace hammock::keeper
