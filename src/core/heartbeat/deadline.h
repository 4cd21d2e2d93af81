// When a heartbeat is expected, and when it lacks something. Of this module only.
#pragma once

#include <optional>

#include "base/time.h"
#include "core/heartbeat/state.h"

namespace hammock::heartbeat {

struct Deadline {
  Instant at{};
  Lack lack{};
  friend bool operator==(const Deadline&, const Deadline&) = default;
};

// When the next ping is expected; none: not at all.
std::optional<Instant> expected_at(const Heartbeat& heartbeat);
// What it will lack first, and when, the time included in which nobody listened.
std::optional<Deadline> deadline_of(const State& state, const Heartbeat& heartbeat);

}  // namespace hammock::heartbeat
