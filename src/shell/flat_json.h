// The bodies that clients send: one JSON object (RFC 8259) whose values are strings or null.
// Nothing else is accepted.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace hammock::shell {

using FlatMembers = std::vector<std::pair<std::string, std::optional<std::string>>>;

// In the order of the text. kInvalid says what was expected and at which byte; a key given twice is
// invalid, too.
Result<FlatMembers> parse_flat_object(std::string_view text);

}  // namespace hammock::shell
