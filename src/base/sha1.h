// SHA-1 (RFC 3174), for protocols that name things by it. Not for signatures: two texts with the
// same one can be made.
#pragma once

#include <string>
#include <string_view>

namespace hammock {

// Forty lower-case hexadecimal digits.
std::string sha1_hex(std::string_view bytes);

}  // namespace hammock
