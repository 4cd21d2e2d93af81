#include "core/heartbeat/beside.h"

#include "core/schedule/schedule.h"

namespace hammock::heartbeat {
namespace {

using namespace std::chrono_literals;

constexpr Duration kBesideNoise = 5min;
constexpr Duration kBesideMost = 14h;     // zones are up to so far from UTC
constexpr Duration kDistanceLeast = 23h;  // once a day, in spring as well; else it may be another

}  // namespace

std::int32_t hours_beside(const Setup& setup, Instant began) {
  const auto* at = std::get_if<AtTimes>(&setup.config.when);
  if (at == nullptr) return 0;
  const auto due = schedule::next_due(at->cron, setup.zone, began - kBesideMost - kBesideNoise);
  if (!due) return 0;
  const auto next = schedule::next_due(at->cron, setup.zone, *due);
  if (next && *next - *due < kDistanceLeast) return 0;
  const auto hours = std::chrono::round<std::chrono::hours>(began - *due);
  if (std::chrono::abs(hours) > kBesideMost) return 0;
  if (std::chrono::abs(began - *due - hours) > kBesideNoise) return 0;
  return static_cast<std::int32_t>(hours.count());
}

}  // namespace hammock::heartbeat
