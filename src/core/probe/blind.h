// Whether we can see at all: what is said when no witness can be reached, and when one can again.
// Of this module only.
#pragma once

#include <string>
#include <string_view>

#include "core/probe/draft.h"

namespace hammock::probe {

// `witnesses` as witnesses_text() has them.
void go_blind(Draft& draft, const std::string& witnesses, Instant since);
void see_again(Draft& draft, const std::string& witnesses);
// This one was reached: whoever has it among his witnesses sees.
void witness_seen(Draft& draft, std::string_view witness);
// Witnesses that nobody has any more.
void forget_unused(Draft& draft, const std::vector<Shared<Setup>>& probes);

}  // namespace hammock::probe
