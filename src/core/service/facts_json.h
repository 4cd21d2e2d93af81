// Facts as JSON: one flat object of the fields, for the journal, `hammock events --json` and the
// simulator. Durations and instants are integers of microseconds, enumerations their words.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "core/service/facts.h"

namespace hammock::service {

// {"service":"web","instance":1,…}. Only for journaled facts.
std::string fields_json(const Fact& fact);

// The reverse. Fields it does not know are passed over, missing ones keep their default, so that an
// older or newer journal can be read; kCorrupt when it is not a flat JSON object or a value has
// another type; kNotFound when no fact is called `name`.
Result<Fact> fact_from_json(std::string_view name, std::string_view json);

}  // namespace hammock::service
