// FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/): identity of configurations and
// specs. Not for secrets and not against adversaries.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hammock {

inline constexpr std::uint64_t kFnvOffset = 0xcbf29ce484222325ULL;

std::uint64_t fnv1a(std::string_view bytes, std::uint64_t seed = kFnvOffset);

// Sixteen lower-case hexadecimal digits.
std::string hex64(std::uint64_t value);

}  // namespace hammock
