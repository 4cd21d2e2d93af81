// Comparing what somebody says with a secret.
#pragma once

#include <string_view>

namespace hammock {

// The time it takes depends on the length of `given` and on nothing else, so that nobody can find
// the secret out letter by letter. An empty secret is none: nothing is the same as it.
bool is_same_secret(std::string_view given, std::string_view secret);

}  // namespace hammock
