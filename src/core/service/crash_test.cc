#include "core/service/policy.h"
#include "core/service/test_house.h"

namespace hammock::service {
namespace {

using testing::HasSubstr;

TEST(Crash, FirstIsByReflexThenPaced) {
  TestHouse house({setup_of("web")});
  EXPECT_EQ(house.at("web").reflex_tokens, 0U) << "not before it is ready";
  house.ready("web");
  EXPECT_EQ(house.at("web").reflex_tokens, 1U);
  house.exit("web", 1, kSegv);
  EXPECT_TRUE(house.running("web"));
  house.ready("web");
  EXPECT_EQ(house.at("web").reflex_tokens, 0U) << "not stable yet";
  house.exit("web", 1, kSegv);
  EXPECT_FALSE(house.running("web"));
  auto waits = house.recorded<BackoffScheduled>();
  ASSERT_EQ(waits.size(), 1U);
  EXPECT_LE(waits[0].wait, 500ms);
  EXPECT_EQ(report(house.state, "web")->instances[0].doing, Doing::kBackingOff);
  EXPECT_TRUE(report(house.state, "web")->instances[0].next_try);
  house.pass(500ms);
  EXPECT_TRUE(house.running("web"));
  house.ready("web");
  house.pass(30s);
  EXPECT_EQ(house.at("web").reflex_tokens, 1U) << "stable again";
}

TEST(Crash, WithoutReflexTheFirstIsRepairedAtOnceToo) {
  TestHouse house({setup_of("web")});
  house.ready("web");
  house.at("web").reflex_tokens = 0;
  house.exit("web", 1, kSegv);
  EXPECT_TRUE(house.running("web"));
}

TEST(Crash, LoopIsSaidAndTriedForever) {
  auto web = setup_of("web");
  web.config.ready.within = 10min;
  TestHouse house({web});
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(house.running("web")) << i;
    house.exit("web", 1, kCode1);
    EXPECT_EQ(house.health("web"), i < 4 ? Health::kDown : Health::kCrashLooping) << i;
    house.pass(1min);
  }
  EXPECT_EQ(house.recorded<CrashLoopEntered>().size(), 1U);
  EXPECT_EQ(house.recorded<BackoffScheduled>().size(), 12U);
  house.exit("web", 1, kCode1);
  house.command("r1", Verb::kRestart, "web");
  EXPECT_TRUE(house.running("web")) << "restart tries now";
  house.ready("web");
  EXPECT_EQ(house.replies("r1"), "accepted;done;");
  EXPECT_EQ(house.health("web"), Health::kReady);
}

TEST(Crash, ExpectedIsCountedPacedAndNoFailure) {
  auto web = setup_of("web");
  web.config.expected_exits = {{{false, 75}, "the database restarts"}};
  TestHouse house({web});
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(house.running("web")) << i;
    house.exit("web", 1, 75 << 8);
    EXPECT_FALSE(house.running("web")) << "no hot loop";
    house.pass(web.config.restart.backoff);
  }
  EXPECT_TRUE(house.recorded<CrashLoopEntered>().empty());
  for (const auto& wait : house.recorded<BackoffScheduled>()) {
    EXPECT_LE(wait.wait, web.config.restart.backoff) << "it does not climb";
  }
  EXPECT_EQ(house.recorded<BackoffScheduled>().size(), 12U);
  EXPECT_EQ(report(house.state, "web")->instances[0].restarts, 12U);
  house.exit("web", 1, kCode1);
  EXPECT_LE(house.recorded<BackoffScheduled>().back().wait, web.config.restart.backoff)
      << "a failure begins its own row";
}

TEST(Crash, NoRetryIsNotTriedAgainAndNeverSilent) {
  auto web = setup_of("web");
  web.config.no_retry_exits = {{false, 78}};
  TestHouse house({web});
  house.exit("web", 1, 78 << 8);
  house.pass(10min);
  EXPECT_FALSE(house.running("web"));
  EXPECT_EQ(house.health("web"), Health::kDown);
  EXPECT_EQ(report(house.state, "web")->instances[0].doing, Doing::kFailed);
  EXPECT_THAT(report(house.state, "web")->note, HasSubstr("not tried again"));
  web.start_hash = 8;
  house.give(ConfigurationGiven{"d2", {web}, "c1"});
  house.run();
  EXPECT_TRUE(house.running("web"));
  EXPECT_EQ(house.replies("c1"), "done;");
}

TEST(Crash, EveryClass) {
  Config config;
  config.name = "web";
  config.expected_exits = {{{false, 75}, "the database restarts"}};
  config.no_retry_exits = {{false, 78}};
  Instance instance;
  instance.member = true;
  auto classify_as = [&](auto&& change, bool unwanted = false) {
    SlotExit exit;
    exit.generation = 1;
    exit.wait_status = 0;
    change(exit);
    return classify(config, instance, exit, unwanted, Steady{}).exit_class;
  };
  EXPECT_EQ(classify_as([](SlotExit&) {}), ExitClass::kClean);
  EXPECT_EQ(classify_as([](SlotExit& e) { e.wait_status = 75 << 8; }), ExitClass::kExpected);
  EXPECT_EQ(classify_as([](SlotExit& e) { e.wait_status = 78 << 8; }), ExitClass::kConfig);
  EXPECT_EQ(classify_as([](SlotExit& e) { e.wait_status = 1 << 8; }), ExitClass::kError);
  EXPECT_EQ(classify_as([](SlotExit& e) { e.wait_status = 11 | 0x80; }), ExitClass::kCrash);
  EXPECT_EQ(classify_as([](SlotExit& e) { e.oom = true; }), ExitClass::kOom);
  EXPECT_EQ(classify_as([](SlotExit& e) { e.wait_status.reset(); }), ExitClass::kUnknown);
  EXPECT_EQ(classify_as([](SlotExit& e) { e.stage = 15; }), ExitClass::kStartFailed);
  EXPECT_EQ(classify_as([](SlotExit& e) { e.wait_status = 15; }, true), ExitClass::kStopped);
  EXPECT_EQ(classify_as([](SlotExit& e) { e.wait_status = 11; }, true), ExitClass::kCrash);
  for (auto [reason, expected] : {std::pair{StopReason::kWatchdog, ExitClass::kWatchdog},
                                  {StopReason::kStartTimeout, ExitClass::kStartTimeout},
                                  {StopReason::kDown, ExitClass::kStopped},
                                  {StopReason::kItself, ExitClass::kError}}) {
    instance.stop = Stopping{1, reason, {}, false};
    EXPECT_EQ(classify_as([](SlotExit& e) { e.wait_status = 3 << 8; }), expected);
  }
}

TEST(Crash, JitterIsFullBoundedAndTheSameEveryTime) {
  RestartPolicy policy{1s, 8s, 30s};
  for (std::uint32_t attempt = 0; attempt < 6; ++attempt) {
    Duration window = std::min<Duration>(1s * (1 << attempt), 8s);
    Duration least = window, most{}, sum{};
    for (std::uint64_t generation = 0; generation < 1000; ++generation) {
      Duration wait = backoff_wait(policy, 3, "web", 1, generation, attempt, false);
      EXPECT_EQ(wait, backoff_wait(policy, 3, "web", 1, generation, attempt, false));
      least = std::min(least, wait);
      most = std::max(most, wait);
      sum += wait;
    }
    EXPECT_LE(most, window);
    EXPECT_GT(most, window * 95 / 100);
    EXPECT_LT(least, window * 5 / 100);
    EXPECT_NEAR(static_cast<double>(sum.count()) / 1000.0,
                static_cast<double>(window.count()) / 2.0,
                static_cast<double>(window.count()) * 0.05);
  }
}

TEST(Crash, MissedExitsAreAllRecordedOnce) {
  TestHouse house({setup_of("web")});
  house.ready("web");
  SlotView& view = house.at("web");
  house.forget_past();
  house.end(view, kSegv, true);
  house.begin(view, 7);
  house.end(view, kCode1, true);
  house.begin(view, 7);
  house.give(SlotSeen{view});
  house.give(SlotSeen{view});
  auto exits = house.recorded<InstanceExited>();
  ASSERT_EQ(exits.size(), 2U);
  EXPECT_EQ(exits[0].exit_class, ExitClass::kCrash);
  EXPECT_EQ(exits[1].exit_class, ExitClass::kError);
  auto starts = house.recorded<InstanceStarted>();
  ASSERT_EQ(starts.size(), 1U);
  EXPECT_TRUE(starts[0].by_reflex);
}

TEST(Companions, RestartTogetherOnceEvenInACircle) {
  auto a = setup_of("a"), b = setup_of("b"), c = setup_of("c");
  a.config.restart_with = {"b"};
  b.config.restart_with = {"a"};
  c.config.restart_with = {"b"};
  TestHouse house({a, b, c});
  for (const char* name : {"a", "b", "c"})
    house.ready(name);
  house.exit("a", 1, kSegv);
  house.exit("b", 1, kTerm);
  house.exit("c", 1, kTerm);
  for (const char* name : {"a", "b", "c"})
    house.ready(name);
  house.pass(1h);
  for (const char* name : {"a", "b", "c"})
    EXPECT_EQ(house.at(name).generation, 2U) << name;
}

}  // namespace
}  // namespace hammock::service
