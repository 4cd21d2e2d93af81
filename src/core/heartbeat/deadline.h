// When a heartbeat is expected, and when it is down. Of this module only.
#pragma once

#include <optional>

#include "base/time.h"
#include "core/heartbeat/state.h"

namespace hammock::heartbeat {

// When the next ping is expected; none: not at all.
std::optional<Instant> expected_at(const Heartbeat& heartbeat);
// Then it is down, the time included in which nobody listened: by what is expected, or by a run
// that has begun, whichever is sooner.
std::optional<Instant> deadline_of(const State& state, const Heartbeat& heartbeat);

}  // namespace hammock::heartbeat
