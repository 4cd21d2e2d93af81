// Heartbeats and their pings as JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "core/heartbeat/heartbeat.h"
#include "shell/journal.h"

namespace hammock::shell {

// One of the "heartbeats" of /v1/status. `listen`: where pings are served.
void write_heartbeat(JsonWriter& json, const heartbeat::Report& heartbeat, std::string_view listen);
// {"pings":[…]} from rows of PingTaken.
std::string pings_json(const std::vector<FactRow>& rows);

}  // namespace hammock::shell
