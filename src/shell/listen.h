// Listening sockets, bound by the brain and held by brain and keeper, so that connections wait in
// the kernel while a program is replaced.
//
// Addresses are literal: "127.0.0.1:8000", "[::1]:80", "[::]:80" or the path of a unix socket.
#pragma once

#include <sys/types.h>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "os/unique_fd.h"

namespace hammock::shell {

inline constexpr int kListenBacklog = 4096;  // the kernel cuts it to net.core.somaxconn

// Stream sockets. A unix socket whose owner is gone is replaced; its new mode is 0666 minus the
// umask. kBusy when somebody listens there already: the message names them where that can be found
// out.
Result<os::UniqueFd> listen_on(const std::string& address);

// Whether the socket is bound to the address (a held one may be of an older configuration).
bool is_bound_to(int socket, const std::string& address);

// The same socket out of one of our living programs, when brain and keeper died together; it needs
// the right to trace it. Looks at descriptors 3 … 3 + kListenFdsSearched.
inline constexpr int kListenFdsSearched = 64;
Result<os::UniqueFd> recover_listening(const std::string& address, std::span<const pid_t> programs);

// A non-blocking connection that is under way or done. kInvalid for an address that is none.
Result<os::UniqueFd> begin_connect(const std::string& address);
// 0 connected, EINPROGRESS under way, else why not.
int connect_result(int socket);

}  // namespace hammock::shell
