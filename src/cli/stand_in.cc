#include "cli/stand_in.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>

#include "os/file.h"
#include "os/ledger_file.h"
#include "os/poll.h"
#include "os/process.h"
#include "os/service_manager.h"

namespace hammock::cli {
namespace {

constexpr int kLookAgainMs = 20;

std::string_view manager_socket() {
  const char* socket = std::getenv("NOTIFY_SOCKET");
  return socket == nullptr ? "" : socket;
}

bool ended_in_order(const Session& session) {
  auto file = os::LedgerFile::read(session.places.ledger());
  return file && file->ledger().header().shutting_down != 0;
}

// Who lives has what the manager kept for the dead. Held here as well, a socket that nobody serves
// any more would stay open.
// True when there was something.
bool drop_given() {
  const int count = os::given_descriptors();
  if (count > 0) {
    ::close_range(os::kGivenFirst, static_cast<unsigned>(os::kGivenFirst + count - 1), 0);
  }
  os::forget_given_descriptors();
  return count > 0;
}

}  // namespace

bool is_managed() {
  return !manager_socket().empty();
}

std::optional<int> stand_in(const Session& session) {
  const bool had_given = drop_given();
  auto signals = os::make_signals({SIGTERM, SIGINT, SIGHUP});
  if (!signals) return say(session, signals.error());
  os::tell_service_manager(manager_socket(), "READY=1");
  int stop = 0;
  bool reload = false;
  while (auto keeper = await_keeper(session)) {
    os::UniqueFd handle = os::open_pidfd(*keeper);
    if (!handle) {
      ::poll(nullptr, 0, kLookAgainMs);
      continue;
    }
    // Every keeper is told: the one before may have died with what it was told.
    if (stop != 0) os::pidfd_signal(handle.get(), stop);
    if (reload && os::pidfd_signal(handle.get(), SIGHUP) == 0) reload = false;
    std::array<pollfd, 2> polled{{{handle.get(), POLLIN, 0}, {signals->get(), POLLIN, 0}}};
    ::poll(polled.data(), polled.size(), -1);
    while (int signal = os::next_signal(signals->get())) {
      if (signal == SIGHUP)
        reload = true;
      else
        stop = signal;
    }
    if ((polled[0].revents & POLLIN) != 0 && ended_in_order(session)) return code(Exit::kDone);
  }
  if (ended_in_order(session)) return code(Exit::kDone);
  if (stop != 0) {
    ::kill(::getpid(), stop);
    return std::nullopt;
  }
  // Only a new process is given them again.
  if (had_given) return code(Exit::kAgain);
  return std::nullopt;
}

}  // namespace hammock::cli
