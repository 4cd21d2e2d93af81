// Which instance numbers shall run, and the rolling restart.
//
// Old copies are replaced one at a time. Where the sockets are held by the keeper, or where
// min_ready leaves no room for ending one first, the new copy begins under the spare number and an
// old one ends when it is ready; else an old one ends first. A new copy that ends before it is
// ready halts the roll: the old ones that are left keep running, until an operator restarts or a
// configuration changes.
#pragma once

#include "core/service/draft.h"

namespace hammock::service {

void settle_members(Draft& draft, ServiceIndex index);

// Ending it does not take the ready copies below min_ready.
bool may_end(const Live& live, const Setup& setup, const Instance& instance);

// The first new copy that failed to become ready ends the roll.
void halt_roll_after(Draft& draft, ServiceIndex index, const InstanceExited& exit);

}  // namespace hammock::service
