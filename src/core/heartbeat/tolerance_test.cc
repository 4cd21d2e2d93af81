// fail_after and success_within: which failures are borne, and until when.
#include "core/heartbeat/test_heartbeats.h"

namespace hammock::heartbeat {
namespace {

class Tolerant : public Heartbeats {
 protected:
  void bear(std::optional<KOfN> fail_after, std::optional<Duration> success_within = {}) {
    heartbeat::Setup setup = setup_of("copy");
    setup.config.fail_after = fail_after;
    setup.config.success_within = success_within;
    reconfigure(setup);
  }
  void pings(std::string_view outcomes) {
    for (const char outcome : outcomes) {
      elapsed += 1h;
      ping(outcome == 'f' ? Signal::kFail : Signal::kSuccess);
    }
  }
  std::size_t missed() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        facts, [](const Fact& fact) { return std::holds_alternative<HeartbeatMissed>(fact); }));
  }
  const HeartbeatFell& fall() const {
    for (auto fact = facts.rbegin(); fact != facts.rend(); ++fact)
      if (const auto* fell = std::get_if<HeartbeatFell>(&*fact)) return *fell;
    throw std::logic_error("it did not fall");
  }
};

TEST_F(Tolerant, IsDownAtTheKthFailureOfTheNewestN) {
  bear(KOfN{3, 5});
  pings("sffsss");  // two of five
  EXPECT_EQ(shown(), Shown::kUp);
  pings("fsfs");
  EXPECT_EQ(shown(), Shown::kUp);
  EXPECT_EQ(copy().note, "2 of its newest 5 failed; at 3 it is down");
  pings("f");
  EXPECT_EQ(shown(), Shown::kDown);
  EXPECT_EQ(copy().since, now().wall);
  EXPECT_EQ(copy().note, "");
}

TEST_F(Tolerant, OldFailuresAreForgotten) {
  bear(KOfN{3, 5});
  pings("sffsssffssssff");
  EXPECT_EQ(shown(), Shown::kUp);
  EXPECT_EQ(last_ping().outcomes, "sssff");
}

TEST_F(Tolerant, CountsAnewWhenItIsUpAgain) {
  bear(KOfN{2, 3});
  pings("sff");
  EXPECT_EQ(shown(), Shown::kDown);
  pings("s");
  EXPECT_EQ(shown(), Shown::kUp);
  pings("f");
  EXPECT_EQ(shown(), Shown::kUp) << "one failure since it was up";
  pings("f");
  EXPECT_EQ(shown(), Shown::kDown);
}

TEST_F(Tolerant, AStricterRuleHoldsAtOnce) {
  bear(KOfN{3, 5});
  pings("sff");
  const Instant last = now().wall;
  elapsed += 1h;
  bear(KOfN{2, 5});
  pass(0h);
  EXPECT_EQ(shown(), Shown::kDown);
  EXPECT_EQ(copy().since, last);
  pings("s");
  EXPECT_EQ(shown(), Shown::kUp) << "the count begins anew";
}

TEST_F(Tolerant, NobodyIsBlamedByARuleForWhatWasBeforeIt) {
  bear(KOfN{50, 50});
  ping();
  pass(60h);
  bear(KOfN{50, 50}, 30h);
  EXPECT_EQ(copy().deadline, at(90h));
  pass(29h);
  EXPECT_EQ(shown(), Shown::kUp);
  away(1s);
  EXPECT_EQ(copy().deadline, at(90h) + 1s) << "and the same rule is not begun again by a death";
}

TEST_F(Tolerant, CountsAnewAfterAPause) {
  bear(KOfN{2, 3});
  pings("sf");
  give(CommandGiven{"1", Verb::kPause, "copy", "uid 0"});
  pings("sf");
  EXPECT_EQ(shown(), Shown::kUp);
}

TEST_F(Tolerant, OneThatHasNotSucceededYetBearsNothing) {
  bear(KOfN{3, 5}, 100h);
  pings("f");
  EXPECT_EQ(shown(), Shown::kDown);
  pings("s");
  give(CommandGiven{"1", Verb::kPause, "copy", "uid 0"});
  give(CommandGiven{"2", Verb::kResume, "copy", "uid 0"});
  pings("f");
  EXPECT_EQ(shown(), Shown::kDown);
}

TEST_F(Tolerant, APingThatDoesNotComeIsAFailure) {
  bear(KOfN{2, 3});
  ping();
  EXPECT_EQ(copy().deadline, at(50h));
  pass(26h);
  EXPECT_EQ(missed(), 1U);
  EXPECT_EQ(shown(), Shown::kUp) << "the next one is expected now";
  EXPECT_EQ(copy().expected, at(48h));
  EXPECT_EQ(copy().deadline, at(50h));
  pass(24h - 1s);
  EXPECT_EQ(shown(), Shown::kGrace);
  pass(1s);
  EXPECT_EQ(shown(), Shown::kDown);
  EXPECT_EQ(copy().since, at(50h));
  EXPECT_EQ(fall().lack, Lack::kPing);
  pass(1000h);
  EXPECT_EQ(falls(), 1U);
  EXPECT_EQ(missed(), 1U);
}

TEST_F(Tolerant, MissesAndFailuresAreCountedTogether) {
  bear(KOfN{2, 2});
  pings("s");
  pass(26h);
  pings("f");
  EXPECT_EQ(shown(), Shown::kDown);
}

TEST_F(Tolerant, ARunThatDoesNotEndIsOneFailureWithItsPing) {
  bear(KOfN{2, 3});
  ping();
  elapsed = 24h;
  ping(Signal::kStart);
  pass(3h);
  EXPECT_EQ(missed(), 1U);
  EXPECT_FALSE(copy().started);
  EXPECT_EQ(copy().expected, at(48h));
  elapsed = 48h;
  ping(Signal::kStart);
  pass(2h);
  EXPECT_EQ(shown(), Shown::kDown);
  EXPECT_EQ(fall().lack, Lack::kEnd);
}

TEST_F(Tolerant, ARunBeforeItsTimeThatDoesNotEndLeavesThePingExpected) {
  bear(KOfN{3, 5});
  ping();
  elapsed = 10h;
  ping(Signal::kStart);
  pass(2h);
  EXPECT_EQ(missed(), 1U);
  EXPECT_EQ(copy().expected, at(24h));
}

TEST_F(Tolerant, WhatWasNotLookedAtForLongIsJudgedAtOnce) {
  bear(KOfN{3, 5});
  ping();
  elapsed += 100h;  // nobody woke it: 26 h, 50 h and 74 h have passed
  give(Wake{});
  EXPECT_EQ(missed(), 2U);
  EXPECT_EQ(copy().since, at(74h));
  EXPECT_EQ(falls(), 1U);
}

TEST_F(Tolerant, APingIsJudgedAfterWhatPassedBeforeIt) {
  bear(KOfN{2, 3});
  ping();
  elapsed += 27h;
  ping(Signal::kFail);
  EXPECT_EQ(missed(), 1U);
  EXPECT_EQ(shown(), Shown::kDown);
}

TEST_F(Tolerant, WithoutASuccessForSoLongItIsDown) {
  bear({}, 72h);
  ping();
  for (int hours = 0; hours < 71; ++hours) {
    pass(1h);
    ping(Signal::kFail);
    ASSERT_EQ(shown(), Shown::kUp);
  }
  EXPECT_EQ(copy().deadline, at(72h));
  pass(1h);
  EXPECT_EQ(shown(), Shown::kDown);
  EXPECT_EQ(copy().since, at(72h));
  EXPECT_EQ(fall().lack, Lack::kSuccess);
  EXPECT_EQ(copy().note.find("it pings, and has not succeeded since "), 0U) << copy().note;
  ping();
  EXPECT_EQ(shown(), Shown::kUp);
}

TEST_F(Tolerant, SilenceAloneDoesNotTakeItDownBeforeThat) {
  bear({}, 72h);
  ping();
  pass(30h);
  EXPECT_EQ(shown(), Shown::kGrace);
  EXPECT_EQ(missed(), 0U) << "nobody counts";
  ping(Signal::kStart);
  pass(42h - 1s);
  EXPECT_EQ(falls(), 0U);
  pass(1s);
  EXPECT_EQ(shown(), Shown::kDown);
  EXPECT_EQ(copy().since, at(72h));
}

TEST_F(Tolerant, WithBothWhicheverIsSooner) {
  bear(KOfN{3, 5}, 72h);
  pings("sfff");
  EXPECT_EQ(shown(), Shown::kDown);
  pings("s");
  const Duration up = elapsed;
  pass(100h);
  EXPECT_EQ(copy().since, at(up + 72h)) << "the third miss would be later";
  EXPECT_EQ(missed(), 3U - 1U);
}

TEST_F(Tolerant, NobodyIsBlamedForATimeInWhichNobodyListened) {
  bear(KOfN{2, 3}, 72h);
  ping();
  pass(20h);
  away(100h);
  EXPECT_EQ(copy().deadline, at(150h));
  pass(30h);
  EXPECT_EQ(missed(), 1U);
  EXPECT_EQ(falls(), 1U);
  EXPECT_EQ(copy().since, at(150h));
}

TEST_F(Tolerant, WhatWasCountedIsKnownAfterADeath) {
  bear(KOfN{3, 5});
  pings("sf");
  pass(26h);
  EXPECT_EQ(missed(), 1U);
  const auto expected = copy().expected;
  away(1s);
  EXPECT_EQ(copy().note, "2 of its newest 5 failed; at 3 it is down");
  EXPECT_EQ(copy().expected, expected);
  pings("f");
  EXPECT_EQ(shown(), Shown::kDown);
}

TEST_F(Tolerant, OfATimeOnTheClockEachTimeIsOneFailure) {
  heartbeat::Setup setup = setup_of("copy", AtTimes{schema::read_cron("0 3 * * *").value()});
  setup.config.fail_after = KOfN{2, 2};
  reconfigure(setup);
  ping();
  const Instant first = copy().expected.value();
  pass(first + 2h - now().wall);
  EXPECT_EQ(missed(), 1U);
  EXPECT_EQ(copy().expected, first + 24h);
  pass(24h);
  EXPECT_EQ(copy().since, first + 26h);
}

}  // namespace
}  // namespace hammock::heartbeat
