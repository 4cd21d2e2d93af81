#include "core/heartbeat/deadline.h"

#include <algorithm>

#include "base/variant.h"
#include "core/heartbeat/judge.h"
#include "core/schedule/schedule.h"

namespace hammock::heartbeat {
namespace {

// It could not be pinged before it was configured so.
Instant time_begins(const Heartbeat& heartbeat) {
  return std::max({heartbeat.last_ping, heartbeat.scheduled, heartbeat.missed});
}

void sooner(std::optional<Deadline>& deadline, Instant at, Lack lack) {
  if (!deadline || at < deadline->at) deadline = Deadline{at, lack};
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

std::optional<Deadline> deadline_of(const State& state, const Heartbeat& heartbeat) {
  const Config& config = heartbeat.setup->config;
  std::optional<Deadline> deadline;
  if (config.success_within && heartbeat.status == Status::kUp) {
    const Instant from = std::max(heartbeat.last_success, heartbeat.scheduled);
    sooner(deadline, credited(from, from + *config.success_within, state.blind), Lack::kSuccess);
  }
  if (bears_all_failures(heartbeat)) return deadline;
  // The rule may have become stricter since they were counted.
  if (heartbeat.status == Status::kUp && config.fail_after &&
      is_down_by(heartbeat, heartbeat.outcomes)) {
    sooner(deadline, heartbeat.last_ping, Lack::kSuccess);
  }
  if (heartbeat.started != Instant{} && heartbeat.status != Status::kDown) {
    const Instant from = std::max(heartbeat.started, heartbeat.scheduled);
    sooner(deadline, credited(from, from + config.grace, state.blind), Lack::kEnd);
  }
  if (const auto expected = expected_at(heartbeat)) {
    // Of a time on the clock it matters only whether somebody listened from then on.
    const bool runs = std::holds_alternative<Every>(config.when);
    const Instant from = runs ? time_begins(heartbeat) : *expected;
    sooner(deadline, credited(from, *expected + config.grace, state.blind), Lack::kPing);
  }
  return deadline;
}

}  // namespace hammock::heartbeat
