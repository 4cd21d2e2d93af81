// Addresses as text.
#pragma once

#include <cstdint>
#include <string>

namespace hammock::courier {

bool is_ip_address(const std::string& text);  // "192.0.2.1", "2001:db8::1"
// "192.0.2.1:443", "[2001:db8::1]:443".
std::string with_port(const std::string& host, std::uint16_t port);

}  // namespace hammock::courier
