// The service manager above a program: what is said to it, as sd_notify(3) describes it, and what
// it gives back.
#pragma once

#include <string_view>

namespace hammock::os {

// Sends one message, such as "READY=1", and a copy of `fd` when it is one. `socket`: the value of
// NOTIFY_SOCKET, a path, or '@' and an abstract name. False (errno set) when it could not be
// sent; a manager that does not listen is not waited for.
bool tell_service_manager(std::string_view socket, std::string_view message, int fd = -1);

inline constexpr int kGivenFirst = 3;
// How many descriptors the manager gave to this process, from kGivenFirst on, as sd_listen_fds(3)
// describes it; 0 when there are none, or they are another process's.
int given_descriptors();
// The variables that say so are removed; the descriptors stay.
void forget_given_descriptors();

}  // namespace hammock::os
