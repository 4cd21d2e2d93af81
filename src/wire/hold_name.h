// What a descriptor that is held for a program is called where a service manager keeps a copy: the
// FDNAME of sd_notify(3), which the manager gives back in LISTEN_FDNAMES (sd_listen_fds(3)).
//
//   listen/INDEX/SERVICE     a listening socket
//   stored/SLOT/FLAGS/NAME   what a program stored
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wire/link.h"

namespace hammock::wire {

// Empty when it has none: notify sockets are not given away, and a manager takes 255 bytes.
std::string name_of_hold(const Hold& hold);
// Nothing when it is none of ours.
std::optional<Hold> hold_of_name(std::string_view name);

}  // namespace hammock::wire
