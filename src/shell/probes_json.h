// Probes as JSON, for status.
#pragma once

#include "base/json.h"
#include "core/probe/probe.h"

namespace hammock::shell {

// {"name":…,"target":…,"every_us":…,"status":…,"since":…,"seen":…,"verdict":…,"took_us":…,…}
void write_probe(JsonWriter& json, const probe::Report& probe);

}  // namespace hammock::shell
