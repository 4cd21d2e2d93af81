#include "base/text.h"
#include "core/heartbeat/test_heartbeats.h"

namespace hammock::heartbeat {
namespace {

using testing::ElementsAre;

TEST_F(Heartbeats, NothingIsExpectedBeforeTheFirstPing) {
  EXPECT_EQ(shown(), Shown::kNew);
  pass(1000h);
  EXPECT_EQ(shown(), Shown::kNew);
  EXPECT_EQ(falls(), 0U);
}

TEST_F(Heartbeats, UpGraceDownAndUpAgain) {
  ping();
  EXPECT_EQ(shown(), Shown::kUp);
  EXPECT_EQ(copy().expected, at(24h));
  EXPECT_EQ(copy().deadline, at(26h));
  pass(24h - 1s);
  EXPECT_EQ(shown(), Shown::kUp);
  pass(1s);
  EXPECT_EQ(shown(), Shown::kGrace);
  pass(2h - 1s);
  give(Wake{});
  EXPECT_EQ(shown(), Shown::kGrace);
  pass(1s);
  EXPECT_EQ(shown(), Shown::kDown);
  pass(100h);
  EXPECT_EQ(falls(), 1U);
  EXPECT_EQ(copy().since, at(26h));
  EXPECT_FALSE(copy().expected);
  ping();
  EXPECT_EQ(shown(), Shown::kUp);
  EXPECT_EQ(copy().since, at(126h));
  EXPECT_EQ(copy().pings, 2U);
}

TEST_F(Heartbeats, AFailIsDownAtOnceAndCountsAsAPing) {
  ping();
  pass(1h);
  ping(Signal::kFail);
  EXPECT_EQ(shown(), Shown::kDown);
  EXPECT_EQ(copy().last_ping, at(1h));
  EXPECT_EQ(copy().last_success, at(0h));
  pass(100h);
  EXPECT_EQ(falls(), 0U);
}

TEST_F(Heartbeats, ALogChangesNothing) {
  ping();
  pass(23h);
  ping(Signal::kLog);
  EXPECT_EQ(copy().pings, 2U);
  EXPECT_EQ(copy().deadline, at(26h));
  pass(3h);
  EXPECT_EQ(shown(), Shown::kDown);
}

TEST_F(Heartbeats, ARunHasADurationAndMustEndWithinTheGraceTime) {
  ping(Signal::kStart);
  EXPECT_EQ(shown(), Shown::kNew);
  EXPECT_EQ(copy().deadline, at(2h));
  pass(1h);
  ping();
  EXPECT_EQ(copy().last_duration, 1h);
  EXPECT_FALSE(copy().started);
  ping(Signal::kStart);
  pass(2h);
  EXPECT_EQ(shown(), Shown::kDown);
  EXPECT_EQ(copy().since, at(3h));
  pass(1h);
  ping();
  EXPECT_EQ(copy().last_duration, 3h);
}

TEST_F(Heartbeats, RunsAreToldApartByTheirIds) {
  ping(Signal::kStart, "a");
  pass(10min);
  ping(Signal::kSuccess, "b");
  EXPECT_EQ(last_ping().took, kNoDuration);
  EXPECT_TRUE(copy().started) << "the other run goes on";
  ping(Signal::kSuccess, "a");
  EXPECT_EQ(last_ping().took, 10min);
  EXPECT_FALSE(copy().started);
  ping(Signal::kStart, "c");
  ping(Signal::kSuccess);
  EXPECT_FALSE(copy().started) << "without an id it is the end of any";
  EXPECT_EQ(last_ping().took, kNoDuration);
  ping(Signal::kStart, "d");
  ping(Signal::kFail, "e");
  EXPECT_FALSE(copy().started);
}

TEST_F(Heartbeats, ARunThatIsOverdueDoesNotTakeItDownAgain) {
  ping(Signal::kStart, "a");
  pass(3h);
  EXPECT_EQ(shown(), Shown::kDown);
  ping(Signal::kSuccess, "b");
  EXPECT_EQ(shown(), Shown::kUp);
  pass(1h);
  EXPECT_EQ(shown(), Shown::kUp);
}

TEST_F(Heartbeats, APauseEndsWithAPing) {
  ping();
  give(CommandGiven{"1", Verb::kPause, "copy", "uid 0"});
  pass(100h);
  EXPECT_EQ(shown(), Shown::kPaused);
  give(CommandGiven{"2", Verb::kPause, "copy", "uid 0"});
  ping();
  EXPECT_EQ(shown(), Shown::kUp);
  give(CommandGiven{"3", Verb::kResume, "copy", "uid 0"});
  give(CommandGiven{"4", Verb::kPause, "copy", "uid 0"});
  give(CommandGiven{"5", Verb::kResume, "copy", "uid 0"});
  EXPECT_EQ(shown(), Shown::kNew);
  give(CommandGiven{"6", Verb::kRemove, "copy", "uid 0"});
  give(CommandGiven{"7", Verb::kPause, "cpoy", "uid 0"});
  EXPECT_THAT(replies,
              ElementsAre("done: it is paused: no ping is expected", "done: it is paused already",
                          "done: it is not paused", "done: it is paused: no ping is expected",
                          "done: it goes on with the next ping",
                          "refused: copy is in the configuration: take it out there",
                          "refused: no heartbeat is called 'cpoy'"));
}

TEST_F(Heartbeats, AManualResumeIsByHandOnly) {
  setups[0].config.manual_resume = true;
  reconfigure(setups[0]);
  ping();
  give(CommandGiven{"1", Verb::kPause, "copy", "uid 0"});
  ping();
  EXPECT_TRUE(last_ping().ignored);
  EXPECT_EQ(shown(), Shown::kPaused);
  EXPECT_EQ(copy().pings, 2U);
}

TEST_F(Heartbeats, OtherMethodsMayBeIgnored) {
  setups[0].config.post_only = true;
  reconfigure(setups[0]);
  ping(Signal::kSuccess, "", "GET");
  EXPECT_EQ(shown(), Shown::kNew);
  ping(Signal::kSuccess, "", "POST");
  EXPECT_EQ(shown(), Shown::kUp);
  ping(Signal::kFail, "", "");
  EXPECT_EQ(shown(), Shown::kDown) << "on the control socket there is no method";
}

TEST_F(Heartbeats, TheTimeOfTheClockIsExpected) {
  // 2001-09-09 01:46:40 UTC
  reconfigure(setup_of("copy", AtTimes{schema::read_cron("0 3 * * *").value()}));
  ping();
  EXPECT_EQ(copy().expected, at(1h + 13min + 20s));
  EXPECT_EQ(copy().deadline, at(3h + 13min + 20s));
  pass(2h);
  EXPECT_EQ(shown(), Shown::kGrace);
  ping();
  EXPECT_EQ(copy().expected, at(25h + 13min + 20s));
}

TEST_F(Heartbeats, AMistakenTimeZoneIsSaid) {
  heartbeat::Setup setup = setup_of("copy", AtTimes{schema::read_cron("0 3 * * *").value()});
  reconfigure(setup);
  pass(1h + 13min + 20s);  // 03:00 UTC
  pass(1h + 2min);         // by a clock of a zone that is an hour behind
  for (int day = 0; day < 2; ++day) {
    ping();
    EXPECT_EQ(copy().note, "");
    pass(24h);
  }
  ping(Signal::kStart);
  pass(30min);
  ping();
  EXPECT_EQ(copy().note,
            "work begins 1 hour after its time in UTC, each time: another time zone there?");
  away(0s);
  EXPECT_NE(copy().note, "");
  pass(22h + 28min);  // in time
  ping();
  EXPECT_EQ(copy().note, "");
  for (int day = 0; day < 3; ++day) {
    pass(24h - (day == 0 ? 5h : 0h));
    ping();
  }
  EXPECT_EQ(copy().note,
            "work begins 5 hours before its time in UTC, each time: another time zone there?");
}

TEST_F(Heartbeats, WhatIsLateBySomeMinutesMoreIsOnlyLate) {
  reconfigure(setup_of("copy", AtTimes{schema::read_cron("0 3 * * *").value()}));
  pass(1h + 13min + 20s + 1h + 20min);
  for (int day = 0; day < 5; ++day) {
    ping();
    pass(24h);
  }
  EXPECT_EQ(copy().note, "");
}

TEST_F(Heartbeats, OftenerThanDailyNobodyCanTellWhichTimeWasMeant) {
  reconfigure(setup_of("copy", AtTimes{schema::read_cron("0 */6 * * *").value()}));
  pass(13min + 20s);
  for (int day = 0; day < 5; ++day) {
    ping();
    pass(24h);
  }
  EXPECT_EQ(copy().note, "");
}

TEST_F(Heartbeats, AnythingOfItOutlivesUs) {
  ping(Signal::kStart, "a");
  pass(1h);
  ping(Signal::kSuccess, "a");
  away(0s);
  EXPECT_EQ(copy().pings, 2U);
  EXPECT_EQ(copy().last_duration, 1h);
  EXPECT_EQ(shown(), Shown::kUp);
  give(CommandGiven{"1", Verb::kPause, "copy", "uid 0"});
  away(0s);
  EXPECT_EQ(shown(), Shown::kPaused);
}

TEST_F(Heartbeats, ItIsUpSinceTheFirstPingThatMadeItSo) {
  ping();
  pass(1h);
  ping();
  EXPECT_EQ(copy().since, at(0h));
}

TEST_F(Heartbeats, APingOfOneThatHasJustGoneMakesNone) {
  give(ConfigurationGiven{{}});
  ping();
  EXPECT_TRUE(std::ranges::any_of(
      facts, [](const Fact& fact) { return std::holds_alternative<PingMissed>(fact); }));
  EXPECT_TRUE(report(state, now().wall).empty());
}

TEST_F(Heartbeats, APingMakesOneThatIsNotThere) {
  EXPECT_TRUE(may_create(state, "fresh_1-x"));
  for (std::string_view bad : {"", "-a", "_a", "A", "a b", "a/b"})
    EXPECT_FALSE(may_create(state, bad)) << bad;
  EXPECT_FALSE(may_create(state, std::string(64, 'a')));
  give(PingGiven{"fresh", {}, true});
  auto all = report(state, now().wall);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(all[1].created);
  EXPECT_EQ(all[1].uuid, "") << "whoever made it knows the key and the name";
  EXPECT_EQ(all[1].schedule, "every 1d");
  EXPECT_EQ(all[1].deadline, at(25h));
  away(0s);
  EXPECT_EQ(find_name(state, "fresh"), "fresh");
  EXPECT_FALSE(find_uuid(state, uuid_of("acme", "fresh")));
  give(CommandGiven{"1", Verb::kRemove, "fresh", "uid 0"});
  EXPECT_FALSE(find_name(state, "fresh"));
  away(0s);
  EXPECT_EQ(report(state, now().wall).size(), 1U);
  give(PingGiven{"adopted", {}, true});
  setups.push_back(setup_of("adopted"));
  give(ConfigurationGiven{share_each(setups)});
  replies.clear();
  give(CommandGiven{"2", Verb::kRemove, "adopted", "uid 0"});
  EXPECT_THAT(replies, ElementsAre("refused: adopted is in the configuration: take it out there"));
  away(0s);
  EXPECT_EQ(report(state, now().wall)[1].pings, 1U);
  for (std::size_t i = 0; i < kCreatedMost; ++i)
    give(PingGiven{"n" + std::to_string(i), {}, true});
  EXPECT_FALSE(may_create(state, "fresh"));
}

TEST_F(Heartbeats, WhatIsTakenOutIsNotExpectedAndComesBackAsItWas) {
  ping();
  auto before = setups;
  setups.clear();
  give(ConfigurationGiven{{}});
  pass(100h);
  EXPECT_EQ(falls(), 0U);
  EXPECT_TRUE(report(state, now().wall).empty());
  EXPECT_FALSE(next_wake(state));
  reconfigure(before[0]);
  EXPECT_EQ(copy().pings, 1U);
}

TEST_F(Heartbeats, BodiesAreKeptByteForByte) {
  Ping ping;
  ping.body = std::string("done\n\xff\0", 7);
  give(PingGiven{"copy", ping});
  EXPECT_EQ(last_ping().body, "");
  EXPECT_EQ(from_base64(last_ping().body_base64), ping.body);
  ping.body = "grün\n";
  give(PingGiven{"copy", ping});
  EXPECT_EQ(last_ping().body, ping.body);
  away(0s);
}

TEST(Uuids, AreThoseOfTheNames) {
  const std::string uuid = uuid_of("acme", "copy");
  EXPECT_TRUE(is_uuid(uuid)) << uuid;
  EXPECT_EQ(uuid, uuid_of("acme", "copy"));
  EXPECT_NE(uuid, uuid_of("acme", "copy2"));
  EXPECT_NE(uuid, uuid_of("acm", "ecopy"));
  EXPECT_EQ(uuid[14], '8');
  EXPECT_FALSE(is_uuid(uuid.substr(1)));
  EXPECT_FALSE(is_uuid(uuid + "0"));
  EXPECT_FALSE(is_uuid("00000000000000000000000000000000"));
  EXPECT_FALSE(is_uuid("0000000g-0000-0000-0000-000000000000"));
}

}  // namespace
}  // namespace hammock::heartbeat
