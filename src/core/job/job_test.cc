#include "core/job/job.h"

#include "core/job/test_jobs.h"

namespace hammock::job {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The clock stands at 01:47:00 UTC, on a full minute.
TEST(Job, RunsToCompletionOnceForEachConfiguration) {
  TestJobs jobs({setup_of("search")});
  EXPECT_EQ(jobs.id_of("search"), "1/1");
  jobs.running("search");
  EXPECT_EQ(jobs.report_of("search").doing, Doing::kRunning);
  jobs.done("search");
  EXPECT_THAT(jobs.outcomes(), ElementsAre("search 1 succeeded"));
  jobs.replace_brain(100h);
  EXPECT_EQ(jobs.starts["search"], 1);
  jobs.setups[0].start_hash = 8;
  jobs.give(ConfigurationGiven{share_each(jobs.setups)});
  EXPECT_EQ(jobs.id_of("search"), "2/1");
}

TEST(Job, ARunThatFailedToCompleteIsNotBegunAgainByItself) {
  TestJobs jobs({setup_of("search")});
  jobs.fails("search");
  EXPECT_THAT(jobs.outcomes(), ElementsAre("search 1 failed"));
  jobs.replace_brain();
  EXPECT_EQ(jobs.starts["search"], 1);
}

TEST(Job, ADeathOfTheBrainNeitherLosesNorDoublesATry) {
  TestJobs jobs({setup_of("search")});
  jobs.running("search");
  jobs.out.clear();
  jobs.replace_brain();
  EXPECT_EQ(jobs.id_of("search"), "1/1") << "said again, with the same id";
  EXPECT_EQ(jobs.report_of("search").doing, Doing::kRunning);
  jobs.done("search");
  jobs.replace_brain();
  EXPECT_THAT(jobs.outcomes(), ElementsAre("search 1 succeeded"));
}

TEST(Job, WhatTheHouseInterruptedGoesOnWhenItOpens) {
  TestJobs jobs({setup_of("search"), setup_of("backup", Every{1h})});
  jobs.give(HouseSeen{false});
  jobs.ended("search", ExitClass::kStopped);
  jobs.ended("backup", ExitClass::kStopped);
  EXPECT_THAT(jobs.outcomes(), ElementsAre("backup 1 stopped"));
  jobs.replace_brain(1min);
  EXPECT_EQ(jobs.id_of("search"), "1/2");
  EXPECT_EQ(jobs.starts["backup"], 1);
  jobs.done("search");
  EXPECT_EQ(jobs.recorded<RunEnded>().back().attempts, 2U);
}

TEST(Job, IsDueAtItsTimesInItsZone) {
  TestJobs jobs({setup_of("backup", at_times("0 2 * * *"))});
  EXPECT_EQ(jobs.starts["backup"], 0);
  jobs.pass(13min - 1us);
  EXPECT_EQ(jobs.starts["backup"], 0);
  jobs.pass(1us);
  EXPECT_EQ(jobs.id_of("backup"), "1/1");
  jobs.done("backup");
  EXPECT_EQ(jobs.report_of("backup").next, Instant(1'000'000'020s) + 13min + 24h);
  jobs.pass(48h);
  EXPECT_THAT(jobs.id_of("backup"), "2/1") << "the third time came while the second was at work";
  EXPECT_THAT(jobs.recorded<DuePassed>(), testing::SizeIs(1));
}

TEST(Job, EveryCountsFromDueTimeToDueTime) {
  TestJobs jobs({setup_of("sync", Every{10min})});
  EXPECT_EQ(jobs.id_of("sync"), "1/1") << "at once for the first time";
  jobs.pass(7min);
  jobs.done("sync");
  jobs.pass(3min);
  EXPECT_EQ(jobs.id_of("sync"), "2/1");
  jobs.done("sync");
  jobs.replace_brain(4min);
  EXPECT_EQ(jobs.starts["sync"], 2);
  jobs.pass(6min);
  EXPECT_EQ(jobs.id_of("sync"), "3/1");
}

TEST(Job, WhatWasMissedIsMadeUpForAsConfigured) {
  for (auto [catch_up, runs] : {std::pair(0U, 0), {1U, 1}, {3U, 3}, {100U, 5}}) {
    auto setup = setup_of("backup", at_times("0 * * * *"));
    setup.config.catch_up = catch_up;
    TestJobs jobs({setup});
    jobs.replace_brain(5h);
    ASSERT_THAT(jobs.recorded<DuesMissed>(), testing::SizeIs(1));
    EXPECT_EQ(jobs.recorded<DuesMissed>()[0].count, 5U);
    for (int i = 0; i < runs; ++i) {
      EXPECT_EQ(jobs.starts["backup"], i + 1);
      jobs.done("backup");
    }
    EXPECT_EQ(jobs.starts["backup"], runs) << catch_up;
  }
}

TEST(Job, ALittleLateIsNotMissed) {
  TestJobs jobs({setup_of("backup", at_times("0 2 * * *"))});
  jobs.replace_brain(13min + 59s);
  EXPECT_EQ(jobs.id_of("backup"), "1/1");
  EXPECT_THAT(jobs.recorded<DuesMissed>(), IsEmpty());
}

TEST(Job, YearsAwayAreCountedInBoundedTime) {
  TestJobs jobs({setup_of("often", at_times("* * * * *"))});
  jobs.replace_brain(24h * 365);
  EXPECT_EQ(jobs.recorded<DuesMissed>()[0].count, kMissedMost);
  jobs.pass(1min);
  EXPECT_EQ(jobs.starts["often"], 1);
}

TEST(Job, AnotherScheduleCountsFromNow) {
  TestJobs jobs({setup_of("backup", at_times("0 2 * * *"))});
  jobs.setups[0].config.catch_up = 1;
  jobs.setups[0].config.when = at_times("30 1 * * *");
  jobs.give(ConfigurationGiven{share_each(jobs.setups)});
  EXPECT_EQ(jobs.starts["backup"], 0) << "half past one was before anybody wanted it";
}

TEST(Job, AClockThatWasPutBackByDaysBeginsAnew) {
  TestJobs jobs({setup_of("sync", at_times("0 * * * *"))});
  jobs.pass(2h);
  jobs.done("sync");
  jobs.elapsed -= 48h;
  jobs.give(Wake{.all = true});
  jobs.pass(1h);
  EXPECT_EQ(jobs.starts["sync"], 2);
}

TEST(Job, ARunThatWaitedWhenTheClockWasPutBackTakesNoTimeThatComesAgain) {
  auto backup = setup_of("backup", at_times("0 2 * * *"));
  backup.config.overlap = Overlap::kQueue;
  TestJobs jobs({backup});
  jobs.give(CommandGiven{"c1", Verb::kRun, "backup", 1, "test"});
  jobs.pass(13min);
  EXPECT_EQ(jobs.report_of("backup").waiting, 1U);
  jobs.elapsed -= 4h;
  jobs.give(Wake{.all = true});
  jobs.pass(90min);
  jobs.done("backup");
  jobs.done("backup");
  EXPECT_EQ(jobs.starts["backup"], 2);
  jobs.pass(150min);
  EXPECT_EQ(jobs.starts["backup"], 3);
}

TEST(Job, OverlapDecidesWhatHappensMeanwhile) {
  auto queue = setup_of("queue", Every{10min});
  queue.config.overlap = Overlap::kQueue;
  auto replace = setup_of("replace", Every{10min});
  replace.config.overlap = Overlap::kReplace;
  TestJobs jobs({setup_of("skip", Every{10min}), queue, replace});
  for (const char* name : {"skip", "queue", "replace"})
    jobs.running(name);
  jobs.pass(20min);
  EXPECT_EQ(jobs.report_of("queue").waiting, 2U);
  EXPECT_THAT(jobs.stops, ElementsAre("replace 1/1"));
  jobs.done("skip");
  jobs.done("queue");
  jobs.ended("replace", ExitClass::kStopped);
  EXPECT_EQ(jobs.starts["skip"], 1);
  EXPECT_EQ(jobs.id_of("queue"), "2/1");
  EXPECT_EQ(jobs.id_of("replace"), "2/1");
  EXPECT_THAT(jobs.outcomes(),
              ElementsAre("skip 1 succeeded", "queue 1 succeeded", "replace 1 replaced"));
  jobs.done("queue");
  jobs.done("queue");
  jobs.done("replace");
  EXPECT_EQ(jobs.starts["queue"], 3);
  EXPECT_EQ(jobs.starts["replace"], 2) << "one in its place, whatever came";
}

TEST(Job, ATryThatTakesTooLongIsStoppedAndHasFailed) {
  auto setup = setup_of("backup");
  setup.config.timeout = 2h;
  setup.config.retry = {2, 1min};
  TestJobs jobs({setup});
  jobs.pass(3h);
  EXPECT_THAT(jobs.stops, IsEmpty()) << "waiting is no work";
  jobs.running("backup");
  jobs.replace_brain(1h);
  jobs.pass(59min);
  EXPECT_THAT(jobs.stops, IsEmpty());
  jobs.pass(1min);
  EXPECT_THAT(jobs.stops, ElementsAre("backup 1/1"));
  EXPECT_EQ(jobs.report_of("backup").doing, Doing::kStopping);
  jobs.ended("backup", ExitClass::kStopped);
  EXPECT_EQ(jobs.report_of("backup").doing, Doing::kBackingOff);
  jobs.pass(1min);
  EXPECT_EQ(jobs.id_of("backup"), "1/2");
  jobs.running("backup");
  jobs.pass(2h);
  jobs.ended("backup", ExitClass::kStopped);
  EXPECT_THAT(jobs.outcomes(), ElementsAre("backup 1 timed-out"));
  EXPECT_THAT(jobs.recorded<RunEnded>()[0].message, HasSubstr("2h"));
}

TEST(Job, RetriesWithDoublingWaits) {
  auto setup = setup_of("backup");
  setup.config.retry = {4, 30min};
  TestJobs jobs({setup});
  for (Duration wait : {Duration(30min), Duration(60min), Duration(60min)}) {
    int before = jobs.starts["backup"];
    jobs.fails("backup");
    jobs.pass(wait - 1us);
    EXPECT_EQ(jobs.starts["backup"], before);
    jobs.pass(1us);
    EXPECT_EQ(jobs.starts["backup"], before + 1);
  }
  jobs.fails("backup");
  EXPECT_THAT(jobs.outcomes(), ElementsAre("backup 1 failed"));
  EXPECT_EQ(jobs.recorded<RunEnded>()[0].attempts, 4U);
}

TEST(Job, SomeEndingsSayThatTryingAgainIsUseless) {
  auto setup = setup_of("backup");
  setup.config.retry = {4, 1min};
  TestJobs jobs({setup});
  jobs.ended("backup", ExitClass::kConfig, 78);
  EXPECT_THAT(jobs.outcomes(), ElementsAre("backup 1 failed"));
}

TEST(Job, AnExpectedEndingIsASuccessAndAnUnknownOneIsNot) {
  TestJobs jobs({setup_of("one"), setup_of("two")});
  jobs.ended("one", ExitClass::kExpected, 3);
  jobs.ended("two", ExitClass::kUnknown);
  EXPECT_THAT(jobs.outcomes(), ElementsAre("one 1 succeeded", "two 1 unknown"));
}

TEST(Job, WaitsUntilTheJobsThatItNeedsHaveSucceeded) {
  auto merge = setup_of("merge");
  merge.config.needs = {"search"};
  TestJobs jobs({merge, setup_of("search")});
  EXPECT_EQ(jobs.starts["merge"], 0);
  EXPECT_EQ(jobs.report_of("merge").note, "waits for job search to end");
  jobs.fails("search");
  EXPECT_EQ(jobs.starts["merge"], 0);
  EXPECT_EQ(jobs.report_of("merge").note, "waits for job search, whose last run failed");
  jobs.replace_brain();
  jobs.give(CommandGiven{"c1", Verb::kRun, "search", 1, "test"});
  jobs.done("search");
  EXPECT_EQ(jobs.id_of("merge"), "1/1");
}

TEST(Job, ARetryThatWaitsForANeedWakesNobody) {
  auto report = setup_of("report");
  report.config.retry = {3, 1min};
  report.config.needs = {"sync"};
  TestJobs jobs({report, setup_of("sync")});
  jobs.done("sync");
  jobs.fails("report");
  jobs.give(CommandGiven{"c1", Verb::kRun, "sync", 1, "test"});
  jobs.pass(1h);
  EXPECT_EQ(next_wake(jobs.state), std::nullopt);
  EXPECT_EQ(jobs.id_of("report"), "1/1");
  jobs.done("sync");
  EXPECT_EQ(jobs.id_of("report"), "1/2");
}

TEST(Job, ANeedThatIsDueAtTheSameMomentIsWaitedFor) {
  auto archive = setup_of("archive", at_times("0 * * * *"));
  archive.config.needs = {"dump"};
  TestJobs jobs({archive, setup_of("dump", at_times("0 * * * *"))});
  jobs.pass(13min);
  jobs.done("dump");
  jobs.done("archive");
  jobs.pass(1h);
  EXPECT_EQ(jobs.starts["dump"], 2);
  EXPECT_EQ(jobs.starts["archive"], 1);
  jobs.done("dump");
  EXPECT_EQ(jobs.starts["archive"], 2);
}

TEST(Job, AfterABootARetryDoesNotWaitForTheOldUptime) {
  auto search = setup_of("search");
  search.config.retry = {2, 1min};
  TestJobs jobs({search});
  jobs.fails("search");
  jobs.elapsed = -90s;  // of the clock that counts from the boot
  forget_processes(jobs.state);
  jobs.give(Wake{.all = true});
  EXPECT_EQ(jobs.id_of("search"), "1/2");
}

TEST(Job, WhatIsChangedWhileItWaitsRunsOnce) {
  auto merge = setup_of("merge");
  merge.config.needs = {"search"};
  TestJobs jobs({merge, setup_of("search")});
  jobs.setups[0].start_hash = 8;
  jobs.give(ConfigurationGiven{share_each(jobs.setups)});
  jobs.done("search");
  jobs.done("merge");
  EXPECT_EQ(jobs.starts["merge"], 1);
}

TEST(Job, CommandsAreCarriedOutOnce) {
  TestJobs jobs({setup_of("backup", at_times("0 2 * * *"))});
  jobs.give(CommandGiven{"c1", Verb::kRun, "backup", 1, "test"});
  jobs.replace_brain();
  jobs.give(CommandGiven{"c1", Verb::kRun, "backup", 1, "test"});
  jobs.give(CommandGiven{"c2", Verb::kRun, "backup", 1, "test"});
  EXPECT_THAT(jobs.replies, ElementsAre("done: run 1 begins", "done: run 1 begins",
                                        HasSubstr("refused: run 1 of backup is not over")));
  jobs.running("backup");
  jobs.give(CommandGiven{"c3", Verb::kStop, "backup", 1, "test"});
  EXPECT_THAT(jobs.stops, ElementsAre("backup 1/1"));
  jobs.ended("backup", ExitClass::kStopped);
  EXPECT_THAT(jobs.outcomes(), ElementsAre("backup 1 stopped"));
  jobs.give(CommandGiven{"c4", Verb::kStop, "backup", 1, "test"});
  jobs.give(CommandGiven{"c5", Verb::kRun, "bakcup", 1, "test"});
  EXPECT_EQ(jobs.replies[4], "refused: backup has no run to stop");
  EXPECT_EQ(jobs.replies[5], "refused: no job is called 'bakcup'");
  EXPECT_EQ(jobs.starts["backup"], 1);
}

TEST(Job, SkipsAsManyTimesAsAsked) {
  TestJobs jobs({setup_of("sync", at_times("0 * * * *"))});
  jobs.give(CommandGiven{"c1", Verb::kSkip, "sync", 2, "test"});
  jobs.pass(1h);
  jobs.replace_brain();
  EXPECT_EQ(jobs.report_of("sync").skip, 1U);
  jobs.pass(1h);
  EXPECT_EQ(jobs.starts["sync"], 0);
  jobs.pass(1h);
  EXPECT_EQ(jobs.starts["sync"], 1);
}

TEST(Job, AJobThatIsTakenOutEndsItsRunAndIsNotDueAgain) {
  TestJobs jobs({setup_of("sync", Every{10min})});
  jobs.running("sync");
  jobs.give(ConfigurationGiven{});
  EXPECT_EQ(report(jobs.state).size(), 1U);
  jobs.ended("sync", ExitClass::kStopped);
  EXPECT_THAT(jobs.outcomes(), ElementsAre("sync 1 stopped"));
  jobs.pass(1h);
  EXPECT_EQ(jobs.starts["sync"], 1);
  EXPECT_THAT(report(jobs.state), IsEmpty());
}

TEST(Job, NothingIsDecidedBeforeItIsKnownWhatIsConfigured) {
  auto setup = setup_of("search");
  setup.config.retry = {2, 1min};
  TestJobs jobs({setup});
  jobs.fails("search");
  State before;
  for (const Fact& fact : jobs.facts)
    if (fact::keep_of(fact) != Keep::kMoment) job::apply(before, fact);
  Decision decision = decide(before, HouseSeen{true}, jobs.now());
  EXPECT_EQ(decision.facts.size(), 1U) << "only that the house is open";
  EXPECT_THAT(decision.orders, IsEmpty());
}

}  // namespace
}  // namespace hammock::job
