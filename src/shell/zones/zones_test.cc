// The schedule against an oracle that knows nothing of it: every minute of ten years is asked what
// the clock on the wall shows, and what crontab(5) says of that.
#include "shell/zones/zones.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/schedule/schedule.h"

namespace hammock::zones {
namespace {

namespace chrono = std::chrono;
using schedule::Zone;

// What one minute shows on the wall.
struct Minute {
  int minute = 0, hour = 0, day = 0, month = 0, weekday = 0, last_day = 0;
  std::int64_t local = 0;  // minutes since 1970, on the wall
};

Minute minute_at(std::int64_t local) {
  const chrono::local_days day(chrono::days(local / 1440));
  const chrono::year_month_day date(day);
  Minute m;
  m.local = local;
  m.minute = static_cast<int>(local % 60);
  m.hour = static_cast<int>(local / 60 % 24);
  m.day = static_cast<int>(static_cast<unsigned>(date.day()));
  m.month = static_cast<int>(static_cast<unsigned>(date.month()));
  m.weekday = static_cast<int>(chrono::weekday(day).c_encoding());
  const chrono::year_month_day last(chrono::local_days(date.year() / date.month() / chrono::last));
  m.last_day = static_cast<int>(static_cast<unsigned>(last.day()));
  return m;
}

struct Case {
  const char* text;
  bool by_elapsed_time;
  bool (*matches)(const Minute&);
};

const std::vector<Case> kCases = {
    {"30 2 * * *", false, [](const Minute& m) { return m.minute == 30 && m.hour == 2; }},
    {"0 0 * * *", false, [](const Minute& m) { return m.minute == 0 && m.hour == 0; }},
    {"0,20,40 1-3 * * *", false,
     [](const Minute& m) { return m.minute % 20 == 0 && m.hour >= 1 && m.hour <= 3; }},
    {"15 2 * * sun", false,
     [](const Minute& m) { return m.minute == 15 && m.hour == 2 && m.weekday == 0; }},
    {"5 2 L * *", false,
     [](const Minute& m) { return m.minute == 5 && m.hour == 2 && m.day == m.last_day; }},
    {"10 3 13 * 5", false,
     [](const Minute& m) {
       return m.minute == 10 && m.hour == 3 && (m.day == 13 || m.weekday == 5);
     }},
    {"30 2 * mar,oct 7L", false,
     [](const Minute& m) {
       return m.minute == 30 && m.hour == 2 && (m.month == 3 || m.month == 10) && m.weekday == 0 &&
              m.day + 7 > m.last_day;
     }},
    {"0 12 29 2 *", false,
     [](const Minute& m) { return m.minute == 0 && m.hour == 12 && m.day == 29 && m.month == 2; }},
    {"*/7 * * * *", true, [](const Minute& m) { return m.minute % 7 == 0; }},
    {"30 */2 * * *", true, [](const Minute& m) { return m.minute == 30 && m.hour % 2 == 0; }},
    {"*/15 2 */3 * 1-5", true,
     [](const Minute& m) {
       return m.minute % 15 == 0 && m.hour == 2 && m.day % 3 == 1 && m.weekday >= 1 &&
              m.weekday <= 5;
     }},
    {"0 * 1-7 1,7 mon#1", true,
     [](const Minute& m) {
       return m.minute == 0 && (m.month == 1 || m.month == 7) &&
              (m.day <= 7 || (m.weekday == 1 && m.day <= 7));
     }},
};

// What each minute from `from` on shows; those that are put over never appear.
struct Wall {
  Instant from;
  std::vector<Minute> minutes;
};

Wall wall(const Zone& zone, chrono::year begin, chrono::year end) {
  Wall all{chrono::sys_days(begin / 1 / 1), {}};
  Minute last;
  for (Instant at = all.from; at < Instant(chrono::sys_days(end / 1 / 1));
       at += chrono::minutes(1)) {
    const auto local = chrono::floor<chrono::minutes>(zone.local(at).time_since_epoch()).count();
    if (local / 1440 != last.local / 1440) last = minute_at(local);
    last.local = local;
    last.minute = static_cast<int>(local % 60);
    last.hour = static_cast<int>(local / 60 % 24);
    all.minutes.push_back(last);
  }
  return all;
}

// Due at this minute? `seen`: the latest time on the wall that there was before.
bool is_due(const Case& one, const Minute& m, std::int64_t seen) {
  if (one.by_elapsed_time) return one.matches(m);
  if (m.local <= seen) return false;  // it comes a second time
  for (std::int64_t over = seen + 1; over < m.local; ++over) {
    if (one.matches(minute_at(over))) return true;
  }
  return one.matches(m);
}

class Schedules : public testing::TestWithParam<const char*> {};

TEST_P(Schedules, AgreeWithTheClockOnTheWallForTenYears) {
  auto zone = find_zone(GetParam());
  ASSERT_TRUE(zone) << zone.error().message;
  const Wall all = wall(*zone, chrono::year(2020), chrono::year(2030));
  std::size_t differences = 0;
  for (const Case& one : kCases) {
    const auto cron = *schema::read_cron(one.text);
    std::size_t runs = 0;
    std::int64_t seen = all.minutes.front().local - 1;
    std::optional<Instant> due =
        schedule::next_due(cron, *zone, all.from - chrono::microseconds(1));
    for (std::size_t i = 0; i < all.minutes.size() && differences < 5; ++i) {
      const Instant at = all.from + chrono::minutes(i);
      const bool expected = is_due(one, all.minutes[i], seen);
      seen = std::max(seen, all.minutes[i].local);
      if (expected != (due == at)) {
        ++differences;
        ADD_FAILURE() << one.text << " at " << format_local(*zone, at) << ": expected " << expected;
      }
      if (due && *due <= at) due = schedule::next_due(cron, *zone, at);
      runs += expected ? 1 : 0;
    }
    EXPECT_GT(runs, 2U) << one.text;
  }
}

INSTANTIATE_TEST_SUITE_P(Zones, Schedules,
                         testing::Values("Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                                         "Asia/Kathmandu", "America/Santiago"),
                         [](const auto& zone) {
                           std::string name = zone.param;
                           std::erase_if(name, [](char c) { return c == '/' || c == '_'; });
                           return name;
                         });

TEST(Zones, NamesAreChecked) {
  EXPECT_TRUE(find_zone("UTC"));
  auto wrong = find_zone("Europe/Berlni");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(wrong.error().message, testing::HasSubstr("did you mean Europe/Berlin"));
  for (const char* name : {"", "/etc/passwd", "../UTC", "zone.tab", "leapseconds", "tzdata.zi",
                           "Nowhere", "europe berlin"}) {
    EXPECT_FALSE(find_zone(name)) << name;
  }
}

TEST(Zones, OffsetsAreThoseOfTheDatabase) {
  auto howe = find_zone("Australia/Lord_Howe");
  ASSERT_TRUE(howe);
  const Instant january = chrono::sys_days(chrono::year(2026) / 1 / 1);
  const Instant july = chrono::sys_days(chrono::year(2026) / 7 / 1);
  EXPECT_EQ(howe->offset_at(january), chrono::hours(11));
  EXPECT_EQ(howe->offset_at(july), chrono::minutes(630));
  for (std::size_t i = 1; i < howe->changes().size(); ++i) {
    EXPECT_LT(howe->changes()[i - 1].from, howe->changes()[i].from);
    EXPECT_NE(howe->changes()[i - 1].offset, howe->changes()[i].offset);
  }
}

}  // namespace
}  // namespace hammock::zones
