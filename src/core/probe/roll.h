// What the results of a probe come to over time. Each result stands for the time since the one
// before it, but for no longer than kStandsMost times the distance between two: for the rest, and
// when nothing could be found out, it is unknown how it was.
//
// The room keeps the minute that is not over; the shell adds each minute that is over to that of
// the minute, the hour and the day in the store, in a ring of fixed size for each (kMinutesKept …).
// A brain that dies takes that minute along, and what was not written yet: unknown then.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "core/probe/words.h"

namespace hammock::probe {

inline constexpr int kStandsMost = 2;
inline constexpr std::uint32_t kMinutesKept = 24 * 60;
inline constexpr std::uint32_t kHoursKept = 31 * 24;
inline constexpr std::uint32_t kDaysKept = 400;
inline constexpr Duration kStandsLongest = std::chrono::days(2);

struct Roll {
  Instant begin{};  // of the minute; the epoch: nothing is in it
  Duration up{};
  Duration down{};
  std::uint32_t good = 0;  // results
  std::uint32_t bad = 0;
  Duration took{};  // all good results together
  Duration took_most{};
  friend bool operator==(const Roll&, const Roll&) = default;
};

struct Rolled {
  Instant at{};     // of the result
  Duration time{};  // that it stands for, until then; up to kStandsLongest counts
  Verdict verdict{};
  Duration took{};
};
// Adds a result to the minute of it, and its time to the minutes that it covers. What is of other
// minutes than the newest is moved to `over`, one roll for each; more of them may follow for the
// same minute.
void add(Roll& roll, const Rolled& rolled, std::vector<Roll>& over);

}  // namespace hammock::probe
