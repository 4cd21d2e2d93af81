#include "shell/upward.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>

#include "os/unique_fd.h"

namespace hammock::shell {

bool Upward::send(std::string_view message) {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return false;
  address.sun_family = AF_UNIX;
  socket_.copy(address.sun_path, socket_.size());
  if (socket_.starts_with('@')) address.sun_path[0] = '\0';
  os::UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  return sendto(fd.get(), message.data(), message.size(), MSG_NOSIGNAL,
                reinterpret_cast<const sockaddr*>(&address), size) >= 0;
}

bool Upward::status(std::string_view text) {
  if (text == last_ || !send("STATUS=" + std::string(text))) return false;
  last_ = text;
  return true;
}

void Upward::ready() {
  if (!told_ready_) told_ready_ = send("READY=1");
}

void Upward::stopping() {
  send("STOPPING=1");
}

void Upward::alive() {
  send("WATCHDOG=1");
}

}  // namespace hammock::shell
