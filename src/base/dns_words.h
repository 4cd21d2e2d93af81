// The names of DNS types and answers, as IANA has them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hammock {

// "A", "TXT" or "TYPE65" (RFC 3597), in either case; nothing for anything else.
std::optional<std::uint16_t> dns_type(std::string_view text);
std::string dns_type_text(std::uint16_t type);
std::string dns_rcode_text(std::uint8_t rcode);

}  // namespace hammock
