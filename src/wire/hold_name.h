// What a descriptor that is held for a program is called where a service manager keeps a copy: the
// FDNAME of sd_notify(3), which the manager gives back in LISTEN_FDNAMES (sd_listen_fds(3)).
//
//   listen/INDEX/SERVICE                       a listening socket
//   stored/SLOT/SERVICE/INSTANCE/FLAGS/NAME    what a program stored
//
// Before the name stands the content of R/fd-token and a slash. Programs in the manager's unit may
// speak to it as well as we do; without the token, which only we can read, nothing is taken back.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wire/link.h"

namespace hammock::wire {

inline constexpr std::size_t kFdTokenBytes = 16;

// Empty when it has none: notify sockets are not given away, and a manager takes 255 bytes.
std::string name_of_hold(const Hold& hold);
// Nothing when it is none of ours.
std::optional<Hold> hold_of_name(std::string_view name);

}  // namespace hammock::wire
