#include "shell/listen.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>

#include "base/text.h"
#include "os/file.h"
#include "os/process.h"

namespace hammock::shell {
namespace {

struct SocketAddress {
  sockaddr_storage bytes{};
  socklen_t size = 0;
  bool is_unix() const { return bytes.ss_family == AF_UNIX; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&bytes); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&bytes); }
  in_port_t port() const {
    return ntohs(bytes.ss_family == AF_INET
                     ? reinterpret_cast<const sockaddr_in&>(bytes).sin_port
                     : reinterpret_cast<const sockaddr_in6&>(bytes).sin6_port);
  }
};

Result<SocketAddress> parse(const std::string& text) {
  SocketAddress address;
  if (text.starts_with('/')) {
    auto& path = reinterpret_cast<sockaddr_un&>(address.bytes);
    if (text.size() >= sizeof path.sun_path) {
      return fail(ErrorCode::kInvalid, text + " is too long for a unix socket");
    }
    path.sun_family = AF_UNIX;
    text.copy(path.sun_path, text.size());
    address.size = sizeof path;
    return address;
  }
  std::size_t colon = text.rfind(':');
  auto port = colon == std::string::npos ? std::nullopt : parse_decimal(text.substr(colon + 1));
  if (port && *port >= 1 && *port <= 65535) {
    std::string host = text.substr(0, colon);
    auto& v4 = reinterpret_cast<sockaddr_in&>(address.bytes);
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address.bytes);
    if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
      v4.sin_family = AF_INET;
      v4.sin_port = htons(static_cast<in_port_t>(*port));
      address.size = sizeof v4;
      return address;
    }
    if (host.starts_with('[') && host.ends_with(']') &&
        inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &v6.sin6_addr) == 1) {
      v6.sin6_family = AF_INET6;
      v6.sin6_port = htons(static_cast<in_port_t>(*port));
      address.size = sizeof v6;
      return address;
    }
  }
  return fail(ErrorCode::kInvalid, "'" + text + "' is not an address such as 127.0.0.1:8000");
}

// The inode of the socket that listens on this TCP port, from /proc/net (proc(5)).
std::optional<std::string> listening_inode(const SocketAddress& address) {
  const char* table = address.bytes.ss_family == AF_INET ? "/proc/net/tcp" : "/proc/net/tcp6";
  auto text = os::read_file(table);
  if (!text) return std::nullopt;
  for (std::string_view line : split(*text, '\n')) {
    std::vector<std::string_view> fields;
    for (std::string_view field : split(line, ' ')) {
      if (!field.empty()) fields.push_back(field);
    }
    if (fields.size() < 10 || fields[3] != "0A") continue;  // 0A: LISTEN
    std::string_view port = fields[1].substr(fields[1].rfind(':') + 1);
    unsigned number = 0;
    std::from_chars(port.data(), port.data() + port.size(), number, 16);
    if (number == address.port()) return std::string(fields[9]);
  }
  return std::nullopt;
}

using Folder = std::unique_ptr<DIR, decltype([](DIR* folder) { closedir(folder); })>;

bool has_socket(const std::string& process, const std::string& link) {
  Folder fds(opendir((process + "/fd").c_str()));
  if (!fds) return false;
  while (const dirent* entry = readdir(fds.get())) {
    std::array<char, 64> target{};
    ssize_t size = readlinkat(dirfd(fds.get()), entry->d_name, target.data(), target.size());
    if (size > 0 && link == std::string_view(target.data(), static_cast<std::size_t>(size))) {
      return true;
    }
  }
  return false;
}

// " by nginx (pid 12)", or nothing when that is hidden from us.
std::string holder_of(const SocketAddress& address) {
  if (address.is_unix()) return {};
  auto inode = listening_inode(address);
  Folder processes(opendir("/proc"));
  if (!inode || !processes) return {};
  std::string link = "socket:[" + *inode + "]";
  while (const dirent* entry = readdir(processes.get())) {
    if (!parse_decimal(entry->d_name)) continue;
    std::string process = std::string("/proc/") + entry->d_name;
    if (!has_socket(process, link)) continue;
    std::string name(trim(os::read_file(process + "/comm").value_or("?")));
    return " by " + printable(name) + " (pid " + entry->d_name + ")";
  }
  return {};
}

// A unix socket file that nobody listens on is what a dead program left behind. Any other file is
// not ours to remove, though connect(2) says the same of it.
bool is_abandoned(const std::string& path, const SocketAddress& address) {
  struct stat file{};
  if (lstat(path.c_str(), &file) != 0 || !S_ISSOCK(file.st_mode)) return false;
  os::UniqueFd probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return connect(probe.get(), address.get(), address.size) != 0 && errno == ECONNREFUSED;
}

}  // namespace

Result<os::UniqueFd> listen_on(const std::string& text) {
  auto address = parse(text);
  if (!address) return std::unexpected(address.error());
  os::UniqueFd fd(socket(address->bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail_errno("make a socket for " + text);
  int yes = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (address->bytes.ss_family == AF_INET6) {
    setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
  }
  if (address->is_unix() && is_abandoned(text, *address)) unlink(text.c_str());
  // bind(2) or, between two sockets with SO_REUSEADDR, listen(2) says that the place is taken.
  if (bind(fd.get(), address->get(), address->size) != 0 || listen(fd.get(), kListenBacklog) != 0) {
    int error = errno;
    if (error == EADDRINUSE) {
      return fail(ErrorCode::kBusy, text + " is in use" + holder_of(*address));
    }
    return fail_errno("listen on " + text, error);
  }
  // The program gets it blocking, as it would be from systemd; O_NONBLOCK is shared with all
  // copies.
  int flags = fcntl(fd.get(), F_GETFL);
  fcntl(fd.get(), F_SETFL, flags & ~O_NONBLOCK);
  return fd;
}

bool is_bound_to(int socket, const std::string& text) {
  auto address = parse(text);
  SocketAddress bound;
  bound.size = sizeof bound.bytes;
  if (!address || getsockname(socket, bound.get(), &bound.size) != 0) return false;
  if (address->is_unix()) {
    return bound.is_unix() && text == reinterpret_cast<const sockaddr_un&>(bound.bytes).sun_path;
  }
  return bound.size == address->size && std::memcmp(&bound.bytes, &address->bytes, bound.size) == 0;
}

Result<os::UniqueFd> recover_listening(const std::string& address,
                                       std::span<const pid_t> programs) {
  for (pid_t pid : programs) {
    os::UniqueFd process = os::open_pidfd(pid);
    if (!process) continue;
    for (int number = 3; number < 3 + kListenFdsSearched; ++number) {
      os::UniqueFd copy(static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), number, 0)));
      if (!copy) {
        if (errno == EPERM) break;
        continue;
      }
      int listening = 0;
      socklen_t size = sizeof listening;
      bool listens = getsockopt(copy.get(), SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 &&
                     listening != 0;
      if (listens && is_bound_to(copy.get(), address)) return copy;
    }
  }
  return fail(ErrorCode::kNotFound, "none of its programs gives " + address + " back");
}

Result<os::UniqueFd> begin_connect(const std::string& text) {
  auto address = parse(text);
  if (!address) return std::unexpected(address.error());
  os::UniqueFd fd(socket(address->bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail_errno("make a socket");
  if (connect(fd.get(), address->get(), address->size) != 0 && errno != EINPROGRESS) {
    return fail_errno("connect to " + text);
  }
  return fd;
}

int connect_result(int socket) {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  if (error != 0) return error;
  SocketAddress peer;
  peer.size = sizeof peer.bytes;
  return getpeername(socket, peer.get(), &peer.size) == 0 ? 0 : EINPROGRESS;
}

}  // namespace hammock::shell
