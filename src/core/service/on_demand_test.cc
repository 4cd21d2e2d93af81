// Programs that are not kept up, but run when somebody asks.
#include "core/service/test_house.h"

namespace hammock::service {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

Setup on_demand(std::string name) {
  Setup setup = setup_of(std::move(name));
  setup.config.on_demand = true;
  setup.config.ready.how = ReadyWhenStarted{};
  return setup;
}

class OnDemand : public testing::Test {
 protected:
  void ask(const std::string& id) {
    house.give(RunAsked{"job.a", 1, id});
    house.run();
  }
  void drop(const std::string& id) {
    house.give(RunUnwanted{"job.a", 1, id});
    house.run();
  }
  RunReport seen() { return run_of(house.state, "job.a", 1).value(); }
  std::uint64_t generation() { return house.at("job.a").generation; }
  static bool everything(const Fact&) { return true; }

  TestHouse house{{on_demand("job.a")}};
};

TEST_F(OnDemand, RunsOnceForEachIdAndOnlyWhenAsked) {
  house.pass(1h);
  EXPECT_THAT(house.all<Spawn>(), IsEmpty());
  ask("1");
  EXPECT_EQ(seen().stage, RunStage::kRunning);
  ask("1");
  house.exit("job.a", 1, 0);
  EXPECT_EQ(seen().stage, RunStage::kOver);
  EXPECT_EQ(seen().exit->exit_class, ExitClass::kClean);
  ask("1");
  house.pass(1h);
  EXPECT_EQ(generation(), 1U);
  ask("2");
  EXPECT_EQ(generation(), 2U);
}

TEST_F(OnDemand, IsNoServiceForPeople) {
  EXPECT_THAT(report(house.state), IsEmpty());
  EXPECT_FALSE(report(house.state, "job.a"));
  house.command("c1", Verb::kStart, "job.a");
  EXPECT_EQ(house.replies("c1"), "refused;");
}

TEST_F(OnDemand, AFailureIsNotTriedAgainHere) {
  ask("1");
  house.pass(1min);  // by then a service would have a token for a reflex
  EXPECT_EQ(house.at("job.a").reflex_tokens, 0U);
  house.exit("job.a", 1, kCode1);
  house.pass(1h);
  EXPECT_EQ(generation(), 1U);
  EXPECT_EQ(seen().exit->exit_class, ExitClass::kError);
  EXPECT_THAT(house.recorded<BackoffScheduled>(), IsEmpty());
}

TEST_F(OnDemand, ARunThatIsNotOverIsNotReplaced) {
  ask("1");
  ask("2");
  EXPECT_EQ(seen().id, "1");
  EXPECT_EQ(generation(), 1U);
}

// The brain dies after it has said which generation is the run, before or after the keeper heard.
TEST_F(OnDemand, ADeathBetweenFactAndOrderStartsItOnce) {
  for (bool heard : {false, true}) {
    const std::string id = heard ? "2" : "1";
    const std::uint64_t before = heard ? 1 : 0;
    house.keeper = heard;
    house.give(RunAsked{"job.a", 1, id});
    house.run();
    house.keeper = true;
    house.replace_brain(everything);
    EXPECT_EQ(seen().stage, RunStage::kRunning);
    EXPECT_EQ(generation(), before + 1);
    house.exit("job.a", 1, 0);
    house.replace_brain(everything);
    EXPECT_EQ(seen().stage, RunStage::kOver);
    house.pass(1h);
    EXPECT_EQ(generation(), before + 1);
  }
}

TEST_F(OnDemand, AnEndWhileNobodyLookedIsTheEndOfTheRun) {
  ask("1");
  house.end(house.at("job.a"), 0, false);
  house.replace_brain(everything);
  EXPECT_EQ(seen().stage, RunStage::kOver);
  EXPECT_EQ(seen().exit->exit_class, ExitClass::kClean);
  EXPECT_EQ(generation(), 1U);
}

TEST_F(OnDemand, AStartThatWasTakenBackIsMadeAgain) {
  ask("1");
  house.end(house.at("job.a"), 127 << 8, false);
  house.at("job.a").exits.back().stage = 1;
  house.at("job.a").exits.back().stage_errno = ECANCELED;
  house.give(SlotSeen{house.at("job.a")});
  house.run();
  EXPECT_EQ(seen().stage, RunStage::kRunning);
  EXPECT_EQ(generation(), 2U);
}

TEST_F(OnDemand, WhatIsUnwantedIsStoppedOrNeverBegun) {
  house.keeper = false;
  house.give(RunAsked{"job.a", 1, "1"});
  drop("1");
  EXPECT_EQ(seen().stage, RunStage::kPending) << "the keeper may have heard of it";
  house.pending.clear();
  house.keeper = true;
  house.pass(1min);
  EXPECT_EQ(seen().stage, RunStage::kOver);
  EXPECT_FALSE(seen().exit);
  ask("2");
  drop("1");
  EXPECT_THAT(house.all<Signal>(), IsEmpty()) << "another run";
  drop("2");
  EXPECT_THAT(house.all<Signal>(), SizeIs(1));
  house.exit("job.a", 1, kTerm);
  EXPECT_EQ(seen().stage, RunStage::kOver);
  EXPECT_EQ(seen().exit->exit_class, ExitClass::kStopped);
}

TEST_F(OnDemand, NobodySaysThatARunIsOverBeforeTheLedgerWasRead) {
  for (bool runs : {true, false}) {
    const std::string id = runs ? "1" : "2";
    house.keeper = runs;
    ask(id);
    State fresh(1);
    for (const Fact& fact : house.history())
      if (keep_of(fact) != Keep::kMoment) service::apply(fresh, fact);
    house.state = std::move(fresh);
    house.pending.clear();
    house.keeper = true;
    house.give(ConfigurationGiven{"d1", share_each(house.setups), ""});
    drop(id);
    EXPECT_EQ(seen().stage, RunStage::kPending);
    house.give(house.read());
    house.run();
    EXPECT_THAT(house.all<Signal>(), SizeIs(1));
    if (runs) house.exit("job.a", 1, kTerm);
    EXPECT_EQ(seen().stage, RunStage::kOver);
    EXPECT_EQ(generation(), 1U);
  }
}

TEST_F(OnDemand, AnExitOfAnotherBootIsNotThatOfThisRun) {
  ask("1");
  house.exit("job.a", 1, 0);
  house.slots.clear();
  house.give(SlotGone{"job.a", 1});
  house.keeper = false;
  ask("2");
  SlotView idle;
  idle.service = "job.a";
  idle.instance = 1;
  house.give(SlotSeen{idle});
  house.give(OrderRefused{"job.a", 1, 0, KeeperOrder::kSpawn, 2});
  drop("2");
  house.pass(1min);
  EXPECT_EQ(seen().stage, RunStage::kOver);
  EXPECT_FALSE(seen().exit);
}

TEST_F(OnDemand, WhatWentDownWithTheMachineBeginsAgain) {
  ask("1");
  house.slots.clear();
  house.give(KeeperLost{});
  State fresh(1);
  for (const Fact& fact : house.history())
    if (keep_of(fact) != Keep::kMoment) service::apply(fresh, fact);
  house.state = std::move(fresh);
  house.pending.clear();
  house.give(ConfigurationGiven{"d1", share_each(house.setups), ""});
  house.give(LedgerRead{"another boot", true, {}});
  house.run();
  EXPECT_EQ(seen().stage, RunStage::kRunning);
  house.exit("job.a", 1, 0);
  EXPECT_EQ(seen().stage, RunStage::kOver);
}

TEST_F(OnDemand, ASlotThatBeganAnewIsKnownInAReplay) {
  for (const char* id : {"1", "2", "3"}) {
    ask(id);
    house.exit("job.a", 1, 0);
  }
  house.slots.clear();
  house.give(SlotGone{"job.a", 1});
  ask("4");
  EXPECT_EQ(generation(), 1U);
  // The sample that it started may be lost with the brain.
  house.replace_brain([](const Fact& fact) {
    const auto* started = std::get_if<InstanceStarted>(&fact);
    return started == nullptr || started->generation != 1;
  });
  EXPECT_EQ(seen().stage, RunStage::kRunning);
  house.exit("job.a", 1, 0);
  EXPECT_EQ(seen().stage, RunStage::kOver);
  EXPECT_EQ(generation(), 1U);
}

TEST_F(OnDemand, AnotherConfigurationDoesNotChangeWhatTheEndMeans) {
  ask("1");
  house.setups[0].start_hash = 8;
  house.give(ConfigurationGiven{"d2", share_each(house.setups), ""});
  house.exit("job.a", 1, 0);
  EXPECT_EQ(seen().exit->exit_class, ExitClass::kClean);
}

TEST_F(OnDemand, WhatRunsWithoutAJournalIsLeftAloneAndTakenForTheRunThatIsAskedFor) {
  ask("1");
  house.replace_brain([](const Fact&) { return false; });
  EXPECT_THAT(house.all<Signal>(), IsEmpty());
  ask("7");
  EXPECT_EQ(seen().stage, RunStage::kRunning);
  house.exit("job.a", 1, 0);
  EXPECT_EQ(seen().stage, RunStage::kOver);
  EXPECT_EQ(generation(), 1U);
}

TEST_F(OnDemand, WaitsForTheServicesThatItNeeds) {
  auto job = on_demand("job.b");
  job.config.needs = {"db"};
  TestHouse other({setup_of("db"), job});
  other.give(RunAsked{"job.b", 1, "1"});
  other.run();
  EXPECT_EQ(run_of(other.state, "job.b", 1)->stage, RunStage::kPending);
  EXPECT_EQ(run_of(other.state, "job.b", 1)->waits_for, "db");
  other.ready("db");
  EXPECT_EQ(run_of(other.state, "job.b", 1)->stage, RunStage::kRunning);
}

TEST(Array, WhoHasDoneHisTaskGivesHisSlotBack) {
  auto search = on_demand("job.search");
  search.config.tasks = 1000;
  TestHouse house({search});
  auto state_of = [&](std::uint32_t number) {
    return run_of(house.state, "job.search", number).value();
  };
  for (std::uint32_t number : {1U, 999U}) {
    house.give(RunAsked{"job.search", number, "1/1"});
    house.run();
  }
  house.exit("job.search", 999, 0);
  EXPECT_THAT(house.slots, SizeIs(1));
  EXPECT_EQ(state_of(999).stage, RunStage::kOver);
  EXPECT_EQ(state_of(1).stage, RunStage::kRunning);
  house.replace_brain([](const Fact&) { return true; });
  house.give(RunAsked{"job.search", 999, "1/1"});
  house.run();
  EXPECT_THAT(house.slots, SizeIs(1)) << "it has been done";
  house.exit("job.search", 1, 0);
  EXPECT_THAT(house.slots, IsEmpty());
  house.give(RunAsked{"job.search", 999, "2/1"});
  house.run();
  EXPECT_EQ(state_of(999).stage, RunStage::kRunning);
}

TEST_F(OnDemand, TheHouseStopsItAndDoesNotForgetWhatIsPending) {
  ask("1");
  house.command("c1", Verb::kDown, "");
  EXPECT_THAT(house.all<Signal>(), SizeIs(1));
  house.exit("job.a", 1, kTerm);
  EXPECT_EQ(seen().exit->exit_class, ExitClass::kStopped);
  EXPECT_THAT(house.all<ExitHammock>(), SizeIs(1));
}

}  // namespace
}  // namespace hammock::service
