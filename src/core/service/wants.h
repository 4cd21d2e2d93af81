// What shall be, and what the needs of others allow.
#pragma once

#include <string>

#include "core/service/draft.h"

namespace hammock::service {

Want want_of(const House& house, const Service& service, const Live& live);
Want want_of(const Draft& draft, ServiceIndex index);

// Needs are ready, and nothing in `after` is still on its way.
bool may_start(const Draft& draft, ServiceIndex index);

// Going down as a house, nobody who stands on it still runs. Else always.
bool may_stop(const Draft& draft, ServiceIndex index);

// The name of the first service it waits for; empty: none.
std::string waits_for(const State& state, const Service& service);

// Compares the standing with what is; when it changed, records it and asks the neighbours to look
// again.
void settle_standing(Draft& draft, ServiceIndex index);

}  // namespace hammock::service
