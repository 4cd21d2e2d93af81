// Programs that neither write nor tell how far they are.
#include "core/job/test_jobs.h"

namespace hammock::job {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Stuck : public testing::Test {
 protected:
  static job::Setup search(std::uint32_t tasks = 0) {
    job::Setup setup = setup_of("search");
    setup.config.stuck_after = 10min;
    setup.config.tasks = tasks;
    setup.config.parallel = 2;
    return setup;
  }
  // What the ledger says when it is looked at.
  service::RunReport report(std::uint32_t task = 0) const {
    service::RunReport report;
    report.id = jobs.out.at({"search", task});
    report.stage = service::RunStage::kRunning;
    report.pid = 42;
    report.started = started;
    report.active = active;
    report.output_held = output_held;
    return report;
  }
  void look(std::uint32_t task = 0) { jobs.give(ProgramSeen{"search", task, report(task), true}); }
  // Time passes; every look that is ordered is answered at once.
  void pass(Duration time) {
    for (Duration passed{}; passed < time; passed += 1s) {
      jobs.pass(1s);
      answer();
    }
  }
  void answer() {
    for (; answered < jobs.looks.size(); ++answered)
      look(jobs.looks[answered]);
  }
  void begin() {
    started = jobs.now().steady;
    active = started;
    look();
  }

  TestJobs jobs{{search()}};
  Steady started{};
  std::optional<Steady> active;
  bool output_held = false;
  std::size_t answered = 0;
};

TEST_F(Stuck, IsLookedAtTwiceAndThenStopped) {
  begin();
  pass(10min - 1s);
  EXPECT_THAT(jobs.looks, IsEmpty());
  pass(1s);
  EXPECT_THAT(jobs.looks, SizeIs(1));
  EXPECT_THAT(jobs.stops, IsEmpty());
  pass(2s);
  EXPECT_THAT(jobs.looks, SizeIs(2));
  EXPECT_THAT(jobs.stops, ElementsAre("search 1/1"));
  pass(1h);
  EXPECT_THAT(jobs.looks, SizeIs(2)) << "it is being stopped";
  jobs.ended("search", ExitClass::kStopped);
  EXPECT_THAT(jobs.outcomes(), ElementsAre("search 1 stuck"));
  EXPECT_EQ(jobs.recorded<RunEnded>()[0].message, "no output and no progress for 10m");
}

TEST_F(Stuck, WhoeverSpeaksIsNot) {
  begin();
  for (int i = 0; i < 30; ++i) {
    pass(9min);
    active = jobs.now().steady;
  }
  EXPECT_THAT(jobs.stops, IsEmpty());
  EXPECT_LT(jobs.looks.size(), 35U) << "looks are as rare as they can be";
  pass(10min + 1s);
  active = jobs.now().steady;  // between the two looks
  pass(5min);
  EXPECT_THAT(jobs.stops, IsEmpty());
}

TEST_F(Stuck, SleepIsNoSilence) {
  begin();
  pass(5min);
  jobs.elapsed += 8h;
  *active += 8h;  // as the clock that stands still meanwhile tells
  jobs.give(Wake{});
  answer();
  pass(4min);
  EXPECT_THAT(jobs.stops, IsEmpty());
  pass(2min);
  EXPECT_THAT(jobs.stops, SizeIs(1));
}

TEST_F(Stuck, OutputThatWaitsForADiskIsNoSilence) {
  begin();
  output_held = true;
  pass(1h);
  EXPECT_THAT(jobs.stops, IsEmpty());
  output_held = false;
  pass(11min);
  EXPECT_THAT(jobs.stops, SizeIs(1));
}

TEST_F(Stuck, NobodyIsStuckWhileNobodyListens) {
  begin();
  pass(5min);
  jobs.give(HouseSeen{false});
  pass(1h);
  EXPECT_THAT(jobs.looks, IsEmpty());
  active = jobs.now().steady;  // the new keeper began to listen
  jobs.give(ProgramSeen{"search", 0, report()});
  jobs.give(HouseSeen{true});
  pass(9min);
  EXPECT_THAT(jobs.stops, IsEmpty());
  pass(2min);
  EXPECT_THAT(jobs.stops, SizeIs(1));
}

TEST_F(Stuck, ASecondLookThatComesTooLateIsTheFirst) {
  begin();
  pass(10min);
  ASSERT_THAT(jobs.looks, SizeIs(1));
  jobs.elapsed += 11s;
  jobs.give(Wake{});
  answer();
  EXPECT_THAT(jobs.stops, IsEmpty());
  pass(2s);
  EXPECT_THAT(jobs.stops, SizeIs(1));
}

TEST_F(Stuck, WhatIsSeenInPassingIsNoLook) {
  begin();
  pass(10min);
  for (int i = 0; i < 10; ++i) {
    jobs.pass(1s);
    jobs.give(ProgramSeen{"search", 0, report()});
  }
  EXPECT_THAT(jobs.stops, IsEmpty());
}

TEST_F(Stuck, AnotherBrainAsksTheLedgerFirst) {
  begin();
  active = started + 9min;
  jobs.replace_brain(15min);
  EXPECT_THAT(jobs.looks, IsEmpty());
  look();
  pass(3min);
  EXPECT_THAT(jobs.stops, IsEmpty());
  pass(2min);
  EXPECT_THAT(jobs.stops, SizeIs(1));
}

TEST_F(Stuck, AnOldKeeperThatKnowsNothingOfItJudgesNobody) {
  begin();
  active.reset();
  jobs.replace_brain();
  look();
  pass(24h / 24);
  EXPECT_THAT(jobs.stops, IsEmpty());
}

TEST_F(Stuck, EachTaskIsLookedAtForItself) {
  jobs.setups[0] = search(2);
  jobs.state = State();
  jobs.facts.clear();
  jobs.begin();
  started = jobs.now().steady;
  active = started;
  look(0);
  look(1);
  for (int i = 0; i < 15 * 60; ++i) {
    jobs.pass(1s);
    for (; answered < jobs.looks.size(); ++answered) {
      active = jobs.looks[answered] == 0 ? started : jobs.now().steady;
      look(jobs.looks[answered]);
    }
  }
  ASSERT_THAT(jobs.recorded<TryStopAsked>(), SizeIs(1));
  EXPECT_EQ(jobs.recorded<TryStopAsked>()[0].task, 0U);
  EXPECT_EQ(jobs.recorded<TryStopAsked>()[0].reason, StopReason::kStuck);
}

TEST_F(Stuck, ATimeoutIsNotJudgedBeforeAnybodyHasSeenTheProgram) {
  auto timed = setup_of("timed");
  timed.config.timeout = 10min;
  TestJobs others({timed});
  others.running("timed");
  others.elapsed += 1h;
  others.state = State();
  for (const Fact& fact : others.facts) {
    if (fact::keep_of(fact) != Keep::kMoment) job::apply(others.state, fact);
  }
  others.give(ConfigurationGiven{share_each(others.setups)});
  EXPECT_THAT(others.stops, IsEmpty());
  others.done("timed");
  others.give(HouseSeen{true});
  EXPECT_THAT(others.outcomes(), ElementsAre("timed 1 succeeded"));
}

}  // namespace
}  // namespace hammock::job
