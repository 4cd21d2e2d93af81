#include "core/probe/probe.h"

#include "core/probe/due.h"
#include "core/probe/test_probes.h"

namespace hammock::probe {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class OneProbe : public Probes {
 protected:
  OneProbe() { setups = {setup_of("shop")}; }
  Config& config() { return setups.front().config; }
};

TEST_F(OneProbe, IsNewUntilItWasLookedAt) {
  begin();
  EXPECT_EQ(of("shop").shown, Shown::kNew);
  EXPECT_EQ(of("shop").seen, std::nullopt);
  pass(30s + 10ms);
  EXPECT_EQ(of("shop").shown, Shown::kUp);
  EXPECT_EQ(of("shop").message, "connected");
  EXPECT_THAT(said, ElementsAre("probe defined shop"));
}

TEST_F(OneProbe, IsTriedAgainBeforeItFalls) {
  begin();
  pass(40s);
  gone = {"shop"};
  asked.clear();
  pass(30s);
  EXPECT_THAT(asked, ElementsAre("shop", "shop"));
  const Report report = of("shop");
  EXPECT_EQ(report.shown, Shown::kDown);
  EXPECT_EQ(report.message, "connection refused");
  EXPECT_EQ(count("probe fell"), 1);
  // It is down since it was tried first, not since that was sure.
  EXPECT_EQ(report.since, report.seen.value() - 2 * bad_takes);
}

TEST_F(OneProbe, OneTryThatFailsIsNothing) {
  begin();
  pass(40s);
  gone = {"shop"};
  while (answers.empty() || asked.back() != "shop")
    pass(1s);
  pass(bad_takes - 1s);
  asked.clear();
  while (asked.empty())
    pass(10ms);  // the second try goes out
  gone.clear();
  pass(10s);
  EXPECT_EQ(of("shop").shown, Shown::kUp);
  EXPECT_THAT(said, ElementsAre("probe defined shop"));
}

TEST_F(OneProbe, FallsOnceAndRisesAfterSoManyGoodResults) {
  config().recover_after = 3;
  begin();
  gone = {"shop"};
  pass(10min);
  EXPECT_EQ(count("probe fell"), 1);
  gone.clear();
  pass(60s);
  EXPECT_EQ(of("shop").shown, Shown::kDown);
  EXPECT_EQ(of("shop").message, "connected");
  pass(30s);
  EXPECT_EQ(of("shop").shown, Shown::kUp);
  ASSERT_EQ(count("probe rose"), 1);
  const auto& rose = std::get<ProbeRose>(journal.back());
  EXPECT_LT(rose.at, rose.noticed - 55s);
}

TEST_F(OneProbe, BearsWhatItMay) {
  config().fail_after = KOfN{3, 5};
  begin();
  pass(35s);
  gone = {"shop"};
  pass(60s);
  EXPECT_EQ(of("shop").shown, Shown::kFailing);
  EXPECT_TRUE(of("shop").since);
  EXPECT_EQ(count("probe counted"), 2);
  gone.clear();
  pass(30s);
  EXPECT_EQ(of("shop").shown, Shown::kUp);
  gone = {"shop"};
  pass(30s);
  EXPECT_EQ(of("shop").shown, Shown::kDown);  // f f s f
}

TEST_F(OneProbe, IsDownSinceTheFirstOfThoseThatTookItDown) {
  config().fail_after = KOfN{3, 5};
  begin();
  pass(35s);
  gone = {"shop"};
  const Instant before = now().wall;
  pass(3min);
  const Report report = of("shop");
  ASSERT_EQ(report.shown, Shown::kDown);
  EXPECT_GE(report.since, before);
  EXPECT_LE(report.since, before + 30s);
}

TEST_F(OneProbe, WhatWasCountedIsForgottenWhenItIsOutOfSight) {
  config().fail_after = KOfN{2, 3};
  begin();
  gone = {"shop"};
  pass(30s + 5s);
  EXPECT_EQ(state.probes.at("shop").outcomes, "f");
  gone.clear();
  pass(90s);
  EXPECT_EQ(state.probes.at("shop").outcomes, "");
  const std::size_t before = said.size();
  pass(10min);
  EXPECT_EQ(said.size(), before);  // a good one that is up costs nothing
}

TEST_F(OneProbe, WhatIsCountedOutlivesTheProcess) {
  config().fail_after = KOfN{3, 5};
  begin();
  gone = {"shop"};
  pass(65s);
  EXPECT_EQ(state.probes.at("shop").outcomes, "ff");
  restart();
  EXPECT_EQ(of("shop").shown, Shown::kFailing);
  pass(35s);
  EXPECT_EQ(of("shop").shown, Shown::kDown);
}

TEST_F(OneProbe, AnOutageIsSaidOnceHoweverOftenTheProcessEnds) {
  begin();
  gone = {"shop"};
  pass(2min);
  for (int i = 0; i < 20; ++i) {
    restart();
    EXPECT_EQ(of("shop").shown, Shown::kDown);
    pass(31s);
  }
  EXPECT_EQ(count("probe fell"), 1);
  gone.clear();
  restart();
  pass(2min);
  EXPECT_EQ(count("probe rose"), 1);
}

TEST_F(OneProbe, OurOwnTroubleIsNoResult) {
  begin();
  pass(35s);
  busy = true;
  pass(5min);
  EXPECT_EQ(of("shop").shown, Shown::kUnknown);
  EXPECT_EQ(of("shop").message, "the courier is busy");
  EXPECT_THAT(said, ElementsAre("probe defined shop"));
}

TEST_F(OneProbe, WhatIsNotAnsweredIsGivenUpAndBeginsAnew) {
  begin();
  silent = true;
  pass(20min);
  EXPECT_EQ(of("shop").shown, Shown::kUnknown);
  silent = false;
  pass(20min);
  EXPECT_EQ(of("shop").shown, Shown::kUp);
  EXPECT_GT(state.probes.at("shop").run.skipped, 20U);
}

TEST_F(OneProbe, WhatIsOldSaysNothing) {
  begin();
  pass(35s);
  silent = true;
  pass(3min);
  EXPECT_EQ(of("shop").shown, Shown::kUnknown);
}

TEST_F(OneProbe, AnotherTargetBeginsAnew) {
  begin();
  gone = {"shop"};
  pass(2min);
  setups.front().identity = "tcp elsewhere";
  give(ConfigurationGiven{share_each(setups)});
  EXPECT_EQ(of("shop").shown, Shown::kNew);
  gone.clear();
  pass(35s);
  EXPECT_EQ(of("shop").shown, Shown::kUp);
  EXPECT_EQ(count("probe rose"), 0);
}

TEST_F(OneProbe, AnotherTimeoutForgetsNothing) {
  begin();
  gone = {"shop"};
  pass(2min);
  config().timeout = 5s;
  config().every = 20s;
  give(ConfigurationGiven{share_each(setups)});
  EXPECT_EQ(of("shop").shown, Shown::kDown);
  asked.clear();
  pass(20s);
  EXPECT_THAT(asked, Contains("shop"));
}

TEST_F(OneProbe, OneThatIsTakenOutIsForgotten) {
  begin();
  gone = {"shop"};
  pass(2min);
  give(ConfigurationGiven{});
  EXPECT_THAT(report(state, now()), IsEmpty());
  EXPECT_EQ(next_wake(state), std::nullopt);
  EXPECT_TRUE(state.probes.empty());
  pass(1min);
  give(ConfigurationGiven{share_each(setups)});
  EXPECT_EQ(of("shop").shown, Shown::kNew);
}

TEST_F(OneProbe, NothingIsLookedAtWhileTheHouseGoesDown) {
  begin();
  while (answers.empty())
    pass(10ms);
  give(HouseSeen{false});
  gone = {"shop"};
  pass(10min);
  EXPECT_THAT(said, ElementsAre("probe defined shop"));
  EXPECT_EQ(next_wake(state), std::nullopt);
  asked.clear();
  give(Wake{});  // of another room
  EXPECT_THAT(asked, IsEmpty());
  gone.clear();
  give(HouseSeen{true});
  EXPECT_GT(next_wake(state), now().steady);  // what was due meanwhile is not late
  pass(31s);
  EXPECT_EQ(of("shop").shown, Shown::kUp);
}

TEST_F(OneProbe, NobodyKnowsWhatASleepDidToWhatWasOut) {
  begin();
  gone = {"shop"};
  while (answers.empty())
    pass(10ms);
  give(Slept{});
  answers.clear();
  EXPECT_EQ(of("shop").shown, Shown::kUnknown);
  EXPECT_EQ(count("probe fell"), 0);
  gone.clear();
  pass(31s);
  EXPECT_EQ(of("shop").shown, Shown::kUp);
}

TEST_F(OneProbe, EachResultStandsForTheTimeSinceTheOneBefore) {
  config().every = 2min;
  begin();
  pass(6min);
  gone = {"shop"};
  pass(4min);
  busy = true;
  pass(4min);
  Duration up{};
  Duration down{};
  for (const Add& add : added) {
    EXPECT_EQ(add.probe, "shop");
    up += add.roll.up;
    down += add.roll.down;
  }
  EXPECT_EQ(up, 4min);
  EXPECT_GE(down, 4min);
  EXPECT_LE(down, 4min + 3 * bad_takes);
}

TEST_F(OneProbe, NoResultStandsForMoreThanTwiceTheDistance) {
  config().every = 1min;
  begin();
  pass(2min);
  added.clear();
  good_takes = 6min;
  pass(1min);
  good_takes = 10ms;
  pass(6min);
  Duration up{};
  for (const Add& add : added)
    up += add.roll.up;
  EXPECT_GE(up, 2min);  // of the six, and then of each minute its own
  EXPECT_LE(up, 3min);
}

TEST_F(OneProbe, WhereFewResultsComeEachIsHandedOnAtOnce) {
  config().every = 1min;
  begin();
  pass(61s);
  EXPECT_THAT(added, SizeIs(1));
  EXPECT_EQ(state.probes.at("shop").run.roll, Roll());
}

TEST_F(OneProbe, WhatWeWereTooLateForIsCounted) {
  begin();
  elapsed += 5min;
  give(Wake{});
  EXPECT_EQ(state.probes.at("shop").run.skipped, 9U);
  EXPECT_THAT(asked, SizeIs(1));
}

TEST(Due, IsWithinOneIntervalAndComesEveryInterval) {
  for (const Duration every : {1s, 30s, 3600s}) {
    for (int i = 0; i < 100; ++i) {
      const std::string name = "probe-" + std::to_string(i);
      Steady now = Steady(12345s + 678ms);
      const Steady first = due_after(name, every, now);
      EXPECT_GT(first, now);
      EXPECT_LE(first, now + every);
      EXPECT_EQ(due_after(name, every, first), first + every);
    }
  }
}

TEST(Due, SpreadsThemEvenly) {
  std::map<std::int64_t, int> by_second;
  for (int i = 0; i < 5000; ++i) {
    const Steady due = due_after("shop-" + std::to_string(i), 10s, Steady(1000s));
    ++by_second[(due - Steady(1000s) - 1us).count() / 1'000'000];
  }
  for (const auto& [second, count] : by_second)
    EXPECT_NEAR(count, 500, 150) << second;
}

TEST(Target, IsShownWithoutWhatMayBeSecret) {
  Http http;
  http.url = "https://shop.example/health?token=abc";
  EXPECT_EQ(target_text(http), "https://shop.example/health");
  Tcp tcp;
  tcp.host = "::1";
  tcp.port = 25;
  EXPECT_EQ(target_text(tcp), "tcp [::1]:25");
  tcp.host = "a.example";
  tcp.tls = Tls();
  EXPECT_EQ(target_text(tcp), "tls a.example:25");
  Dns dns;
  dns.name = "a.example";
  EXPECT_EQ(target_text(dns), "dns a.example A");
}

}  // namespace
}  // namespace hammock::probe
