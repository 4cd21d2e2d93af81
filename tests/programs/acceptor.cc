// acceptor [--delay-ms N] [--work-ms N] [--name TEXT] [--notify] [--never-ready]: serves on every
// socket of LISTEN_FDS: reads one line from each connection, answers "TEXT PID\n", closes. Waits N
// milliseconds before it is ready, and works N milliseconds on each answer. On TERM it finishes
// what it has accepted.
#include <fcntl.h>

#include "program.h"

namespace {

void serve(int connection, const std::string& answer, std::int64_t work_ms) {
  const timeval limit{5, 0};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  char byte = 0;
  while (byte != '\n') {
    const ssize_t n = read(connection, &byte, 1);
    if (n == 0 || (n < 0 && errno != EINTR)) break;
  }
  if (work_ms > 0) program::pause_us(work_ms * 1000);
  std::string_view left = answer;
  while (!left.empty()) {
    const ssize_t n = send(connection, left.data(), left.size(), MSG_NOSIGNAL);
    if (n < 0 && errno != EINTR) break;
    if (n > 0) left.remove_prefix(static_cast<std::size_t>(n));
  }
  close(connection);
}

}  // namespace

int main(int argc, char** argv) {
  program::Options options(argc, argv);
  const auto delay_ms = options.number("--delay-ms", 0);
  const auto work_ms = options.number("--work-ms", 0);
  const std::string answer =
      options.text("--name", "acceptor") + " " + std::to_string(getpid()) + "\n";
  const bool notify = options.flag("--notify");
  const bool never_ready = options.flag("--never-ready");
  const char* count = getenv("LISTEN_FDS");
  const char* owner = getenv("LISTEN_PID");
  if (count == nullptr || owner == nullptr || std::stoi(owner) != getpid()) return 5;

  // TERM is let in only while waiting: whatever was accepted is answered.
  sigset_t term;
  sigset_t waiting;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigprocmask(SIG_BLOCK, &term, &waiting);
  program::catch_term();
  std::vector<pollfd> sockets;
  for (int fd = 3; fd < 3 + std::stoi(count); ++fd) {
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    sockets.push_back({fd, POLLIN, 0});
  }
  if (delay_ms > 0) program::pause_us(delay_ms * 1000);
  if (notify && !never_ready) program::notify("READY=1");
  program::say("serving on " + std::to_string(sockets.size()) + " sockets");
  while (program::term_seen == 0) {
    if (ppoll(sockets.data(), sockets.size(), nullptr, &waiting) < 0) continue;
    for (const pollfd& socket : sockets) {
      if ((socket.revents & POLLIN) == 0) continue;
      const int connection = accept4(socket.fd, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection >= 0) serve(connection, answer, work_ms);
    }
  }
  return 0;
}
