// The brain as a child: started, watched, started again. Never two: the next one starts after the
// last one's end was seen.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "keeper/state.h"
#include "os/channel.h"
#include "os/clock.h"
#include "os/process.h"

namespace hammock::keeper {
namespace {

void restart_later(Keeper& k) {
  std::int64_t delay_us = 0;
  if (!k.brain.answered) {
    delay_us = std::min(kBackoffFirstUs << std::min(k.brain.failures, 10U), kBackoffMaxUs);
    ++k.brain.failures;
  }
  k.brain.answered = false;
  k.brain.start_at_us = os::steady_us() + std::max<std::int64_t>(delay_us, 1);
}

using BrainCommand = std::array<const char*, 6>;

// In a child, which has nothing of the keeper's state.
[[noreturn]] void become_brain(const char* hammock, const BrainCommand& arguments, int link) {
  for (int signal = 1; signal < NSIG; ++signal)
    ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // A ^C at the terminal is for the keeper alone, which tells the brain to stop in order.
  ::setpgid(0, 0);
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  if (link == wire::kLinkFd)
    ::fcntl(link, F_SETFD, 0);
  else
    ::dup2(link, wire::kLinkFd);
  ::execve(hammock, const_cast<char**>(arguments.data()), environ);
  say("cannot execute ", hammock, ": ", std::strerror(errno));
  ::_exit(127);
}

}  // namespace

void start_brain(Keeper& k) {
  k.brain.start_at_us = 0;
  auto pair = os::make_link_pair();
  const char* hammock = k.hammock;
  const BrainCommand arguments = {"hammock",       "brain",  k.runtime.c_str(),
                                  k.state.c_str(), k.config, nullptr};
  pid_t pid = pair ? ::fork() : -1;
  if (pid == 0) become_brain(hammock, arguments, pair->second.get());
  if (pid < 0) {
    say("cannot start the brain: ", std::strerror(errno));
    return restart_later(k);
  }
  k.brain.pid = pid;
  wire::Header& header = k.ledger.header();
  header.brain_pid = pid;
  header.brain_started_us = os::steady_us();
  header.brain_starts.fetch_add(1);
  open_link(k, pair->first.release());
  expect_greeting(k);
}

void link_lost(Keeper& k) {
  close_link(k);
  if (k.brain.pid != 0) k.brain.kill_at_us = os::steady_us() + kBrainPatienceUs;
}

void brain_died(Keeper& k) {
  // What it sent before it died still counts: an order accepted is an order carried out.
  while (k.link.fd != 0) {
    wire::OrderMessage order;
    os::UniqueFd fd;
    if (os::receive_packet(k.link.fd, os::bytes_into(order), fd) != os::Received::kPacket) break;
    obey(k, order, std::move(fd));
  }
  close_link(k);
  if (k.brain.pidfd != 0) k.epoll.remove(k.brain.pidfd);
  close_fd(k.brain.pidfd);
  k.brain.pid = 0;
  k.brain.kill_at_us = 0;
  k.ledger.header().brain_pid = 0;
  if (k.exit_at_us != 0) {
    k.done = true;
    return;
  }
  restart_later(k);
}

}  // namespace hammock::keeper
