// Time bombs as they are configured, made into what the core needs. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/shared.h"
#include "core/config/config.h"
#include "core/schedule/zone.h"
#include "core/timebomb/facts.h"

namespace hammock::shell {

// Of what is looked at: another text, and what was known of it is void.
std::string identity_of(const timebomb::Target& target);

// In the order of the configuration; days begin in that zone.
std::vector<Shared<timebomb::Setup>> plan_timebombs(const std::vector<timebomb::Config>& timebombs,
                                                    const schedule::Zone& zone);

}  // namespace hammock::shell
