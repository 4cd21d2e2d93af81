#include "keeper/child.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

#include "os/file.h"
#include "os/process.h"

// Of the linker: where the program begins in memory, and where its initialised data ends.
extern "C" char __executable_start;  // NOLINT(bugprone-reserved-identifier)
extern "C" char edata;

#ifndef MADV_POPULATE_READ
constexpr int MADV_POPULATE_READ = 22;
#endif

namespace hammock::keeper {
namespace {

using wire::Stage;

// All of it at once: otherwise each part that we come to is a page fault of its own. Kernels before
// 5.14 do not know how, and then it is.
void map_program() {
  const auto begin = reinterpret_cast<std::uintptr_t>(&__executable_start);
  const auto end = reinterpret_cast<std::uintptr_t>(&edata);
  ::madvise(&__executable_start, end - begin, MADV_POPULATE_READ);
}

// First the identity, then the claim: whoever reads a pid in `life` can check whose it is. When the
// start is no longer ours, a new keeper has revoked it: it believes that we never were, so we end,
// and leave the identity to whom the slot belongs now.
int claim(const ChildPlan& plan) {
  const std::uint64_t mine =
      wire::make_life(plan.generation, static_cast<std::uint32_t>(::getpid()));
  std::uint64_t expected = wire::make_life(plan.generation, 0);
  const os::ProcessIdentity self = os::own_identity();
  const std::uint64_t found = plan.entry->life.load();
  if (found != expected && found != mine) ::_exit(127);
  wire::SlotData& data = plan.entry->data;
  if (self.pidfs_inode != 0) {
    std::atomic_ref(data.pidfs_inode).store(self.pidfs_inode);
  } else if (self.start_ticks != 0) {
    std::atomic_ref(data.start_ticks).store(self.start_ticks);
  } else {
    return ESRCH;
  }
  if (plan.entry->life.compare_exchange_strong(expected, mine) || expected == mine) return 0;
  ::_exit(127);
}

int new_session() {
  // Dispositions are the defaults already: the keeper reset its own. The mask is not.
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  return ::setsid() < 0 ? errno : 0;
}

// The keeper's end of the fifo does not block; the program's must, so it is opened anew: by its
// name, or when that is gone or means another, because somebody was in the runtime directory,
// through our descriptor. That costs a visit to /proc, so it is not the first way.
int open_output_again(const ChildPlan& plan) {
  const os::Path name(plan.runtime.view(), "/out/", plan.slot, ".fifo");
  const int named = ::open(name.c_str(), O_RDWR | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
  struct stat ours{};
  struct stat found{};
  if (named >= 0 && ::fstat(plan.fifo, &ours) == 0 && ::fstat(named, &found) == 0 &&
      ours.st_ino == found.st_ino && ours.st_dev == found.st_dev) {
    return ::fcntl(named, F_SETFL, O_RDWR) == 0 ? named : -1;
  }
  return ::open(os::Path("/proc/self/fd/", plan.fifo).c_str(), O_RDWR | O_NOCTTY);
}

int open_output_streams(const ChildPlan& plan) {
  const int out = open_output_again(plan);
  if (out < 0) return errno;
  int in = ::open("/dev/null", O_RDONLY);
  if (in < 0) return errno;
  // So that the program can open /dev/stdout and /dev/stderr again.
  if (plan.spec.has(wire::kSpecUid)) {
    [[maybe_unused]] int ignored = ::fchown(out, plan.spec.image().uid, static_cast<gid_t>(-1));
  }
  if (::dup2(in, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(out, 2) < 0) return errno;
  return 0;
}

// To 3, 4, 5 … by way of high numbers, so that none overwrites another.
int pass_sockets(ChildPlan& plan) {
  const int first = 3;
  const int count = static_cast<int>(plan.passed.size());
  const bool wants_ready = !plan.ready.view().empty();
  const int ready_at = plan.spec.image().notify_fd;
  if (wants_ready && (ready_at < first || ready_at < first + count || ready_at > 1023))
    return EINVAL;
  const int high = std::max(first + count, wants_ready ? ready_at + 1 : 0);
  int ready = -1;
  if (wants_ready) {
    int opened = ::open(plan.ready.c_str(), O_RDWR | O_CLOEXEC);
    if (opened < 0) return errno;
    ready = ::fcntl(opened, F_DUPFD_CLOEXEC, high);
    if (ready < 0) return errno;
  }
  for (Passed& passed : plan.passed) {
    passed.fd = ::fcntl(passed.fd, F_DUPFD_CLOEXEC, high);
    if (passed.fd < 0) return errno;
  }
  ::close_range(static_cast<unsigned>(first), ~0U, CLOSE_RANGE_CLOEXEC);
  int at = first;
  for (const Passed& passed : plan.passed) {
    if (::dup2(passed.fd, at++) < 0) return errno;
  }
  if (wants_ready && ::dup2(ready, ready_at) < 0) return errno;
  return 0;
}

int copy_secret(const char* source, const char* target, uid_t uid) {
  os::UniqueFd from(::open(source, O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!from) return errno;
  ::unlink(target);
  os::UniqueFd to(::open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0400));
  if (!to) return errno;
  std::array<char, 4096> part;
  while (true) {
    ssize_t count = os::read_all(from.get(), part);
    if (count < 0) return static_cast<int>(-count);
    if (count == 0) break;
    ssize_t written = os::write_all(to.get(), {part.data(), static_cast<std::size_t>(count)});
    if (written < 0) return static_cast<int>(-written);
  }
  return ::fchmod(to.get(), 0400) != 0 || ::fchown(to.get(), uid, static_cast<gid_t>(-1)) != 0
             ? errno
             : 0;
}

int copy_secrets(const ChildPlan& plan) {
  const wire::SpecImage& image = plan.spec.image();
  if (image.secrets.count == 0) return 0;
  const uid_t uid = plan.spec.has(wire::kSpecUid) ? image.uid : static_cast<uid_t>(-1);
  if (::mkdir(plan.secrets.c_str(), 0700) != 0 && errno != EEXIST) return errno;
  if (::chown(plan.secrets.c_str(), uid, static_cast<gid_t>(-1)) != 0) return errno;
  for (std::uint32_t i = 0; i < image.secrets.count; ++i) {
    os::Path target(plan.secrets.view(), "/", plan.spec.secret_name(i));
    if (!target.fits()) return ENAMETOOLONG;
    int reason = copy_secret(plan.spec.secret_source(i), target.c_str(), uid);
    if (reason != 0) return reason;
  }
  return 0;
}

int change_directory(const ChildPlan& plan) {
  const char* directory = plan.spec.directory();
  ::umask(plan.spec.image().file_mode_mask);
  return ::chdir(directory[0] == '\0' ? "/" : directory) != 0 ? errno : 0;
}

}  // namespace

void give_up(const ChildPlan& plan, Stage stage, int reason) {
  auto word = std::uint64_t{static_cast<std::uint32_t>(stage)} << 32;
  plan.entry->failure.store(word | static_cast<std::uint32_t>(reason));
  ::_exit(127);
}

void run_child(ChildPlan& plan) {
  map_program();
  auto step = [&](Stage stage, int reason) {
    if (reason != 0) give_up(plan, stage, reason);
  };
  step(Stage::kClaim, claim(plan));
  step(Stage::kSession, new_session());
  step(Stage::kOutput, open_output_streams(plan));
  step(Stage::kSockets, pass_sockets(plan));
  step(Stage::kSecrets, copy_secrets(plan));
  step(Stage::kLimits, set_limits(plan));
  step(Stage::kPriority, set_priority(plan));
  step(Stage::kCapabilities, drop_bounding_set(plan));
  step(Stage::kGroups, set_groups(plan));
  step(Stage::kUser, set_user(plan));
  step(Stage::kCapabilities, set_capabilities(plan));
  step(Stage::kDirectory, change_directory(plan));
  if (plan.spec.has(wire::kSpecNoNewPrivileges)) {
    step(Stage::kNoNewPrivileges, ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ? errno : 0);
  }
  step(Stage::kExec, become_program(plan));
  ::_exit(127);
}

}  // namespace hammock::keeper
