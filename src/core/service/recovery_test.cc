#include "core/service/test_house.h"

namespace hammock::service {
namespace {

TEST(Keeper, OrdersWithoutEffectAreGivenAgainAtOnce) {
  TestHouse house({setup_of("web")});
  house.ready("web");
  house.command("s", Verb::kStop, "web");
  house.give(KeeperLost{});
  EXPECT_EQ(house.health("web"), Health::kUnknown);
  EXPECT_EQ(next_wake(house.state), std::nullopt);
  house.give(house.read());
  EXPECT_EQ(house.all<Signal>().size(), 2U);
  house.exit("web", 1, kTerm);
  house.keeper = false;
  house.command("s2", Verb::kStart, "web");
  ASSERT_EQ(house.all<Spawn>().size(), 2U);
  house.pending.clear();
  house.keeper = true;
  house.give(KeeperLost{});
  house.give(house.read());
  EXPECT_EQ(house.all<Spawn>().size(), 3U);
}

TEST(House, DoesNotEndWhileAStartIsOnItsWay) {
  auto web = setup_of("web");
  web.config.needs = {"db"};
  TestHouse house({web, setup_of("db")});
  house.ready("db");
  house.ready("web");
  house.exit("web", 1, kSegv);
  house.exit("web", 1, kSegv);
  house.keeper = false;
  house.pass(1min);
  ASSERT_FALSE(house.running("web"));
  ASSERT_FALSE(house.pending.empty());
  house.command("d", Verb::kDown, "");
  EXPECT_TRUE(house.all<Signal>().empty()) << "what it needs goes on until it is known";
  house.keeper = true;
  house.run();
  EXPECT_TRUE(house.running("web"));
  house.exit("web", 1, kTerm);
  EXPECT_TRUE(house.all<ExitHammock>().empty());
  house.exit("db", 1, kTerm);
  EXPECT_EQ(house.all<ExitHammock>().size(), 1U);
}

TEST(Keeper, ARefusedStartIsPaced) {
  TestHouse house({setup_of("web")});
  house.exit("web", 1, kCode1);
  house.keeper = false;
  house.pass(500ms);
  for (int i = 0; i < 20; ++i) {
    std::size_t before = house.all<Spawn>().size();
    house.give(OrderRefused{"web", 1, 1, KeeperOrder::kSpawn, 28});
    house.give(SlotSeen{house.at("web")});
    EXPECT_EQ(house.all<Spawn>().size(), before) << "not at once";
    house.pass(1min);
    EXPECT_GT(house.all<Spawn>().size(), before) << "but again";
  }
}

TEST(Brain, AdoptsWhatRunsEvenWithoutAJournal) {
  auto web = setup_of("web");
  web.config.needs = {"db"};
  TestHouse house({web, setup_of("db")});
  house.ready("db");
  house.ready("web");
  house.forget_past();
  house.replace_brain([](const Fact&) { return false; });
  EXPECT_TRUE(house.all<Spawn>().empty());
  EXPECT_TRUE(house.all<Signal>().empty());
  EXPECT_EQ(house.health("web"), Health::kReady);
  EXPECT_EQ(house.health("db"), Health::kReady);
}

TEST(Brain, NeedThatDiedMeanwhileIsNotTrusted) {
  auto web = setup_of("web");
  web.config.needs = {"db"};
  TestHouse house({web, setup_of("db")});
  house.ready("db");
  house.exit("web", 1, kCode1);
  house.end(house.at("db"), kSegv, false);
  house.forget_past();
  house.elapsed += 1h;
  house.replace_brain([](const Fact&) { return true; });
  for (const Spawn& spawn : house.all<Spawn>())
    EXPECT_EQ(spawn.target.service, "db");
}

TEST(Brain, DownSurvivesAndUpOpensAgain) {
  TestHouse house({setup_of("web")});
  house.command("d", Verb::kDown, "");
  house.exit("web", 1, kTerm);
  house.replace_brain([](const Fact&) { return true; });
  EXPECT_FALSE(house.running("web"));
  EXPECT_EQ(house.all<ExitHammock>().size(), 2U);
  State fresh(1);
  for (const Fact& fact : house.facts) {
    if (keep_of(fact) != Keep::kMoment) service::apply(fresh, fact);
  }
  fresh.house.ledger_known = false;
  house.state = std::move(fresh);
  auto read = house.read();
  read.by_up = true;
  house.give(read);
  house.run();
  EXPECT_TRUE(house.running("web"));
}

TEST(Brain, AnExitWhileItWasAwayIsJudgedRightWithoutTheLastSamples) {
  auto job = setup_of("job");
  job.config.essential = true;
  TestHouse house({job});
  house.end(house.at("job"), 0, false);
  house.replace_brain([](const Fact& fact) { return keep_of(fact) != Keep::kSample; });
  EXPECT_EQ(house.at("job").generation, 1U) << "not run again";
  EXPECT_EQ(house.all<ExitHammock>().size(), 1U);
}

TEST(Brain, DownIsPossibleWithoutAnyConfiguration) {
  TestHouse house({setup_of("web"), setup_of("db")});
  house.ready("web");
  house.ready("db");
  house.state = State(1);  // no file can be used, and no journal was left
  house.give(house.read());
  house.run();
  EXPECT_TRUE(house.running("web")) << "nothing is stopped that nobody knows";
  house.end(house.at("db"), kCode1, false);
  house.give(SlotSeen{house.at("db")});
  house.forget_past();
  house.command("d", Verb::kDown, "");
  EXPECT_EQ(house.replies("d"), "accepted;");
  house.pass(1min);
  EXPECT_FALSE(house.running("web")) << "killed after the default time";
  EXPECT_EQ(house.all<ExitHammock>().size(), 1U);
}

TEST(Brain, UpAfterDownBeginsWithoutOldFailures) {
  TestHouse house({setup_of("web")});
  for (int i = 0; i < 6; ++i) {
    house.exit("web", 1, kCode1);
    house.pass(1min);
  }
  EXPECT_EQ(house.health("web"), Health::kCrashLooping);
  house.command("d", Verb::kDown, "");
  house.exit("web", 1, kTerm);
  house.state.house.ledger_known = false;
  auto read = house.read();
  read.by_up = true;
  house.give(read);
  house.run();
  EXPECT_TRUE(house.running("web")) << "tried at once";
  EXPECT_EQ(house.health("web"), Health::kStarting);
}

}  // namespace
}  // namespace hammock::service
