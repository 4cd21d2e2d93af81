// Packets with at most one descriptor beside them, over SOCK_SEQPACKET: what the link is made of.
#pragma once

#include <span>
#include <utility>

#include "base/result.h"
#include "os/unique_fd.h"

namespace hammock::os {

// A connected pair, close-on-exec, both ends non-blocking.
Result<std::pair<UniqueFd, UniqueFd>> make_link_pair();

// One whole packet, `fd` with it unless -1. 0, or errno: EAGAIN when the other side does not keep
// up, EPIPE or ECONNRESET when it is gone. Never blocks, never raises SIGPIPE.
int send_packet(int socket, std::span<const char> bytes, int fd = -1);

enum class Received { kPacket, kNothing, kClosed };
// One whole packet of exactly into.size() bytes. Packets of any other size are a broken peer:
// kClosed. Descriptors beyond the first are closed.
Received receive_packet(int socket, std::span<char> into, UniqueFd& fd);

template <class T>
std::span<const char> bytes_of(const T& message) {
  return {reinterpret_cast<const char*>(&message), sizeof message};
}
template <class T>
std::span<char> bytes_into(T& message) {
  return {reinterpret_cast<char*>(&message), sizeof message};
}

}  // namespace hammock::os
