#include "core/schedule/schedule.h"

#include <gtest/gtest.h>

namespace hammock::schedule {
namespace {

namespace chrono = std::chrono;
using namespace std::chrono_literals;
using Times = std::vector<std::string>;

Instant utc(chrono::sys_days day, chrono::minutes time) {
  return day + time;
}

// Central Europe in 2026: summer time from 29 March to 25 October.
Zone berlin() {
  return Zone(
      "Europe/Berlin",
      {{Instant::min(), 1h}, {utc(2026y / 3 / 29, 60min), 2h}, {utc(2026y / 10 / 25, 60min), 1h}});
}

Times next(const std::string& text, const Zone& zone, Instant after, std::size_t count) {
  Times times;
  auto cron = schema::read_cron(text);
  EXPECT_TRUE(cron) << text;
  std::optional<Instant> at = after;
  while (times.size() < count && (at = next_due(*cron, zone, *at)))
    times.push_back(format_local(zone, *at));
  return times;
}

const Instant kBeforeTheGap = utc(2026y / 3 / 28, 12h);
const Instant kBeforeTheTwice = utc(2026y / 10 / 24, 12h);

TEST(Zone, TimesOnTheWall) {
  const Zone zone = berlin();
  const auto at = [](chrono::local_days day, chrono::minutes time) {
    return LocalTime(day + time);
  };
  const chrono::local_days spring = chrono::local_days(2026y / 3 / 29);
  const chrono::local_days autumn = chrono::local_days(2026y / 10 / 25);
  EXPECT_EQ(zone.first_instant(at(spring, 90min)), utc(2026y / 3 / 29, 30min));
  EXPECT_EQ(zone.first_instant(at(spring, 150min)), utc(2026y / 3 / 29, 60min)) << "put over";
  EXPECT_EQ(zone.first_instant(at(spring, 180min)), utc(2026y / 3 / 29, 60min));
  EXPECT_EQ(zone.first_instant(at(autumn, 150min)), utc(2026y / 10 / 25, 30min)) << "of two";
  EXPECT_EQ(zone.first_instant(at(autumn, 180min)), utc(2026y / 10 / 25, 120min));
  EXPECT_EQ(zone.local(utc(2026y / 10 / 25, 30min)), at(autumn, 150min));
  EXPECT_EQ(zone.local(utc(2026y / 10 / 25, 90min)), at(autumn, 150min));
  EXPECT_EQ(format_local(zone, utc(2026y / 3 / 29, 60min)), "2026-03-29T03:00:00+02:00");
  const Zone west("west", {{Instant::min(), -(3h + 30min)}});
  EXPECT_EQ(format_local(west, utc(2026y / 1 / 1, 0min)), "2025-12-31T20:30:00-03:30");
}

TEST(Schedule, AFixedHourRunsOncePerDay) {
  EXPECT_EQ(next("30 2 * * *", berlin(), kBeforeTheGap, 3),
            (Times{"2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00",
                   "2026-03-31T02:30:00+02:00"}));
  EXPECT_EQ(next("30 2 * * *", berlin(), kBeforeTheTwice, 2),
            (Times{"2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"}));
  EXPECT_EQ(next("30 2 * * *", berlin(), utc(2026y / 10 / 25, 40min), 1),
            Times{"2026-10-26T02:30:00+01:00"})
      << "also when asked within the hour that comes twice";
  EXPECT_EQ(next("30 2 * * *", berlin(), utc(2026y / 10 / 25, 100min), 1),
            Times{"2026-10-26T02:30:00+01:00"});
}

TEST(Schedule, TimesThatWerePutOverAreDueTogether) {
  EXPECT_EQ(next("0,15,45 2,3 * * *", berlin(), kBeforeTheGap, 4),
            (Times{"2026-03-29T03:00:00+02:00", "2026-03-29T03:15:00+02:00",
                   "2026-03-29T03:45:00+02:00", "2026-03-30T02:00:00+02:00"}));
}

TEST(Schedule, WhatBeginsWithAStarFollowsTheTimeThatPasses) {
  EXPECT_EQ(next("30 * * * *", berlin(), utc(2026y / 3 / 29, 0min), 3),
            (Times{"2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00",
                   "2026-03-29T04:30:00+02:00"}));
  EXPECT_EQ(next("30 * * * *", berlin(), utc(2026y / 10 / 25, 0min), 3),
            (Times{"2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00",
                   "2026-10-25T03:30:00+01:00"}));
  EXPECT_EQ(next("*/30 2 * * *", berlin(), kBeforeTheGap, 1), Times{"2026-03-30T02:00:00+02:00"})
      << "two o'clock does not come";
}

TEST(Schedule, ADayThatWasGivenUpIsNotMadeUpFor) {
  const Zone apia("Pacific/Apia", {{Instant::min(), -10h}, {utc(2011y / 12 / 30, 600min), 14h}});
  EXPECT_EQ(next("0 12 * * *", apia, utc(2011y / 12 / 29, 0min), 3),
            (Times{"2011-12-29T12:00:00-10:00", "2011-12-31T12:00:00+14:00",
                   "2012-01-01T12:00:00+14:00"}));
}

TEST(Schedule, IsStrictlyLaterAndOnTheMinute) {
  const Instant noon = utc(2026y / 5 / 1, 12h);
  EXPECT_EQ(next("0 12 * * *", Zone::utc(), noon - 1us, 1), Times{"2026-05-01T12:00:00+00:00"});
  EXPECT_EQ(next("0 12 * * *", Zone::utc(), noon, 1), Times{"2026-05-02T12:00:00+00:00"});
  EXPECT_EQ(next("* * * * *", Zone::utc(), noon, 1), Times{"2026-05-01T12:01:00+00:00"});
  EXPECT_EQ(next("* * * * *", Zone::utc(), noon + 1us, 1), Times{"2026-05-01T12:01:00+00:00"});
  const Zone old("LMT", {{Instant::min(), 53min + 28s}});
  EXPECT_EQ(next("0 * * * *", old, noon, 1), Times{"2026-05-01T13:00:00+00:53"});
}

TEST(Schedule, RareDaysAreFound) {
  const Instant now = utc(2026y / 3 / 1, 0min);
  EXPECT_EQ(next("0 0 29 2 *", Zone::utc(), now, 2),
            (Times{"2028-02-29T00:00:00+00:00", "2032-02-29T00:00:00+00:00"}));
  // A leap day that is a fifth Monday, by way of a field that begins with a star.
  EXPECT_EQ(next("0 0 */28 2 1#5", Zone::utc(), now, 1), Times{"2044-02-29T00:00:00+00:00"});
  EXPECT_EQ(next("59 23 L 12 *", Zone::utc(), now, 1), Times{"2026-12-31T23:59:00+00:00"});
}

}  // namespace
}  // namespace hammock::schedule
