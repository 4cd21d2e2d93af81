// The time zones of this machine, from its zone database (tzdata).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "core/schedule/zone.h"

namespace hammock::zones {

// An IANA name such as "Europe/Berlin"; "UTC" is known without a database. kNotFound says which
// names are close, kUnavailable that there is no database. What is decided by law only until 2037
// stays as it is then.
Result<schedule::Zone> find_zone(std::string_view name);

// The name of the machine's own zone (/etc/localtime).
Result<std::string> machine_zone();

}  // namespace hammock::zones
