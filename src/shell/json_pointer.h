// A place in a JSON document (RFC 6901), and what is expected there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "shell/json_value.h"

namespace hammock::shell {

// Null: there is no such place. `pointer` is "" (the whole) or begins with '/'.
const Json* at_pointer(const Json& document, std::string_view pointer);

// Why what stands there is not `expected`, which is JSON text itself; nothing: it is. The answer
// names the place and what was expected, and of what is there the kind alone.
std::optional<std::string> wrong_value(const Json& document, std::string_view pointer,
                                       std::string_view expected);

}  // namespace hammock::shell
