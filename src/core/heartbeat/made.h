// Heartbeats that are in no configuration: what is remembered of how they were made. Of this module
// only.
#pragma once

#include <map>
#include <string>

#include "core/heartbeat/facts.h"

namespace hammock::heartbeat {

using Zones = std::map<std::string, schedule::Zone, std::less<>>;

// A zone that is not known is taken for UTC; report() says so.
Setup setup_of(const HeartbeatCreated& made, const Zones& zones);
// The reverse.
HeartbeatCreated made_from(const Setup& setup);

}  // namespace hammock::heartbeat
