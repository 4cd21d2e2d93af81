#include <poll.h>
#include <signal.h>

#include <cerrno>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/order.h"
#include "os/file.h"
#include "os/process.h"

namespace hammock::cli {
namespace {

constexpr std::chrono::seconds kKeeperEndsWithin{60};
constexpr int kLookAgainMs = 200;
constexpr std::chrono::seconds kStuckAfter{10};
constexpr std::chrono::seconds kDyingWithin{1};

// What still runs, for the progress line; empty when nobody can tell.
std::string what_runs(const Session& session) {
  std::size_t programs = look_around(session.places).programs;
  return programs == 0 ? "waiting for Hammock to end"
                       : "stopping: programs still running: " + std::to_string(programs);
}

struct LiveKeeper {
  pid_t pid;
  os::UniqueFd handle;
};

// The lock may name a keeper for an instant longer than it lives.
std::optional<LiveKeeper> find_keeper(const Session& session) {
  while (auto pid = await_keeper(session)) {
    if (os::UniqueFd handle = os::open_pidfd(*pid)) return LiveKeeper{*pid, std::move(handle)};
    if (errno != ESRCH) break;
    poll(nullptr, 0, kLookAgainMs);
  }
  return std::nullopt;
}

// Until the process is gone; false when it outlives the deadline. Services may take as long as
// their `stop` says, so the deadline begins anew whenever one more has ended.
bool wait_for_end(const Session& session, int pidfd, Progress& progress) {
  Deadline deadline = deadline_in(kKeeperEndsWithin);
  std::size_t before = look_around(session.places).programs;
  for (;;) {
    pollfd one{pidfd, POLLIN, 0};
    if (poll(&one, 1, kLookAgainMs) > 0) return true;
    std::size_t now = look_around(session.places).programs;
    if (now != before) deadline = deadline_in(kKeeperEndsWithin);
    before = now;
    progress.show(what_runs(session));
    if (std::chrono::steady_clock::now() >= deadline) return false;
  }
}

// Without a keeper: the last ones may be dying just now.
bool programs_end(const Session& session) {
  Deadline deadline = deadline_in(kDyingWithin);
  while (look_around(session.places).programs > 0) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    poll(nullptr, 0, kLookAgainMs);
  }
  return true;
}

// A brain that lives and says nothing would let nobody leave. It may be killed at any moment, and
// the keeper starts another, which goes on from the journal and the ledger.
void replace_stuck_brain(const Session& session) {
  Deadline deadline = deadline_in(kStuckAfter);
  while (std::chrono::steady_clock::now() < deadline) {
    auto status = brain_status(session);
    if (status || status.error().code == ErrorCode::kNotPermitted) return;
    poll(nullptr, 0, kLookAgainMs);
  }
  pid_t brain = os::lock_holder(session.places.runtime + "/brain.lock");
  if (brain <= 0 || kill(brain, SIGKILL) != 0) return;
  session.err.write("the brain (pid " + std::to_string(brain) + ") has said nothing for " +
                    std::to_string(kStuckAfter.count()) +
                    " s; it was killed, and the keeper starts another\n");
}

}  // namespace

int run_down(const Session& session, const Invocation&) {
  auto keeper = find_keeper(session);
  if (!keeper) return say_not_running(session);
  replace_stuck_brain(session);
  Progress progress(session.out);
  auto end = give_order(session.places.control(), {"down", ""},
                        [&](std::string_view text) { progress.show(printable(text)); });
  if (end && end->state != "done") {
    progress.clear();
    return say(session, end->state == "refused" ? Exit::kRefused : Exit::kAgain,
               printable(end->message));
  }
  if (!end && end.error().code == ErrorCode::kNotPermitted) return say(session, end.error());
  while (true) {
    if (!end) {
      // The brain is dead or dumb. The keeper starts it again and tells it to stop everything.
      int failed = os::pidfd_signal(keeper->handle.get(), SIGTERM);
      if (failed == EPERM) {
        return say(session, Exit::kNotPermitted,
                   "the keeper (pid " + std::to_string(keeper->pid) + ") is not yours to stop");
      }
      progress.show("the brain does not answer; the keeper was told to stop");
    }
    if (!wait_for_end(session, keeper->handle.get(), progress)) {
      progress.clear();
      return say(session, Exit::kAgain,
                 "the keeper (pid " + std::to_string(keeper->pid) +
                     ") has not ended yet; `hammock status` shows what it waits for");
    }
    if (end) break;
    // Nobody has said that all has stopped: it may have been killed instead.
    keeper = find_keeper(session);
    if (!keeper && !programs_end(session)) return say_not_running(session);
    if (!keeper) break;
  }
  progress.clear();
  session.out.write("Everything has stopped.\n");
  return code(Exit::kDone);
}

}  // namespace hammock::cli
