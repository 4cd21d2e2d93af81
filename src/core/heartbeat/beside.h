// Pings that come whole hours beside their time, again and again: the time zone of who pings is not
// that of the schedule. Of this module only.
#pragma once

#include "base/time.h"
#include "core/heartbeat/facts.h"

namespace hammock::heartbeat {

// By how many whole hours work that began at `began` was late (early: negative), give or take
// kBesideNoise. 0: by none, or nobody can tell.
std::int32_t hours_beside(const Setup& setup, Instant began);

}  // namespace hammock::heartbeat
