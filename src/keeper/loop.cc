#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>

#include "base/hash.h"
#include "keeper/keeper.h"
#include "keeper/state.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/folder.h"
#include "os/process.h"
#include "os/service_manager.h"

namespace hammock::keeper {
namespace {

constexpr int kExitSystem = 71;
constexpr int kExitTryAgain = 75;

// Descriptors 0, 1 and 2 must be taken, or a fifo could become "standard error". After them comes
// what we were given: the link, or what a service manager kept.
void settle_descriptors(bool adopt) {
  int fd = 0;
  do {
    fd = ::open("/dev/null", O_RDWR);
  } while (fd >= 0 && fd < 3 && !(adopt && fd == 3));
  if (fd > 2) ::close(fd);
  ::close_range(3 + static_cast<unsigned>(adopt ? 1 : os::given_descriptors()), ~0U, 0);
}

int refuse(const Error& error) {
  say(error.message);
  return error.code == ErrorCode::kBusy ? kExitTryAgain : kExitSystem;
}

Result<void> take_locks(Keeper& k) {
  for (std::string_view folder : {k.runtime.view(), k.state.view()}) {
    int reason =
        os::make_folders(std::string(folder).c_str(), folder == k.state.view() ? 0750 : 0711);
    if (reason != 0) return fail_errno("cannot create " + std::string(folder), reason);
  }
  auto runtime = os::lock_file(std::string(k.runtime.view()) + "/keeper.lock");
  if (!runtime) {
    return within("another keeper has this runtime directory", std::move(runtime).error());
  }
  k.runtime_lock = std::move(*runtime);
  auto state = os::lock_file(std::string(k.state.view()) + "/keeper.lock");
  if (state) {
    k.state_lock = std::move(*state);
    return {};
  }
  if (state.error().code == ErrorCode::kBusy) {
    return within("another keeper has this state directory", std::move(state).error());
  }
  // A state directory that cannot be written costs logs and history, not the programs.
  say(state.error().message, "; going on without");
  return {};
}

Result<void> open_world(Keeper& k) {
  HAMMOCK_TRY(take_locks(k));
  for (const char* folder : {"out", "notify", "secrets", "spec"}) {
    os::Path path(k.runtime.view(), "/", folder);
    int reason = os::make_folders(path.c_str(), 0711);
    if (reason != 0) return fail_errno("cannot create " + std::string(path.view()), reason);
  }
  auto file = os::LedgerFile::create(std::string(k.runtime.view()) + "/ledger", kSlots);
  if (!file) return std::unexpected(std::move(file).error());
  k.file = std::move(*file);
  k.ledger = k.file.ledger();
  if (k.ledger.capacity() > kSlots) return fail(ErrorCode::kCorrupt, "the ledger is too large");
  auto epoll = os::Epoll::make();
  auto outputs = os::Epoll::make();
  if (!epoll) return std::unexpected(std::move(epoll).error());
  if (!outputs) return std::unexpected(std::move(outputs).error());
  k.epoll = std::move(*epoll);
  k.outputs = std::move(*outputs);
  auto signals = os::make_signals({SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGPIPE, SIGUSR1, SIGUSR2});
  if (!signals) return std::unexpected(std::move(signals).error());
  k.signals = std::move(*signals);
  k.epoll.add(k.signals.get(), EPOLLIN, tag(Source::kSignals));
  k.epoll.add(k.outputs.fd(), EPOLLIN, tag(Source::kOutputs));
  return {};
}

void take_identity(Keeper& k) {
  struct stat info{};
  ::stat(k.runtime.c_str(), &info);
  os::FixedText<700> text(k.runtime.view(), ":", os::boot_id().data(), ":", info.st_dev);
  k.identity = fnv1a(text.view());
}

void read_signals(Keeper& k) {
  while (int signal = os::next_signal(k.signals.get())) {
    if (signal == SIGTERM || signal == SIGINT) ask_to_stop(k, signal);
    if (signal == SIGHUP) ask_to_reload(k);
  }
  reap(k);
}

void dispatch(Keeper& k, const epoll_event& event) {
  auto index = static_cast<std::uint32_t>(event.data.u64);
  switch (static_cast<Source>(event.data.u64 >> 32)) {
    case Source::kSignals:
      return read_signals(k);
    case Source::kLink:
      if ((event.events & EPOLLOUT) != 0) flush_link(k);
      return receive_orders(k);
    case Source::kOutputs:
      return drain_outputs(k, os::steady_us());
    case Source::kBrainPidfd:
      return brain_died(k);
    case Source::kFifo:
      return;  // lives in the other set
    case Source::kNotify:
      return drain_notify(k, index);
    case Source::kReady:
      return drain_ready(k, index);
    case Source::kPidfd:
      return foreign_exit(k, index, os::steady_us());
    case Source::kHeld:
      return held_event(k, index);
  }
}

void check_slot(Keeper& k, std::uint32_t slot, std::int64_t now_us) {
  SlotState& s = k.slots[slot];
  if (s.output_retry_us != 0 && s.output_retry_us <= now_us) retry_output(k, slot);
  if (s.check_us == 0 || s.check_us > now_us) return;
  s.check_us = 0;
  if (s.reap_until_us != 0)
    foreign_exit(k, slot, now_us);
  else if (s.ending)
    finish_exit(k, slot);
  else if (s.killing)
    kill_tree(k, slot, SIGKILL);
}

void run_timers(Keeper& k, std::int64_t now_us) {
  auto due = [&](std::int64_t at_us) { return at_us != 0 && at_us <= now_us; };
  if (due(k.pace_until_us)) drain_outputs(k, now_us);
  if (due(k.brain.start_at_us)) start_brain(k);
  check_answers(k, now_us);
  if (due(k.brain.kill_at_us)) {
    k.brain.kill_at_us = 0;
    if (k.brain.pidfd != 0)
      os::pidfd_signal(k.brain.pidfd, SIGKILL);
    else if (k.brain.pid != 0)
      ::kill(k.brain.pid, SIGKILL);
  }
  if (due(k.exit_at_us)) k.done = true;
  // Backwards: an entry that leaves is replaced by the last one.
  for (std::size_t i = k.waiting.size(); i-- > 0;) {
    std::uint32_t slot = k.waiting[i];
    check_slot(k, slot, now_us);
    SlotState& s = k.slots[slot];
    if (s.check_us != 0 || s.output_retry_us != 0) continue;
    s.waiting = false;
    k.waiting.remove_at(i);
  }
}

// Milliseconds until the next deadline; -1 when there is none, and then we sleep until something
// happens.
int timeout_ms(const Keeper& k) {
  std::int64_t next = 0;
  auto consider = [&](std::int64_t at_us) {
    if (at_us != 0 && (next == 0 || at_us < next)) next = at_us;
  };
  consider(k.pace_until_us);
  consider(k.brain.start_at_us);
  consider(k.brain.kill_at_us);
  consider(answer_due_us(k.asked));
  consider(k.asked.alive_at_us);
  consider(k.exit_at_us);
  for (std::uint32_t slot : k.waiting) {
    consider(k.slots[slot].check_us);
    consider(k.slots[slot].output_retry_us);
  }
  if (next == 0) return -1;
  std::int64_t wait_us = std::max<std::int64_t>(next - os::steady_us(), 0);
  return static_cast<int>(std::min<std::int64_t>((wait_us + 999) / 1000, 60'000));
}

void turn(Keeper& k) {
  ask_brain(k);
  flush_link(k);
  std::array<epoll_event, kEventsPerTurn> events;
  std::size_t count = k.epoll.wait(events, timeout_ms(k));
  for (std::size_t i = 0; i < count; ++i)
    dispatch(k, events[i]);
  run_timers(k, os::steady_us());
}

void begin(Keeper& k, const Options& options) {
  wire::Header& header = k.ledger.header();
  header.shutting_down = 0;
  header.keeper_pid = ::getpid();
  header.keeper_started_us = os::steady_us();
  header.keeper_starts.fetch_add(1);
  take_identity(k);
  find_groups(k);
  adopt_slots(k);
  if (options.adopt) return adopt_brain(k, wire::kLinkFd);
  take_given(k);
  start_brain(k);
}

// Nothing runs any more: nobody needs the environments and the copies of the secrets.
void leave_no_secrets(const Keeper& k) {
  for (std::uint32_t slot = 0; slot < k.slots_end; ++slot)
    forget_secrets(k, slot);
  os::Path folder(k.runtime.view(), "/spec");
  os::for_each_entry(folder.c_str(), [&](const char* name, unsigned char) {
    ::unlink(os::Path(folder.view(), "/", name).c_str());
  });
}

// Children do not inherit it: each page that they share would be copied at the next write, theirs
// or ours, and each table of pages for every start. What they need is in their plan.
struct Memory {
  Tables tables;  // all zero is what it is made to be
  Keeper keeper;
};

Result<Memory*> map_memory() {
  void* memory =
      ::mmap(nullptr, sizeof(Memory), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return fail_errno("no memory");
  ::madvise(memory, sizeof(Memory), MADV_DONTFORK);
  return static_cast<Memory*>(memory);
}

}  // namespace

void wait_until(Keeper& k, std::uint32_t slot, std::int64_t& field, std::int64_t at_us) {
  field = at_us;
  SlotState& s = k.slots[slot];
  if (s.waiting) return;
  s.waiting = k.waiting.push(slot);
  HAMMOCK_ASSERT(s.waiting);
}

Result<Options> parse_arguments(int count, char** values) {
  const bool adopt = count == 6 && std::string_view(values[5]) == "--adopt";
  if (count != 5 && !adopt) {
    return fail(ErrorCode::kInvalid,
                "usage: hammock-keeper RUNTIME_DIR STATE_DIR HAMMOCK CONFIG [--adopt]");
  }
  Options options{values[1], values[2], values[3], values[4], adopt};
  for (const std::string* path : {&options.runtime, &options.state, &options.hammock}) {
    if (path->empty() || path->front() != '/') {
      return fail(ErrorCode::kInvalid, "'" + *path + "' is not an absolute path");
    }
    if (path->size() > 255) return fail(ErrorCode::kInvalid, "'" + *path + "' is too long");
  }
  return options;
}

int run(const Options& options) {
  settle_descriptors(options.adopt);
  auto memory = map_memory();
  if (!memory) return refuse(memory.error());
  if (!take_start_memory()) return refuse(fail_errno("no memory", ENOMEM).error());
  const os::Path runtime(options.runtime);
  const os::Path state(options.state);
  Keeper& k = *new (&(*memory)->keeper) Keeper(runtime, state, (*memory)->tables);
  k.hammock = options.hammock.c_str();
  k.config = options.config.c_str();
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  k.descriptor_soft_limit = limit.rlim_cur;
  k.descriptors_max = os::raise_descriptor_limit();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::umask(022);
  for (int signal = 1; signal < NSIG; ++signal)
    ::signal(signal, SIG_DFL);
  if (auto opened = open_world(k); !opened) return refuse(opened.error());
  begin(k, options);
  while (!k.done)
    turn(k);
  if (k.ledger.header().shutting_down != 0) {
    leave_no_secrets(k);
    remove_groups(k);
  }
  k.ledger.header().keeper_pid = 0;
  return k.exit_value;
}

}  // namespace hammock::keeper
