// Probes as they are configured, made into what the core and the courier need.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/shared.h"
#include "core/config/config.h"
#include "core/probe/facts.h"

namespace hammock::shell {

inline constexpr std::size_t kCaBytesMax = 1 << 20;

// Of what is looked at: another text, and what was known of it is void. Pure.
std::string identity_of(const probe::Target& target);
// Whether it can be looked at without a network: a loopback address, or a command. Pure.
bool is_here(const probe::Target& target);

// In the order of the configuration. Reads each file of certificates once; a probe whose file is
// not there is blocked until the configuration is applied again: what is missing must not take
// anything else down.
std::vector<Shared<probe::Setup>> plan_probes(const config::Configuration& configuration);

}  // namespace hammock::shell
