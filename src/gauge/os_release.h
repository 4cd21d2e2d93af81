// What this system says it is, as os-release(5): lines NAME=value, which a shell would understand,
// too. A value stands bare, in double quotes (where \ takes the meaning of the next of \ " $ `
// away) or in single quotes (where nothing has one). The last line of a name counts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hammock::gauge {

// Nothing when no line sets it; an error names `file` and the line whose value breaks the rules.
// Other lines are not looked at.
Result<std::optional<std::string>> os_release_value(std::string_view file, std::string_view text,
                                                    std::string_view name);

}  // namespace hammock::gauge
