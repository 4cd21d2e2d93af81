// The parts of apply(): what a fact changes in one service, and in the house. Shared by apply() and
// by the draft on which a decision is made.
#pragma once

#include <optional>

#include "core/service/state.h"

namespace hammock::service {

// Facts about other things change nothing.
void fold_into(Live& live, const Fact& fact);
void fold_into(House& house, const Fact& fact);
// Everybody begins a new row of failures: somebody asked for another try.
void forget_failures(Live& live);

// When this service must be looked at again though nothing happens; none: only when something does.
std::optional<Steady> due_of(const House& house, const Setup& setup, const Live& live);

}  // namespace hammock::service
