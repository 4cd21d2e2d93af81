#include "core/schedule/schedule.h"

#include <algorithm>
#include <bit>

namespace hammock::schedule {
namespace {

namespace chrono = std::chrono;
using schema::Cron;

constexpr chrono::years kLookAheadMost{100};

// The lowest value of the set that is at least `from`.
std::optional<unsigned> first_of(std::uint64_t set, unsigned from) {
  const std::uint64_t rest = from < 64 ? set >> from << from : 0;
  if (rest == 0) return std::nullopt;
  return static_cast<unsigned>(std::countr_zero(rest));
}

// The first time of day from `from` on.
std::optional<chrono::minutes> next_time(const Cron& cron, chrono::minutes from) {
  const auto minute_from = static_cast<unsigned>(from.count());
  for (auto hour = first_of(cron.hours, minute_from / 60); hour;
       hour = first_of(cron.hours, *hour + 1)) {
    const unsigned begin = *hour == minute_from / 60 ? minute_from % 60 : 0;
    if (auto minute = first_of(cron.minutes, begin)) {
      return chrono::hours(*hour) + chrono::minutes(*minute);
    }
  }
  return std::nullopt;
}

// The first time on the wall that matches, from `from` on.
std::optional<LocalTime> next_local(const Cron& cron, LocalTime from) {
  chrono::local_days day = chrono::floor<chrono::days>(from);
  auto time = chrono::ceil<chrono::minutes>(from - day);
  const auto last = day + chrono::floor<chrono::days>(kLookAheadMost);
  for (; day <= last; day += chrono::days(1), time = {}) {
    const chrono::year_month_day date(day);
    if ((cron.months >> unsigned{date.month()} & 1) == 0) {
      day = chrono::local_days(date.year() / date.month() / chrono::last);
      continue;
    }
    if (!cron.has_day(date)) continue;
    if (auto found = next_time(cron, time)) return LocalTime(day) + *found;
  }
  return std::nullopt;
}

std::optional<Instant> next_by_elapsed_time(const Cron& cron, const Zone& zone, Instant after) {
  Instant from = after + Duration(1);
  for (std::size_t i = zone.period_at(from); i < zone.changes().size(); ++i) {
    const chrono::seconds offset = zone.changes()[i].offset;
    from = std::max(from, zone.changes()[i].from);
    const auto local = LocalTime(chrono::ceil<chrono::seconds>(from.time_since_epoch()) + offset);
    const auto found = next_local(cron, local);
    if (!found) return std::nullopt;
    const Instant due(found->time_since_epoch() - offset);
    const bool is_last = i + 1 == zone.changes().size();
    if (is_last || due < zone.changes()[i + 1].from) return due;
  }
  return std::nullopt;
}

// The instants are in the order of the times on the wall, as of two only the first one counts.
std::optional<Instant> next_by_the_clock(const Cron& cron, const Zone& zone, Instant after) {
  LocalTime from = zone.local(after);
  while (auto local = next_local(cron, from)) {
    auto due = zone.first_instant(*local);
    if (due && *due > after) return due;
    from = *local + chrono::minutes(1);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Instant> next_due(const Cron& cron, const Zone& zone, Instant after) {
  return cron.by_elapsed_time ? next_by_elapsed_time(cron, zone, after)
                              : next_by_the_clock(cron, zone, after);
}

}  // namespace hammock::schedule
