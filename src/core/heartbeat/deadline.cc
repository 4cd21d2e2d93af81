#include "core/heartbeat/deadline.h"

#include <algorithm>

#include "base/variant.h"
#include "core/schedule/schedule.h"

namespace hammock::heartbeat {
namespace {

// It could not be pinged before it was configured so.
Instant time_begins(const Heartbeat& heartbeat) {
  return std::max(heartbeat.last_ping, heartbeat.scheduled);
}

}  // namespace

std::optional<Instant> expected_at(const Heartbeat& heartbeat) {
  if (heartbeat.status != Status::kUp) return std::nullopt;
  const Setup& setup = heartbeat.setup;
  return match(
      setup.config.when,
      [&](const Every& every) -> std::optional<Instant> {
        return time_begins(heartbeat) + every.distance;
      },
      [&](const AtTimes& at) {
        return schedule::next_due(at.cron, setup.zone, time_begins(heartbeat));
      });
}

std::optional<Instant> deadline_of(const State& state, const Heartbeat& heartbeat) {
  const Config& config = heartbeat.setup->config;
  std::optional<Instant> deadline;
  if (const auto expected = expected_at(heartbeat)) {
    // Of a time on the clock it matters only whether somebody listened from then on.
    const bool runs = std::holds_alternative<Every>(config.when);
    const Instant from = runs ? time_begins(heartbeat) : *expected;
    deadline = credited(from, *expected + config.grace, state.blind);
  }
  if (heartbeat.started != Instant{} && heartbeat.status != Status::kDown) {
    const Instant from = std::max(heartbeat.started, heartbeat.scheduled);
    const Instant ends = credited(from, from + config.grace, state.blind);
    if (!deadline || ends < *deadline) deadline = ends;
  }
  return deadline;
}

}  // namespace hammock::heartbeat
