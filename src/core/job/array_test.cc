// Jobs of many tasks.
#include "core/job/test_jobs.h"

namespace hammock::job {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using Tasks = std::vector<std::uint32_t>;

Setup array_of(std::string name, std::uint32_t tasks, std::uint32_t parallel = 1,
               When when = ToCompletion{}) {
  Setup setup = setup_of(std::move(name), std::move(when));
  setup.config.tasks = tasks;
  setup.config.parallel = parallel;
  return setup;
}

std::string last_message(const TestJobs& jobs) {
  return jobs.recorded<RunEnded>().back().message;
}

TEST(Array, AsManyAsMayBeAreAtWorkAndEachIsDoneOnce) {
  TestJobs jobs({array_of("search", 4, 2)});
  EXPECT_THAT(jobs.tasks_out("search"), ElementsAre(0, 1));
  jobs.running("search", 0);
  jobs.done("search", 1);
  EXPECT_THAT(jobs.tasks_out("search"), ElementsAre(0, 2));
  jobs.done("search", 1);
  EXPECT_THAT(jobs.recorded<TaskEnded>(), SizeIs(1)) << "said again";
  jobs.done("search", 2);
  jobs.done("search", 0);
  EXPECT_THAT(jobs.outcomes(), IsEmpty());
  jobs.done("search", 3);
  EXPECT_THAT(jobs.outcomes(), ElementsAre("search 1 succeeded"));
  EXPECT_EQ(last_message(jobs), "4 of 4 tasks succeeded");
  EXPECT_EQ(jobs.recorded<RunEnded>()[0].succeeded, 4U);
  EXPECT_EQ(jobs.recorded<RunEnded>()[0].attempts, 4U);
  jobs.pass(24h);
  EXPECT_EQ(jobs.starts["search"], 4);
}

TEST(Array, AnotherBrainGoesOnWhereItWas) {
  TestJobs jobs({array_of("search", 4, 2)});
  jobs.done("search", 0);
  jobs.fails("search", 1);
  jobs.running("search", 2);
  jobs.replace_brain(10s);
  EXPECT_THAT(jobs.tasks_out("search"), ElementsAre(2, 3));
  EXPECT_EQ(jobs.starts["search"], 4) << "said again, with the same ids";
  jobs.done("search", 3);
  jobs.done("search", 2);
  EXPECT_THAT(jobs.outcomes(), ElementsAre("search 1 failed"));
  EXPECT_EQ(last_message(jobs), "3 of 4 tasks succeeded; task 1: exit code 1");
}

TEST(Array, ATaskThatFailsIsTriedAgainAndMeanwhileOthersGoOn) {
  auto search = array_of("search", 3);
  search.config.retry = {2, 1min};
  TestJobs jobs({search});
  jobs.fails("search", 0);
  EXPECT_THAT(jobs.tasks_out("search"), ElementsAre(1));
  EXPECT_EQ(jobs.report_of("search").doing, Doing::kWaiting);
  jobs.pass(2min);
  EXPECT_THAT(jobs.tasks_out("search"), ElementsAre(1)) << "one at a time";
  jobs.done("search", 1);
  EXPECT_THAT(jobs.tasks_out("search"), ElementsAre(0)) << "the lowest first";
  jobs.fails("search", 0);
  jobs.done("search", 2);
  EXPECT_THAT(jobs.outcomes(), ElementsAre("search 1 failed"));
  EXPECT_EQ(jobs.recorded<RunEnded>()[0].attempts, 4U);
}

TEST(Array, ATaskHasATimeoutOfItsOwn) {
  auto search = array_of("search", 2, 2);
  search.config.timeout = 10min;
  TestJobs jobs({search});
  jobs.running("search", 0);
  jobs.pass(5min);
  jobs.running("search", 1);
  jobs.pass(6min);
  EXPECT_THAT(jobs.stops, ElementsAre("search 1/1"));
  ASSERT_THAT(jobs.recorded<TryStopAsked>(), SizeIs(1));
  EXPECT_EQ(jobs.recorded<TryStopAsked>()[0].task, 0U);
  jobs.replace_brain();
  jobs.ended("search", ExitClass::kStopped);
  jobs.done("search", 1);
  EXPECT_THAT(jobs.outcomes(), ElementsAre("search 1 timed-out"));
  EXPECT_EQ(last_message(jobs), "1 of 2 tasks succeeded; task 0: it took longer than 10m");
}

TEST(Array, AnotherConfigurationBeginsAnewWithAllTasks) {
  TestJobs jobs({array_of("search", 3, 2)});
  jobs.done("search", 0);
  jobs.setups[0] = array_of("search", 2, 2);
  jobs.setups[0].start_hash = 8;
  jobs.give(ConfigurationGiven{share_each(jobs.setups)});
  EXPECT_THAT(jobs.stops, SizeIs(2));
  EXPECT_THAT(jobs.outcomes(), IsEmpty()) << "first its programs end";
  jobs.ended("search", ExitClass::kStopped, -1, 1);
  jobs.ended("search", ExitClass::kStopped, -1, 2);
  EXPECT_THAT(jobs.outcomes(), ElementsAre("search 1 replaced"));
  EXPECT_THAT(jobs.tasks_out("search"), ElementsAre(0, 1));
  EXPECT_EQ(jobs.state.jobs.at("search").run->number, 2U);
}

TEST(Array, AScheduledOneOfAnotherConfigurationIsRunAgainToo) {
  TestJobs jobs({array_of("search", 3, 3, Every{24h})});
  jobs.setups[0].start_hash = 8;
  jobs.give(ConfigurationGiven{share_each(jobs.setups)});
  for (std::uint32_t task = 0; task < 3; ++task)
    jobs.ended("search", ExitClass::kStopped, -1, task);
  EXPECT_THAT(jobs.outcomes(), ElementsAre("search 1 replaced"));
  EXPECT_THAT(jobs.tasks_out("search"), ElementsAre(0, 1, 2));
}

TEST(Array, OneThatIsReplacedTakesNoTimeOfAClockThatWasPutBack) {
  TestJobs jobs({array_of("search", 2, 2, at_times("0 2 * * *"))});
  jobs.pass(13min);
  jobs.elapsed -= 4h;
  jobs.give(Wake{.all = true});
  jobs.pass(90min);
  jobs.setups[0].start_hash = 8;
  jobs.give(ConfigurationGiven{share_each(jobs.setups)});
  for (std::uint32_t task : {0U, 1U})
    jobs.ended("search", ExitClass::kStopped, -1, task);
  for (std::uint32_t task : {0U, 1U})
    jobs.done("search", task);
  EXPECT_EQ(jobs.starts["search"], 4);
  jobs.pass(150min);
  EXPECT_EQ(jobs.starts["search"], 6);
}

TEST(Array, WhatIsMissingForAWhileIsNoOtherConfiguration) {
  TestJobs jobs({array_of("search", 3)});
  jobs.done("search", 0);
  jobs.setups[0].blocked = true;
  jobs.setups[0].start_hash = 99;
  jobs.replace_brain();
  EXPECT_THAT(jobs.stops, IsEmpty());
  EXPECT_THAT(jobs.tasks_out("search"), ElementsAre(1));
  jobs.setups[0].blocked = false;
  jobs.setups[0].start_hash = 7;
  jobs.give(ConfigurationGiven{share_each(jobs.setups)});
  jobs.done("search", 1);
  jobs.done("search", 2);
  EXPECT_THAT(jobs.outcomes(), ElementsAre("search 1 succeeded"));
  EXPECT_EQ(jobs.state.jobs.at("search").settled, 7U);
  jobs.setups[0].blocked = true;
  jobs.setups[0].start_hash = 99;
  jobs.replace_brain();
  EXPECT_FALSE(jobs.state.jobs.at("search").run) << "it has completed";
}

TEST(Array, AProgramThatBecomesManyBeginsAnewAndSoTheOtherWayRound) {
  auto search = setup_of("search");
  search.config.retry = {2, 1min};
  TestJobs jobs({search});
  jobs.fails("search");
  jobs.setups[0].config.tasks = 3;
  jobs.setups[0].start_hash = 8;
  jobs.give(ConfigurationGiven{share_each(jobs.setups)});
  EXPECT_THAT(jobs.outcomes(), ElementsAre("search 1 replaced"));
  for (std::uint32_t task = 0; task < 2; ++task)
    jobs.done("search", task);
  jobs.setups[0].config.tasks = 0;
  jobs.setups[0].blocked = true;
  jobs.give(ConfigurationGiven{share_each(jobs.setups)});
  jobs.ended("search", ExitClass::kStopped, -1, 2);
  EXPECT_THAT(jobs.outcomes(), ElementsAre("search 1 replaced", "search 2 replaced"));
  EXPECT_THAT(jobs.tasks_out("search"), ElementsAre(0));
}

TEST(Array, WhatGaveWayHasToBeDoneIfItComesBack) {
  TestJobs jobs({array_of("search", 2)});
  jobs.setups[0].start_hash = 8;
  jobs.give(ConfigurationGiven{share_each(jobs.setups)});
  jobs.setups[0].start_hash = 7;
  jobs.give(ConfigurationGiven{share_each(jobs.setups)});
  jobs.ended("search", ExitClass::kStopped);
  EXPECT_THAT(jobs.outcomes(), ElementsAre("search 1 replaced"));
  EXPECT_THAT(jobs.tasks_out("search"), ElementsAre(0));
  auto kept = jobs.setups;
  jobs.setups.clear();
  jobs.give(ConfigurationGiven{});
  jobs.ended("search", ExitClass::kStopped);
  EXPECT_THAT(jobs.outcomes(), ElementsAre("search 1 replaced", "search 2 stopped"));
  jobs.setups = kept;
  jobs.give(ConfigurationGiven{share_each(jobs.setups)});
  EXPECT_THAT(jobs.tasks_out("search"), ElementsAre(0));
}

TEST(Array, BegunWhileBlockedItIsWhatWasStarted) {
  auto search = array_of("search", 2);
  search.blocked = true;
  search.start_hash = 99;
  TestJobs jobs({search});
  jobs.setups[0].blocked = false;
  jobs.setups[0].start_hash = 7;
  jobs.give(ConfigurationGiven{share_each(jobs.setups)});
  jobs.running("search", 0, 7);
  EXPECT_THAT(jobs.stops, IsEmpty());
  jobs.replace_brain();
  jobs.setups[0].start_hash = 8;
  jobs.give(ConfigurationGiven{share_each(jobs.setups)});
  EXPECT_THAT(jobs.stops, ElementsAre("search 1/1")) << "it is another one now";
}

TEST(Array, OneThatWasBlockedFromTheBeginningIsNotReplacedLater) {
  auto search = array_of("search", 2);
  search.blocked = true;
  search.start_hash = 99;
  TestJobs jobs({search});
  EXPECT_THAT(jobs.tasks_out("search"), ElementsAre(0));
  jobs.setups[0].blocked = false;
  jobs.setups[0].start_hash = 7;
  jobs.give(ConfigurationGiven{share_each(jobs.setups)});
  EXPECT_THAT(jobs.stops, IsEmpty());
  jobs.done("search", 0);
  jobs.done("search", 1);
  EXPECT_THAT(jobs.outcomes(), ElementsAre("search 1 succeeded"));
  jobs.replace_brain();
  EXPECT_EQ(jobs.starts["search"], 2);
}

TEST(Array, OnceBegunItAsksNoMoreForItsNeeds) {
  auto search = array_of("search", 2);
  search.config.needs = {"fetch"};
  TestJobs jobs({setup_of("fetch", Every{1h}), search});
  EXPECT_THAT(jobs.tasks_out("search"), IsEmpty());
  EXPECT_EQ(jobs.report_of("search").note, "waits for job fetch to end");
  jobs.done("fetch");
  EXPECT_THAT(jobs.tasks_out("search"), ElementsAre(0));
  jobs.pass(1h);
  jobs.fails("fetch");
  jobs.done("search", 0);
  EXPECT_THAT(jobs.tasks_out("search"), ElementsAre(1));
}

TEST(Array, AStoppedHouseInterruptsItAndItGoesOn) {
  TestJobs jobs({array_of("search", 3, 2, Every{24h})});
  jobs.done("search", 0);
  jobs.give(HouseSeen{false});
  jobs.ended("search", ExitClass::kStopped, -1, 1);
  jobs.ended("search", ExitClass::kStopped, -1, 2);
  EXPECT_THAT(jobs.outcomes(), IsEmpty());
  EXPECT_THAT(jobs.tasks_out("search"), IsEmpty());
  jobs.replace_brain(1h);
  EXPECT_THAT(jobs.tasks_out("search"), ElementsAre(1, 2));
  jobs.done("search", 1);
  jobs.done("search", 2);
  EXPECT_THAT(jobs.outcomes(), ElementsAre("search 1 succeeded"));
}

TEST(Array, StopEndsAllOfItOnce) {
  TestJobs jobs({array_of("search", 5, 2)});
  jobs.fails("search", 0);
  jobs.give(CommandGiven{"c1", Verb::kStop, "search", 1, "me"});
  EXPECT_THAT(jobs.stops, ElementsAre("search 1/1", "search 1/1"));
  jobs.ended("search", ExitClass::kStopped, -1, 1);
  EXPECT_THAT(jobs.outcomes(), IsEmpty());
  jobs.done("search", 2);
  EXPECT_THAT(jobs.outcomes(), ElementsAre("search 1 stopped"));
  EXPECT_EQ(last_message(jobs), "1 of 5 tasks succeeded; task 0: exit code 1");
  jobs.replace_brain();
  EXPECT_FALSE(jobs.state.jobs.at("search").run);
}

TEST(Array, AfterABootTheTasksThatWereAtWorkBeginAgain) {
  auto search = array_of("search", 2, 2);
  search.config.timeout = 1h;
  TestJobs jobs({search});
  jobs.running("search", 0);
  jobs.running("search", 1);
  forget_processes(jobs.state);
  EXPECT_FALSE(jobs.state.jobs.at("search").run->tasks[1].started);
  EXPECT_THAT(jobs.tasks_out("search"), ElementsAre(0, 1)) << "their tries are the service room's";
}

}  // namespace
}  // namespace hammock::job
