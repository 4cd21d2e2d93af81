// What the test programs share: writing whole blocks, waiting without a clock tick, reading
// options. These programs play the user's programs, good and bad, so they use nothing of Hammock.
#pragma once

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace program {

inline volatile sig_atomic_t term_seen = 0;
inline volatile sig_atomic_t hup_seen = 0;

// Installs a handler without SA_RESTART, so that a blocked write or poll returns.
inline void on_signal(int number, void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  sigaction(number, &action, nullptr);
}
inline void catch_term() {
  on_signal(SIGTERM, [](int) { term_seen = 1; });
  on_signal(SIGINT, [](int) { term_seen = 1; });
}

// False when a signal or an error came before anything was written. A block of at most PIPE_BUF
// bytes is written to a pipe whole or not at all.
inline bool write_block(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n < 0) {
      if (errno == EINTR && term_seen == 0) continue;
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

inline void say(const std::string& line) {
  write_block(STDOUT_FILENO, line + "\n");
}

inline std::int64_t boot_us() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

// Ends early when a signal comes.
inline void pause_us(std::int64_t us) {
  const timespec wait{us / 1'000'000, (us % 1'000'000) * 1000};
  nanosleep(&wait, nullptr);
}

inline void wait_for_term() {
  sigset_t block;
  sigset_t before;
  sigemptyset(&block);
  sigaddset(&block, SIGTERM);
  sigaddset(&block, SIGINT);
  sigprocmask(SIG_BLOCK, &block, &before);
  while (term_seen == 0)
    sigsuspend(&before);
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

// The sd_notify protocol in its smallest form: one datagram to $NOTIFY_SOCKET.
inline bool notify(std::string_view text) {
  const char* path = getenv("NOTIFY_SOCKET");
  if (path == nullptr) return false;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = strnlen(path, sizeof address.sun_path - 1);
  memcpy(address.sun_path, path, length);
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length + 1);
  const auto* where = reinterpret_cast<const sockaddr*>(&address);
  const ssize_t sent = sendto(fd, text.data(), text.size(), MSG_NOSIGNAL, where, size);
  close(fd);
  return sent == static_cast<ssize_t>(text.size());
}

// "--key value" and "--flag" among argv; everything else is positional.
class Options {
 public:
  Options(int argc, char** argv) {
    for (int i = 1; i < argc; ++i)
      words_.emplace_back(argv[i]);
  }
  bool flag(std::string_view name) {
    for (auto it = words_.begin(); it != words_.end(); ++it) {
      if (*it != name) continue;
      words_.erase(it);
      return true;
    }
    return false;
  }
  std::string text(std::string_view name, std::string otherwise = "") {
    for (auto it = words_.begin(); it != words_.end(); ++it) {
      if (*it != name || it + 1 == words_.end()) continue;
      otherwise = *(it + 1);
      words_.erase(it, it + 2);
      break;
    }
    return otherwise;
  }
  std::int64_t number(std::string_view name, std::int64_t otherwise) {
    const std::string value = text(name);
    return value.empty() ? otherwise : strtoll(value.c_str(), nullptr, 10);
  }
  const std::vector<std::string>& rest() const { return words_; }

 private:
  std::vector<std::string> words_;
};

}  // namespace program
