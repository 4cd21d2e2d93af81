// What failures make of a heartbeat: those that it reports, and deadlines that pass. Of this module
// only.
//
// A heartbeat that has not succeeded since it was new, paused or down bears no failure: there is
// nothing to lean on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/heartbeat/state.h"

namespace hammock::heartbeat {

// Clocks are read one after the other, and the wall's is slewed: so much is no other time.
inline constexpr Duration kClockNoise = std::chrono::milliseconds(1);

// However often it fails: only success_within counts.
bool bears_all_failures(const Heartbeat& heartbeat);
// Whether it is down with these outcomes, of which the newest is a failure.
bool is_down_by(const Heartbeat& heartbeat, const std::string& outcomes);
// Its outcomes and this one; nothing when they are not counted.
std::string outcomes_with(const Heartbeat& heartbeat, char outcome);

// How it is now, all deadlines judged that have passed; what became true is added to `facts`.
Heartbeat judged(const State& state, const std::string& name, Heartbeat heartbeat, Now now,
                 std::vector<Fact>& facts);

// When it will be down if nothing comes; none: never.
std::optional<Instant> falls_at(const State& state, const Heartbeat& heartbeat);

void fold(Heartbeat& heartbeat, const HeartbeatFell& fell);
void fold(Heartbeat& heartbeat, const HeartbeatMissed& missed);

}  // namespace hammock::heartbeat
