// Looking into a JSON value (RFC 6901), and comparing two. Pure.
#pragma once

#include <string_view>

#include "shell/json_value.h"

namespace hammock::shell {

// "" is the whole, "/status", "/checks/0/ok", with ~1 for / and ~0 for ~ in a name. None: there is
// nothing, or it is no pointer. It lives as long as `json`.
const Json* find_at(const Json& json, std::string_view pointer);

// As values: where they stood in their texts, and the order of an object's members, do not count.
bool is_same(const Json& one, const Json& other);

}  // namespace hammock::shell
