// The two clocks of the house (base/time.h), and CLOCK_MONOTONIC, on which sd_notify counts.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace hammock::os {

Now read_clocks();
std::int64_t wall_us();       // microseconds since 1970
std::int64_t steady_us();     // CLOCK_BOOTTIME
std::int64_t monotonic_us();  // CLOCK_MONOTONIC

}  // namespace hammock::os
