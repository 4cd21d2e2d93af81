#include "core/service/test_house.h"

namespace hammock::service {
namespace {

using testing::ElementsAre;

TEST(Start, WaitsForWhatItNeedsHoweverLong) {
  auto web = setup_of("web");
  web.config.needs = {"db"};
  TestHouse house({web, setup_of("db")});
  EXPECT_TRUE(house.running("db"));
  EXPECT_FALSE(house.running("web"));
  EXPECT_EQ(report(house.state, "web")->note, "waits for db");
  house.pass(20s);
  EXPECT_FALSE(house.running("web"));
  house.ready("db");
  EXPECT_TRUE(house.running("web"));
  EXPECT_EQ(house.health("web"), Health::kStarting);
  house.ready("web");
  EXPECT_EQ(house.health("web"), Health::kReady);
}

TEST(Start, AfterIsOrderOnly) {
  auto web = setup_of("web");
  web.config.after = {"cache"};
  TestHouse house({web, setup_of("cache")});
  EXPECT_FALSE(house.running("web"));
  house.exit("cache", 1, kCode1);
  EXPECT_TRUE(house.running("web")) << "cache failed: nobody waits for it any longer";
}

TEST(Start, NeedGoingAwayDoesNotStopWhatRuns) {
  auto web = setup_of("web");
  web.config.needs = {"db"};
  TestHouse house({web, setup_of("db")});
  house.ready("db");
  house.ready("web");
  house.exit("db", 1, kSegv);
  EXPECT_TRUE(house.running("web"));
  EXPECT_TRUE(house.all<Signal>().empty());
}

TEST(Start, TooLateIsAStartTimeoutAndTriedAgain) {
  auto web = setup_of("web");
  web.config.ready.within = 5s;
  web.config.stop.within = 3s;
  TestHouse house({web});
  house.pass(4999ms);
  EXPECT_TRUE(house.all<Signal>().empty());
  house.pass(1ms);
  ASSERT_EQ(house.all<Signal>().size(), 1U);
  EXPECT_TRUE(house.all<Kill>().empty());
  house.pass(3s);  // it ignores TERM
  ASSERT_EQ(house.all<Kill>().size(), 1U);
  auto exits = house.recorded<InstanceExited>();
  ASSERT_EQ(exits.size(), 1U);
  EXPECT_EQ(exits[0].exit_class, ExitClass::kStartTimeout);
  house.pass(1s);
  EXPECT_TRUE(house.running("web"));
}

TEST(Start, ExtensionIsHonoured) {
  auto web = setup_of("web");
  web.config.ready.within = 5s;
  TestHouse house({web});
  house.at("web").extend_until = house.now().steady + 9s;
  house.give(SlotSeen{house.at("web")});
  house.pass(8s);
  EXPECT_TRUE(house.all<Signal>().empty());
  house.pass(1s);
  EXPECT_EQ(house.all<Signal>().size(), 1U);
}

TEST(Start, TcpIsProbedUntilItAnswers) {
  auto db = setup_of("db");
  db.config.ready.how = ReadyByTcp{"127.0.0.1:5432"};
  TestHouse house({db});
  ASSERT_EQ(house.all<ProbeTcp>().size(), 1U);
  house.give(CheckEnded{"db", 1, 1, CheckPurpose::kReady, false, "refused"});
  house.pass(200ms);
  ASSERT_EQ(house.all<ProbeTcp>().size(), 2U);
  house.give(CheckEnded{"db", 1, 0, CheckPurpose::kReady, true, ""});  // of another generation
  EXPECT_EQ(house.health("db"), Health::kStarting);
  house.give(CheckEnded{"db", 1, 1, CheckPurpose::kReady, true, ""});
  EXPECT_EQ(house.health("db"), Health::kReady);
  EXPECT_EQ(next_wake(house.state), std::nullopt) << "an idle house sleeps";
}

TEST(Stop, DisarmsSignalsKillsAndPins) {
  auto web = setup_of("web");
  web.config.stored_descriptors = 2;
  TestHouse house({web});
  house.ready("web");
  house.forget_past();
  house.command("s1", Verb::kStop, "web");
  EXPECT_EQ(house.at("web").reflex_tokens, 0U);
  ASSERT_GE(house.orders.size(), 3U);
  EXPECT_EQ(order_name(house.orders[1]), "arm");
  EXPECT_EQ(order_name(house.orders[2]), "signal");
  EXPECT_EQ(house.replies("s1"), "accepted;");
  house.pass(10s);
  EXPECT_EQ(house.all<Kill>().size(), 1U);
  EXPECT_EQ(house.all<DropStored>().size(), 1U);
  EXPECT_EQ(house.replies("s1"), "accepted;done;");
  EXPECT_EQ(house.health("web"), Health::kStopped);
  EXPECT_EQ(house.recorded<InstanceExited>()[0].exit_class, ExitClass::kStopped);
  EXPECT_TRUE(report(house.state, "web")->pinned);
  house.pass(1h);
  EXPECT_FALSE(house.running("web"));
  house.command("s2", Verb::kStart, "web");
  EXPECT_TRUE(house.running("web"));
  EXPECT_FALSE(report(house.state, "web")->pinned);
}

TEST(Stop, KillIsRepeatedUntilItIsGone) {
  TestHouse house({setup_of("web")});
  house.keeper = false;  // orders reach nobody
  house.command("s1", Verb::kStop, "web");
  house.pass(21s);
  EXPECT_EQ(house.all<Kill>().size(), 3U);
}

TEST(Stop, ASuspendTakesNothingFromItsTime) {
  TestHouse house({setup_of("web")});
  house.ready("web");
  house.command("s1", Verb::kStop, "web");
  house.pass(4s);
  house.elapsed += 1h;
  house.give(Slept{1h});
  house.pass(5s);
  EXPECT_TRUE(house.all<Kill>().empty());
  house.pass(1s);
  EXPECT_EQ(house.all<Kill>().size(), 1U);
}

TEST(Stop, DownGoesInReverseOrderOfNeeds) {
  auto web = setup_of("web");
  web.config.needs = {"db"};
  auto cron = setup_of("cron");
  cron.config.after = {"web"};
  TestHouse house({setup_of("db"), web, cron});
  for (const char* name : {"db", "web", "cron"})
    house.ready(name);
  house.forget_past();
  house.give(CommandGiven{"d", Verb::kDown, "", "test", 5});
  house.run();
  auto signalled = [&] {
    std::vector<std::string> names;
    for (const Signal& signal : house.all<Signal>())
      names.push_back(signal.target.service);
    return names;
  };
  EXPECT_THAT(signalled(), ElementsAre("cron"));
  house.exit("cron", 1, kTerm);
  EXPECT_THAT(signalled(), ElementsAre("cron", "web"));
  house.exit("web", 1, kTerm);
  EXPECT_THAT(signalled(), ElementsAre("cron", "web", "db"));
  EXPECT_TRUE(house.all<ExitHammock>().empty());
  house.exit("db", 1, kTerm);
  ASSERT_EQ(house.all<ExitHammock>().size(), 1U);
  EXPECT_EQ(house.all<ExitHammock>()[0].code, 5);
  EXPECT_EQ(house.replies("d"), "accepted;done;");
  house.command("x", Verb::kStart, "web");
  EXPECT_EQ(house.replies("x"), "refused;");
}

TEST(Essential, ItsDeathEndsHammockWithItsCode) {
  auto main = setup_of("main");
  main.config.essential = true;
  TestHouse house({main, setup_of("side")});
  house.ready("main");
  house.ready("side");
  EXPECT_EQ(house.at("main").reflex_tokens, 0U);
  house.exit("main", 1, 3 << 8);
  EXPECT_FALSE(house.running("main"));
  house.exit("side", 1, kTerm);
  ASSERT_EQ(house.all<ExitHammock>().size(), 1U);
  EXPECT_EQ(house.all<ExitHammock>()[0].code, 3);
}

TEST(Watchdog, ExpiryIsBelievedOnlyAfterALook) {
  auto web = setup_of("web");
  web.config.watchdog = 10s;
  TestHouse house({web});
  house.ready("web");
  house.pass(8s);
  house.at("web").watchdog_fed = house.now().steady;  // no hint for it
  house.pass(9s);
  EXPECT_TRUE(house.all<Signal>().empty());
  EXPECT_GE(house.all<Look>().size(), 1U);
  house.pass(2s);
  ASSERT_EQ(house.all<Signal>().size(), 1U);
  EXPECT_EQ(house.all<Signal>()[0].signal, 6);
  house.exit("web", 1, 6);
  EXPECT_EQ(house.recorded<InstanceExited>()[0].exit_class, ExitClass::kWatchdog);
}

TEST(Watchdog, OneGraceAfterTheBrainWasAway) {
  auto web = setup_of("web");
  web.config.watchdog = 10s;
  TestHouse house({web});
  house.ready("web");
  house.elapsed += 1h;
  house.replace_brain([](const Fact&) { return true; });
  EXPECT_TRUE(house.all<Signal>().empty());
  house.pass(9s);
  EXPECT_TRUE(house.all<Signal>().empty());
  house.pass(1s);
  EXPECT_EQ(house.all<Signal>().size(), 1U);
}

TEST(Watchdog, ASuspendIsNobodysFault) {
  auto web = setup_of("web");
  web.config.watchdog = 10s;
  web.config.ready.within = 20s;
  auto slow = setup_of("slow");
  slow.config.ready.within = 20s;
  TestHouse house({web, slow});
  house.ready("web");
  house.elapsed += 1h;
  house.give(Slept{1h});
  house.run();
  house.pass(9s);
  EXPECT_TRUE(house.all<Signal>().empty());
  house.pass(1s);
  ASSERT_EQ(house.all<Signal>().size(), 1U);
  EXPECT_EQ(house.all<Signal>()[0].target.service, "web");
  house.pass(10s);
  EXPECT_EQ(house.all<Signal>().size(), 2U) << "not ready in time, counted from the waking";
}

TEST(Watchdog, TriggerActsAtOnce) {
  TestHouse house({setup_of("web")});
  house.ready("web");
  house.at("web").watchdog_trigger = true;
  house.give(SlotSeen{house.at("web")});
  EXPECT_EQ(house.all<Signal>().size(), 1U);
}

TEST(Itself, StoppingIsNotReadyAndHasADeadline) {
  TestHouse house({setup_of("web")});
  house.ready("web");
  house.at("web").stopping = true;
  house.give(SlotSeen{house.at("web")});
  EXPECT_TRUE(house.all<Signal>().empty());
  EXPECT_EQ(report(house.state, "web")->ready, 0U);
  house.pass(10s);
  EXPECT_EQ(house.all<Kill>().size(), 1U);
}

TEST(Cost, OneExitAmongTenThousandTouchesOne) {
  std::vector<service::Setup> many;
  for (int i = 0; i < 10'000; ++i)
    many.push_back(setup_of("s" + std::to_string(i)));
  TestHouse house(many);
  for (const service::Setup& setup : many)
    house.ready(setup.config.name);
  house.forget_past();
  auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i)
    house.exit("s" + std::to_string(i), 1, kSegv);
  auto each = (std::chrono::steady_clock::now() - begin) / 1000;
  EXPECT_LT(each, 1ms) << "a decision must not look at all services";
  EXPECT_LT(house.facts.size(), 6000U);
}

}  // namespace
}  // namespace hammock::service
