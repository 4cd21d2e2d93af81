// How a probe was: hours, days, sums, and when it went up and down. Three values everywhere: for
// how long it was up, down, and for how long nobody knows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/probe/roll.h"
#include "shell/journal.h"
#include "shell/rolls.h"

namespace hammock::shell {

inline constexpr int kHistoryHours = 24;
inline constexpr int kHistoryDays = 30;
inline constexpr std::size_t kHistoryChanges = 50;

// What is known from a time on, until now; before the first result nothing is, and nobody says
// unknown.
struct Uptime {
  Duration up{};
  Duration down{};
  Duration unknown{};
  friend bool operator==(const Uptime&, const Uptime&) = default;
};
// Of all that begin at `from` or later, which is the border of a period. Pure.
Uptime uptime_of(const std::vector<probe::Roll>& rolls, Instant from, Instant now,
                 std::optional<Instant> known_since);

struct ProbeHistory {
  std::string probe;
  Instant now{};
  std::optional<Instant> known_since;  // the first day that has a result; none: there is none
  std::vector<probe::Roll> minutes;    // of the last day
  std::vector<probe::Roll> hours;      // of kHistoryHours, the one that is not over among them
  std::vector<probe::Roll> days;       // of kHistoryDays, likewise
  std::vector<FactRow> changes;        // "probe fell" and "probe rose", the newest first
};
// Adds the minute that is not over, which is not in the store yet. Pure.
void add_running(ProbeHistory& history, const probe::Roll& roll);
Result<ProbeHistory> read_history(Rolls& rolls, std::string_view probe, Instant now);
std::string history_json(const ProbeHistory& history);

}  // namespace hammock::shell
