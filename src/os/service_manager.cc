#include "os/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>

#include "os/channel.h"
#include "os/unique_fd.h"

namespace hammock::os {
namespace {

constexpr int kGivenMost = 65536;

int number_in(const char* variable) {
  const char* text = std::getenv(variable);
  const std::string_view digits(text == nullptr ? "" : text);
  int number = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && end == digits.data() + digits.size() ? number : 0;
}

}  // namespace

bool tell_service_manager(std::string_view socket, std::string_view message, int fd) {
  sockaddr_un address{};
  if (socket.empty() || socket.size() >= sizeof address.sun_path) return false;
  address.sun_family = AF_UNIX;
  socket.copy(address.sun_path, socket.size());
  if (socket.starts_with('@')) address.sun_path[0] = '\0';
  UniqueFd from(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket.size());
  if (::connect(from.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) return false;
  errno = send_packet(from.get(), message, fd);
  return errno == 0;
}

int given_descriptors() {
  if (number_in("LISTEN_PID") != ::getpid()) return 0;
  const int count = number_in("LISTEN_FDS");
  return count > 0 && count <= kGivenMost ? count : 0;
}

void forget_given_descriptors() {
  for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
    ::unsetenv(variable);
}

}  // namespace hammock::os
