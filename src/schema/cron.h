// A schedule as crontab(5) of Debian's cron and cronsim write it: minute, hour, day of month,
// month, day of week; or @hourly, @daily (@midnight), @weekly, @monthly, @yearly (@annually).
//
// A field is a list of `*`, `a`, `a-b`, each of the last two also as a name (jan, mon), and of
// `*/n` and `a-b/n`. The day of month knows `L`, the last; the day of week `5#2`, the second
// Friday, and `5L`, the last. Sunday is 0 and 7.
//
// A day matches when either day field does, unless one of them begins with `*`: then both must.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "schema/types.h"

namespace hammock::schema {

// Bit n stands for the value n.
struct Cron {
  std::uint64_t minutes = 0;
  std::uint32_t hours = 0, days = 0, months = 0, weekdays = 0;
  bool last_day = false;  // L
  std::array<std::uint8_t, 7>
      weeks{};           // of a day of week: bit n the nth one in the month, bit 0 the last
  bool any_day = false;  // the field begins with '*'
  bool any_weekday = false;
  bool by_elapsed_time = false;  // minute or hour begin with '*': what they say is a distance
  std::string text;
  friend bool operator==(const Cron&, const Cron&) = default;

  bool has_day(std::chrono::year_month_day day) const;
};

// Also wrong: a schedule whose day never comes. The problem says at which character it is.
Read<Cron> read_cron(std::string_view text);

}  // namespace hammock::schema
