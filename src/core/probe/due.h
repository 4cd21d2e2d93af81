// When a probe is due: every `every` on the steady clock, at a moment of its own. Of this module
// only.
#pragma once

#include <string_view>

#include "base/time.h"

namespace hammock::probe {

// The first such moment after `now`.
Steady due_after(std::string_view probe, Duration every, Steady now);

}  // namespace hammock::probe
