// The names of DNS types and answers, as IANA has them
// (https://www.iana.org/assignments/dns-parameters).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hammock {

// "MX" in any case, or "TYPE15" (RFC 3597); none: it is no type.
std::optional<std::uint16_t> dns_type(std::string_view text);
std::string dns_type_text(std::uint16_t type);
// "NXDOMAIN".
std::string dns_rcode_text(std::uint8_t rcode);

}  // namespace hammock
