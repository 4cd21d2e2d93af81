// Times in which nobody listened, and what follows from them.
#include "core/heartbeat/test_heartbeats.h"

namespace hammock::heartbeat {
namespace {

TEST_F(Heartbeats, NobodyIsBlamedForOurAbsence) {
  ping();
  pass(20h);
  away(10h);
  EXPECT_EQ(shown(), Shown::kGrace);
  EXPECT_EQ(copy().deadline, at(36h));
  pass(6h);
  EXPECT_EQ(shown(), Shown::kDown);
  EXPECT_EQ(copy().since, at(36h));
  EXPECT_EQ(falls(), 1U);
}

TEST_F(Heartbeats, SeveralAbsencesAddUp) {
  ping();
  pass(10h);
  away(5h);
  pass(5h);
  away(5h);
  EXPECT_EQ(copy().deadline, at(36h));
  ping();
  EXPECT_EQ(copy().deadline, at(51h)) << "what was before the ping is no matter";
}

TEST_F(Heartbeats, AStartTakesNoCreditAway) {
  ping();
  pass(20h);
  away(10h);
  ping(Signal::kStart, "a");
  EXPECT_EQ(copy().deadline, at(32h)) << "of the run";
  ping(Signal::kStart, "b");
  pass(1h);
  away(1h);
  EXPECT_EQ(copy().deadline, at(33h));
  ping(Signal::kLog);
  EXPECT_EQ(falls(), 0U);
  EXPECT_EQ(shown(), Shown::kGrace);
}

TEST_F(Heartbeats, WhatComesAfterTheDeadlineAndBeforeItIsNoticedFindsItDown) {
  ping();
  elapsed += 27h;
  ping(Signal::kLog);
  EXPECT_EQ(falls(), 1U);
  EXPECT_EQ(shown(), Shown::kDown);
  EXPECT_EQ(copy().since, at(26h));
  EXPECT_EQ(last_ping().since, at(26h));
}

TEST_F(Heartbeats, APingOfAnotherShowsThatSomebodyListened) {
  setups.push_back(setup_of("other"));
  give(ConfigurationGiven{share_each(setups)});
  ping();
  pass(9min);
  give(PingGiven{"other", {}});
  away(1h);
  EXPECT_EQ(copy().deadline, at(27h));
}

TEST_F(Heartbeats, OnlyTheNewestAbsencesAreRemembered) {
  ping();
  for (std::size_t i = 0; i < 2 * kBlindTimesMost; ++i)
    away(1s);
  EXPECT_EQ(state.blind.size(), kBlindTimesMost);
  EXPECT_EQ(state.blind.back().to, now().wall);
}

TEST_F(Heartbeats, AClockThatWasPutBackMakesNoAbsence) {
  ping();
  put_forward = -10h;
  away(1h);
  EXPECT_TRUE(state.blind.empty());
  for (const Fact& fact : facts) {
    const auto* began = std::get_if<WatchBegan>(&fact);
    EXPECT_TRUE(began == nullptr || began->since <= began->at);
  }
  EXPECT_EQ(shown(), Shown::kUp);
}

TEST_F(Heartbeats, WhatHadPassedBeforeIsDownSinceThen) {
  ping();
  pass(26h + 10s);
  // It had written down that it listened, and died before it wrote down what follows.
  std::erase_if(facts,
                [](const Fact& fact) { return std::holds_alternative<HeartbeatFell>(fact); });
  facts.emplace_back(Watched{now().wall});
  away(10h);
  pass(1s);
  EXPECT_EQ(shown(), Shown::kDown);
  EXPECT_EQ(copy().since, at(26h));
}

TEST_F(Heartbeats, NoTimeBeforeThePingIsCredited) {
  give(ListeningEnded{});
  elapsed += 10h;
  ping();  // on this host
  elapsed += 1h;
  give(ListeningBegan{});
  EXPECT_EQ(copy().deadline, at(37h));
}

TEST_F(Heartbeats, ABrainThatIsReplacedTakesNothingAway) {
  ping();
  for (int i = 0; i < 40; ++i) {
    pass(30min);
    away(1s, true);
  }
  EXPECT_EQ(copy().deadline, at(26h)) << "pings have waited";
}

TEST_F(Heartbeats, OfATimeOnTheClockEveryAbsenceIsCredited) {
  reconfigure(setup_of("copy", AtTimes{schema::read_cron("46 1 * * *").value()}));
  ping();
  const Duration expected = 24h - 40s;
  pass(expected + 10min);
  away(1h);
  pass(10min);
  away(1min);
  // It is written down only now and then that somebody listens.
  EXPECT_GE(copy().deadline, at(expected + 2h + 61min));
  EXPECT_LE(copy().deadline, at(expected + 2h + 61min + 2 * kWatchedEvery));
}

TEST_F(Heartbeats, WhatComesBackIsNotBlamedForTheTimeInWhichNobodyKnewIt) {
  ping();
  give(ConfigurationGiven{{}});
  pass(100h);
  give(ConfigurationGiven{share_each(setups)});
  EXPECT_EQ(shown(), Shown::kUp);
  EXPECT_EQ(copy().deadline, at(126h));
  pass(1h);
  away(0s, true);
  EXPECT_EQ(copy().deadline, at(126h));
  // Another schedule counts from its beginning.
  reconfigure(setup_of("copy", Every{1h}));
  EXPECT_EQ(copy().deadline, at(104h));
}

TEST_F(Heartbeats, OfATimeOnTheClockOnlyWhatLiesAfterItIsCredited) {
  reconfigure(setup_of("copy", AtTimes{schema::read_cron("46 1 * * *").value()}));
  ping();  // 01:46:40; expected again at 01:46:00
  const Duration expected = 24h - 40s;
  EXPECT_EQ(copy().deadline, at(expected + 2h));
  pass(10h);
  away(5h);
  EXPECT_EQ(copy().deadline, at(expected + 2h)) << "it is not expected for a long time";
  pass(expected - 16h);
  away(2h);
  EXPECT_EQ(copy().deadline, at(expected + 3h));
}

TEST_F(Heartbeats, ASleepOfTheMachineIsNoSilence) {
  ping();
  pass(20h);
  elapsed += 10h;
  give(Blinded{10h});
  EXPECT_EQ(copy().deadline, at(36h));
  give(Wake{});
  EXPECT_EQ(falls(), 0U);
}

TEST_F(Heartbeats, AClockThatIsPutForwardIsNoSilence) {
  ping();
  pass(20h);
  put_forward = 10h;
  give(Wake{});
  EXPECT_EQ(falls(), 0U);
  EXPECT_EQ(copy().deadline, at(36h));
  pass(6h - 1s);
  EXPECT_EQ(shown(), Shown::kGrace);
  pass(1s);
  EXPECT_EQ(shown(), Shown::kDown);
}

TEST_F(Heartbeats, NobodyKnowsWhileNobodyListens) {
  ping();
  give(ListeningEnded{});
  EXPECT_EQ(shown(), Shown::kUnknown);
  EXPECT_FALSE(next_wake(state));
  elapsed += 100h;
  give(Wake{});
  EXPECT_EQ(falls(), 0U);
  give(ListeningBegan{});
  EXPECT_EQ(shown(), Shown::kGrace);
  EXPECT_EQ(copy().deadline, at(126h));
  give(ListeningBegan{});
  EXPECT_EQ(copy().deadline, at(126h)) << "again and again does no harm";
}

}  // namespace
}  // namespace hammock::heartbeat
