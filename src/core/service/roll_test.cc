#include "core/service/test_house.h"

namespace hammock::service {
namespace {

using testing::HasSubstr;

Setup four(std::uint64_t hash = 7) {
  auto web = setup_of("web", hash);
  web.config.instances = 4;
  web.config.min_ready = 2;
  return web;
}

TEST(Roll, OneByOneAndNeverBelowTheFloor) {
  TestHouse house({four()});
  for (std::uint32_t n = 1; n <= 4; ++n)
    house.ready("web", n);
  house.command("r", Verb::kRestart, "web");
  for (int i = 0; i < 4; ++i) {
    auto signals = house.all<Signal>();
    ASSERT_EQ(signals.size(), static_cast<std::size_t>(i + 1));
    std::uint32_t n = signals.back().target.instance;
    EXPECT_EQ(report(house.state, "web")->ready, 3U);
    house.exit("web", n, kTerm);
    EXPECT_EQ(house.all<Signal>().size(), static_cast<std::size_t>(i + 1)) << "not ready yet";
    house.ready("web", n);
  }
  EXPECT_EQ(house.replies("r"), "accepted;done;");
  EXPECT_EQ(house.recorded<InstanceReplaced>().size(), 4U);
  EXPECT_EQ(house.recorded<RollFinished>().size(), 1U);
}

TEST(Roll, WaitsWhileOthersAreDown) {
  auto web = four();
  web.config.min_ready = 3;
  TestHouse house({web});
  for (std::uint32_t n = 1; n <= 4; ++n)
    house.ready("web", n);
  house.at("web", 2).reflex_tokens = 0;
  house.exit("web", 2, kSegv);  // runs again, not ready
  house.command("r", Verb::kRestart, "web");
  // Only the copy that serves nobody may be ended.
  ASSERT_EQ(house.all<Signal>().size(), 1U);
  EXPECT_EQ(house.all<Signal>()[0].target.instance, 2U);
}

TEST(Roll, NewFirstWhereTheKeeperHoldsTheSockets) {
  auto web = setup_of("web");
  web.config.listen = {"127.0.0.1:8000"};
  TestHouse house({web});
  house.ready("web", 1);
  house.command("r", Verb::kRestart, "web");
  EXPECT_TRUE(house.running("web", 2));
  EXPECT_TRUE(house.all<Signal>().empty());
  house.ready("web", 2);
  ASSERT_EQ(house.all<Signal>().size(), 1U);
  EXPECT_EQ(house.all<Signal>()[0].target.instance, 1U);
  EXPECT_EQ(report(house.state, "web")->ready, 1U);
  house.exit("web", 1, kTerm);
  EXPECT_FALSE(house.running("web", 1));
  EXPECT_EQ(house.replies("r"), "accepted;done;");
  house.command("r2", Verb::kRestart, "web");
  EXPECT_TRUE(house.running("web", 1)) << "numbers float";
}

TEST(Roll, HaltsAtTheFirstThatDoesNotBecomeReady) {
  auto web = four();
  web.config.listen = {"127.0.0.1:8000"};
  TestHouse house({web});
  for (std::uint32_t n = 1; n <= 4; ++n)
    house.ready("web", n);
  house.setups = {four(8)};
  house.setups[0].config.listen = web.config.listen;
  house.give(ConfigurationGiven{"d2", share_each(house.setups), "c"});
  house.run();
  ASSERT_TRUE(house.running("web", 5));
  house.exit("web", 5, kCode1);
  house.pass(1h);
  EXPECT_EQ(house.recorded<RollHalted>().size(), 1U);
  EXPECT_FALSE(house.running("web", 5));
  EXPECT_TRUE(house.all<Signal>().empty());
  EXPECT_EQ(report(house.state, "web")->ready, 4U);
  EXPECT_THAT(report(house.state, "web")->note, HasSubstr("instance 5 did not become ready"));
  house.command("r", Verb::kRestart, "web");
  EXPECT_TRUE(house.running("web", 5)) << "an operator may try again";
}

TEST(Roll, AFloorWithoutRoomBeginsWithTheNewOne) {
  auto web = setup_of("web");
  web.config.instances = 2;
  web.config.min_ready = 2;
  TestHouse house({web});
  house.ready("web", 1);
  house.ready("web", 2);
  house.command("r", Verb::kRestart, "web");
  EXPECT_TRUE(house.all<Signal>().empty());
  EXPECT_TRUE(house.running("web", 3));
}

TEST(Configuration, WhatNeedsNoRestartRestartsNothing) {
  auto web = setup_of("web");
  TestHouse house({web});
  house.ready("web");
  web.config.restart.backoff = 2s;
  web.config.logs.keep_bytes = 1;
  house.give(ConfigurationGiven{"d2", {web}, ""});
  house.run();
  EXPECT_TRUE(house.all<Signal>().empty());
}

TEST(Configuration, FewerInstancesLeaveOneByOne) {
  TestHouse house({four()});
  for (std::uint32_t n = 1; n <= 4; ++n)
    house.ready("web", n);
  auto two = four();
  two.config.instances = 2;
  house.give(ConfigurationGiven{"d2", {two}, ""});
  house.run();
  ASSERT_EQ(house.all<Signal>().size(), 1U);
  EXPECT_EQ(house.all<Signal>()[0].target.instance, 4U);
  house.exit("web", 4, kTerm);
  ASSERT_EQ(house.all<Signal>().size(), 2U);
  house.exit("web", 3, kTerm);
  EXPECT_FALSE(house.slots.contains({"web", 4}));
  EXPECT_EQ(report(house.state, "web")->ready, 2U);
}

TEST(Configuration, RemovedServicesEndAndAreForgotten) {
  TestHouse house({setup_of("web"), setup_of("old")});
  house.ready("old");
  house.give(ConfigurationGiven{"d2", {setup_of("web")}, ""});
  house.run();
  EXPECT_EQ(house.all<Signal>().size(), 1U);
  house.exit("old", 1, kTerm);
  EXPECT_FALSE(house.slots.contains({"old", 1}));
  EXPECT_EQ(report(house.state, "old"), std::nullopt);
  EXPECT_EQ(report(house.state).size(), 1U);
}

TEST(Configuration, StrangersInTheLedgerAreEnded) {
  TestHouse house({setup_of("web")});
  SlotView stranger;
  stranger.service = "gone";
  stranger.instance = 1;
  stranger.slot = 9;
  house.begin(stranger, 5);
  house.slots[{"gone", 1}] = stranger;
  house.replace_brain([](const Fact&) { return true; });
  ASSERT_EQ(house.all<Signal>().size(), 1U);
  EXPECT_EQ(house.all<Signal>()[0].target.service, "gone");
  house.exit("gone", 1, kTerm);
  EXPECT_FALSE(house.slots.contains({"gone", 1}));
}

TEST(Roll, ANewCopyIsNotStartedOnANeedThatGoesInTheSameMoment) {
  auto web = setup_of("web");
  web.config.listen = {"127.0.0.1:80"};
  web.config.needs = {"db"};
  web.config.restart_with = {"front"};
  auto db = setup_of("db");
  db.config.restart_with = {"front"};
  TestHouse house({setup_of("front"), web, db});
  for (const char* name : {"front", "db", "web"})
    house.ready(name);
  house.command("c1", Verb::kRestart, "web");
  house.ready("web", 2);
  house.exit("web", 1, kTerm);
  house.command("c2", Verb::kRestart, "front");
  EXPECT_FALSE(house.running("web", 1));
  house.exit("db", 1, kTerm);
  house.ready("db");
  EXPECT_TRUE(house.running("web", 1));
}

}  // namespace
}  // namespace hammock::service
