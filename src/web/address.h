// The addresses of peers, as people write them.
#pragma once

#include <string>

struct sockaddr;

namespace hammock::web {

// "127.0.0.1", "::1"; an IPv4 address that came over IPv6 is shown as IPv4. Empty for nullptr and
// for what is no IP address.
std::string address_text(const sockaddr* address);

}  // namespace hammock::web
