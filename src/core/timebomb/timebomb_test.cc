#include "core/timebomb/test_timebombs.h"

namespace hammock::timebomb {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(Timebombs, EachRungIsToldOfOnce) {
  add("a");
  world["a"] = goes_off(days(100));
  begin();
  pass(days(60));
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(shown("a"), Shown::kQuiet);
  pass(days(60));
  EXPECT_THAT(told(), ElementsAre("a 30d", "a 14d", "a 7d", "a 3d", "a 1d", "a off"));
  EXPECT_EQ(shown("a"), Shown::kGoneOff);
}

TEST_F(Timebombs, ARungIsToldOfWhenItIsReachedAndNotAtTheNextLook) {
  add("a").config.every = days(30);
  world["a"] = goes_off(days(44));
  begin();
  pass(days(14) - 1s);
  EXPECT_THAT(told(), IsEmpty());
  pass(1s);
  EXPECT_THAT(told(), ElementsAre("a 30d"));
  EXPECT_EQ(shown("a"), Shown::kTicking);
  EXPECT_EQ(looks, 1);
}

TEST_F(Timebombs, WhoeverComesLateHearsOfTheLowestRung) {
  add("a");
  world["a"] = goes_off(days(5));
  begin();
  pass(1min);
  EXPECT_THAT(told(), ElementsAre("a 7d"));
  EXPECT_EQ(report_of("a").told, days(7));
}

TEST_F(Timebombs, RestartsRepeatNothing) {
  add("a");
  world["a"] = goes_off(days(20));
  begin();
  for (int i = 0; i < 21 * 4; ++i) {
    pass(6h);
    restart();
  }
  EXPECT_THAT(told(), ElementsAre("a 30d", "a 14d", "a 7d", "a 3d", "a 1d", "a off"));
}

TEST_F(Timebombs, AfterAStartItIsLookedAtBeforeAnybodyIsTold) {
  add("a");
  world["a"] = goes_off(days(10), "old");
  begin();
  pass(1h);
  said.clear();
  elapsed += days(4);  // nobody was there, and it was renewed
  world["a"] = goes_off(days(90), "new");
  restart();
  pass(1h);
  EXPECT_THAT(told(), ElementsAre("a defused"));
}

TEST_F(Timebombs, ARungThatComesBeforeTheFirstLookCallsForIt) {
  add("a").config.every = days(20);
  world["a"] = goes_off(days(35));
  begin();
  pass(1h);
  restart();
  pass(days(5) - 1h);
  EXPECT_THAT(told(), ElementsAre("a 30d"));
  EXPECT_EQ(looks, 2);
}

TEST_F(Timebombs, RenewedInMidLadderIsSilenceFromThereOn) {
  add("a");
  world["a"] = goes_off(days(20));
  begin();
  pass(days(7));
  said.clear();
  world["a"] = goes_off(days(100), "renewed");
  pass(days(60));
  EXPECT_THAT(told(), ElementsAre("a defused"));  // good news, once
  EXPECT_EQ(shown("a"), Shown::kQuiet);
}

TEST_F(Timebombs, TwoCertificatesThatTakeTurnsTellNothingTwice) {
  add("a");
  begin();
  for (int i = 0; i < 100; ++i) {
    world["a"] = i % 2 == 0 ? goes_off(days(60), "old") : goes_off(days(200), "new");
    pass(12h);
  }
  EXPECT_EQ(std::ranges::count(said, "a 30d"), 1);
  EXPECT_EQ(std::ranges::count(said, "a 14d"), 1);
}

TEST_F(Timebombs, AnotherOneInItsPlaceHasALadderOfItsOwn) {
  add("a");
  world["a"] = goes_off(days(5), "first");
  begin();
  pass(days(1));
  world["a"] = goes_off(days(11), "second");
  pass(days(1));
  EXPECT_THAT(told(), ElementsAre("a 7d", "a 14d"));
}

TEST_F(Timebombs, ADateThatTremblesIsToldOfOnce) {
  add("a");
  begin();
  for (int i = 0; i < 40; ++i) {
    world["a"] = goes_off(days(37) + (i % 2 == 0 ? 12h : -12h) + 12h * i);
    pass(12h);
  }
  EXPECT_EQ(std::ranges::count(said, "a 30d"), 0);
  world["a"] = goes_off(elapsed + days(7));
  for (int i = 0; i < 40; ++i) {
    world["a"].goes_off = at(elapsed + days(7) + (i % 2 == 0 ? 6h : -6h));
    pass(12h);
  }
  EXPECT_EQ(std::ranges::count(said, "a 7d"), 1);
}

TEST_F(Timebombs, WhatWasMadeRoomForIsToldOfAgainWhenItComesBack) {
  add("a");
  world["a"] = goes_off(days(2));
  begin();
  pass(12h);
  world["a"] = goes_off(days(12));  // somebody made room, for a while
  pass(days(5));
  EXPECT_THAT(told(), ElementsAre("a 3d", "a 7d"));
  EXPECT_EQ(shown("a"), Shown::kTicking);
}

TEST_F(Timebombs, OutOfSightHasToBeSeenThreeTimes) {
  add("a");
  world["a"] = goes_off(days(5));
  begin();
  pass(1h);
  world["a"] = not_in_sight();
  pass(days(1));
  EXPECT_THAT(told(), ElementsAre("a 7d"));
  pass(12h);
  EXPECT_THAT(told(), ElementsAre("a 7d", "a defused"));
  world["a"] = goes_off(elapsed + days(5));
  pass(12h);
  EXPECT_THAT(told(), ElementsAre("a 7d", "a defused", "a 7d"));
}

TEST_F(Timebombs, WhatWasOutOfSightBesideAnotherIsToldOfAgain) {
  add("a");
  world["a"] = goes_off(days(5), "table a");
  begin();
  pass(1h);
  world["a"] = not_in_sight("table b");
  pass(12h * 3);
  EXPECT_THAT(told(), ElementsAre("a 7d", "a defused"));
  world["a"] = not_in_sight("table a");
  pass(12h);
  EXPECT_EQ(report_of("a").told, days(7)) << "it was seen once";
  pass(12h * 2);
  restart();
  EXPECT_EQ(report_of("a").told, std::nullopt);
  world["a"] = goes_off(elapsed + days(5), "table a");
  pass(12h);
  EXPECT_THAT(told(), ElementsAre("a 7d", "a defused", "a 7d"));
}

TEST_F(Timebombs, ShortLivesHaveShortLadders) {
  add("a");
  world["a"] = goes_off(days(60));
  world["a"].begins = at(-days(30));  // 90 days in all
  begin();
  pass(days(45));
  EXPECT_THAT(told(), IsEmpty());
  pass(days(20));
  EXPECT_THAT(told(), ElementsAre("a 14d", "a 7d", "a 3d", "a 1d", "a off"));
}

TEST_F(Timebombs, RungsOfOnesOwn) {
  add("a").config.warn_before = {days(21)};
  world["a"] = goes_off(days(60));
  world["a"].begins = at(-days(5));
  begin();
  pass(days(61));
  EXPECT_THAT(told(), ElementsAre("a 21d", "a off"));
}

TEST_F(Timebombs, WhatCannotBeReadHasNotGoneOff) {
  add("a").config.every = 24h;
  world["a"] = goes_off(days(300));
  begin();
  pass(days(2) + 1min);
  world.clear();
  pass(days(3));
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(shown("a"), Shown::kQuiet) << "what was read stands for a while";
  pass(days(2));
  EXPECT_THAT(told(), ElementsAre("a unknown"));
  EXPECT_EQ(shown("a"), Shown::kUnknown);
  EXPECT_EQ(report_of("a").reading->goes_off, at(days(300)));
  EXPECT_THAT(report_of("a").why, HasSubstr("no answer"));
  pass(days(20));
  restart();
  pass(days(20));
  EXPECT_THAT(told(), ElementsAre("a unknown"));
  EXPECT_EQ(shown("a"), Shown::kUnknown);
  world["a"] = goes_off(days(300));
  pass(days(2));
  EXPECT_THAT(told(), ElementsAre("a unknown", "a known"));
  EXPECT_EQ(shown("a"), Shown::kQuiet);
}

TEST_F(Timebombs, WhatCannotBeReadTicksOn) {
  add("a");
  world["a"] = goes_off(days(20));
  begin();
  pass(days(1));
  world.clear();
  pass(days(25));
  EXPECT_THAT(told(), ElementsAre("a 30d", "a unknown", "a 14d", "a 7d", "a 3d", "a 1d", "a off"));
  EXPECT_EQ(shown("a"), Shown::kUnknown);
}

TEST_F(Timebombs, OneBadMomentIsNothing) {
  add("a");
  begin();
  pass(10s);
  EXPECT_EQ(shown("a"), Shown::kUnknown) << "and never good";
  world["a"] = not_in_sight();
  pass(12h);
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(shown("a"), Shown::kQuiet);
}

TEST_F(Timebombs, WhatWasNeverReadIsUnknownAfterThreeLooks) {
  add("a");
  begin();
  pass(days(30));
  EXPECT_THAT(told(), ElementsAre("a unknown"));
}

TEST_F(Timebombs, TooEarlyToSayIsNoFailure) {
  add("a").config.every = 1h;
  is_early = true;
  begin();
  pass(10h + 1min);
  EXPECT_EQ(looks, 11);
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(shown("a"), Shown::kNew) << "and never quiet";
  EXPECT_THAT(report_of("a").why, HasSubstr("no answer"));
}

TEST_F(Timebombs, LooksThatFailComeSoonAndThenSeldom) {
  add("a").config.every = 64h;
  begin();
  pass(1h);
  EXPECT_EQ(looks, 1);
  pass(1h);
  EXPECT_EQ(looks, 2);
  pass(2h);
  EXPECT_EQ(looks, 3);
  looks = 0;
  pass(64h * 20);
  EXPECT_LT(looks, 30);
  world["a"] = not_in_sight();
  pass(64h);
  world.clear();
  pass(64h);
  looks = 0;
  pass(4h);
  EXPECT_GE(looks, 1) << "soon again, once it was read";
}

TEST_F(Timebombs, AReadingIsRememberedWhenItIsNewsAndOnceADay) {
  add("a").config.every = 1h;
  world["a"] = goes_off(days(300));
  begin();
  pass(days(10) + 1h);
  EXPECT_EQ(
      std::ranges::count_if(
          journal, [](const Fact& fact) { return std::holds_alternative<TimebombRead>(fact); }),
      11);
}

TEST_F(Timebombs, AnAnswerThatNeverComesIsWaitedForNoMore) {
  add("a");
  begin();
  is_answered = false;
  pass(days(1));
  EXPECT_EQ(shown("a"), Shown::kUnknown);
  EXPECT_GT(out.size(), 1U);
  const Look late = out.front();
  give(Looked{late.id, "a", goes_off(days(50))});
  EXPECT_EQ(shown("a"), Shown::kUnknown) << "it is another look that is waited for";
}

TEST_F(Timebombs, LooksThatNobodyWaitsForAreLeft) {
  for (const char* name : {"a", "b", "c"})
    add(name);
  begin();
  is_answered = false;
  pass(kSpread);
  ASSERT_EQ(out.size(), 3U);
  auto id_of = [&](std::string_view name) {
    return std::ranges::find(out, name, &Look::timebomb)->id;
  };
  const std::uint64_t a = id_of("a");
  const std::uint64_t b = id_of("b");
  const std::uint64_t c = id_of("c");
  setups[0].identity = "another";    // a
  setups.erase(setups.begin() + 1);  // b
  give(ConfigurationGiven{share_each(setups)});
  EXPECT_THAT(left, testing::UnorderedElementsAre(a, b));
  left.clear();
  give(HouseSeen{false});
  EXPECT_THAT(left, ElementsAre(c));
}

TEST_F(Timebombs, TheEpochIsADateAsWell) {
  add("a");
  world["a"] = not_in_sight();
  world["a"].goes_off = Instant{};
  begin();
  pass(1min);
  EXPECT_THAT(told(), ElementsAre("a off"));
  restart();
  EXPECT_EQ(shown("a"), Shown::kGoneOff);
  pass(12h);
  EXPECT_EQ(journal.size(), 3U) << "defined, read, off";
}

TEST_F(Timebombs, ALookMayTakeItsTime) {
  add("a").config.every = 1s;
  setups[0].config.timeout = 30s;
  world["a"] = not_in_sight();
  begin();
  pass(1min);
  is_answered = false;
  pass(31s);
  EXPECT_EQ(shown("a"), Shown::kQuiet);
  pass(1min);
  EXPECT_EQ(shown("a"), Shown::kUnknown);
}

TEST_F(Timebombs, AClockThatIsSetMovesTheLadder) {
  add("a");
  world["a"] = goes_off(days(40));
  begin();
  pass(1h);
  EXPECT_THAT(told(), IsEmpty());
  clock_off = days(30);
  give(ClockSet{});
  EXPECT_THAT(told(), ElementsAre("a 14d"));
}

TEST_F(Timebombs, AClockThatIsSetBackMakesNoReadingLast) {
  for (const bool dies : {false, true}) {
    setups.clear();
    journal.clear();
    said.clear();
    world.clear();
    add("a");
    world["a"] = goes_off(days(300));
    restart();
    pass(1min);
    world.clear();
    clock_off -= days(30);
    if (dies)
      restart();
    else
      give(ClockSet{});
    pass(days(3));
    EXPECT_THAT(told(), ElementsAre("a unknown")) << dies;
    EXPECT_EQ(shown("a"), Shown::kUnknown) << dies;
  }
}

TEST_F(Timebombs, NothingIsLookedAtWhileTheHouseGoesDown) {
  add("a");
  world["a"] = not_in_sight();
  begin();
  pass(1min);
  give(HouseSeen{false});
  EXPECT_EQ(next_wake(state), std::nullopt);
  give(HouseSeen{true});
  pass(12h);
  EXPECT_EQ(looks, 2);
}

TEST_F(Timebombs, WhatIsOfSomethingElseIsForgotten) {
  add("a");
  world["a"] = goes_off(days(5));
  begin();
  pass(1min);
  setups[0].identity = "another";
  world.clear();
  give(ConfigurationGiven{share_each(setups)});
  pass(1min);
  EXPECT_EQ(shown("a"), Shown::kUnknown);
  EXPECT_EQ(report_of("a").reading, std::nullopt);
  setups.clear();
  give(ConfigurationGiven{{}});
  EXPECT_THAT(report(state, now()), IsEmpty());
  EXPECT_EQ(next_wake(state), std::nullopt);
  EXPECT_THAT(state.bombs, IsEmpty());
}

TEST_F(Timebombs, AnotherLadderHoldsAtOnce) {
  add("a");
  world["a"] = goes_off(days(40));
  begin();
  pass(1min);
  setups[0].config.warn_before = {days(60), days(50)};
  give(ConfigurationGiven{share_each(setups)});
  give(Wake{});
  EXPECT_THAT(told(), ElementsAre("a 50d"));
}

TEST_F(Timebombs, WhatIsConfiguredAnewIsLookedAtSoon) {
  add("a");
  add("b");
  world["a"] = world["b"] = goes_off(days(40));
  begin();
  pass(1min);
  ASSERT_EQ(looks, 2);
  setups[0].config.timeout = 5s;
  give(ConfigurationGiven{share_each(setups)});
  pass(1min);
  EXPECT_EQ(looks, 3);
}

TEST_F(Timebombs, ManyAreLookedAtSoonAfterAStart) {
  for (int i = 0; i < 500; ++i)
    add("bomb" + std::to_string(i));
  begin();
  pass(kSpread);
  EXPECT_EQ(looks, 500);
}

}  // namespace
}  // namespace hammock::timebomb
