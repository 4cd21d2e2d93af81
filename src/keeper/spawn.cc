// Starting a program, the parent's side.
#include <fcntl.h>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "keeper/child.h"
#include "keeper/state.h"
#include "os/cgroup.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/process.h"
#include "wire/spec.h"

namespace hammock::keeper {
namespace {

using wire::Stage;

#ifndef CLONE_CLEAR_SIGHAND
constexpr std::uint64_t CLONE_CLEAR_SIGHAND = 0x100000000ULL;
#endif
#ifndef CLONE_INTO_CGROUP
constexpr std::uint64_t CLONE_INTO_CGROUP = 0x200000000ULL;
#endif

// From here on a new generation exists, whatever happens to it. A keeper killed before the clone
// leaves a life without pid: the next one revokes it.
std::uint64_t write_intent(Keeper& k, std::uint32_t slot, std::uint64_t spec, bool by_reflex) {
  wire::Slot& entry = k.ledger.slot(slot);
  wire::SlotWriter writer(entry);
  const std::uint64_t generation = writer->generation + 1;
  entry.failure.store(0);
  writer->said = {};
  writer->start_ticks = writer->pidfs_inode = 0;
  writer->spec = spec;
  writer->started_us = os::steady_us();
  entry.active_us.store(os::monotonic_us());
  writer->started_wall_us = os::wall_us();
  // The order of these counts: see docs/formats/ledger.md.
  std::atomic_ref(writer->phase).store(wire::Phase::kStarting);
  std::atomic_ref(writer->generation).store(generation);
  entry.life.store(wire::make_life(generation, 0));
  if (by_reflex) {
    ++writer->reflexes;
    std::atomic_ref(writer->reflex_tokens).fetch_sub(1);
    wire::ExitRecord& last = writer->exits[(generation - 1) % wire::kExitsKept];
    std::atomic_ref(last.by_reflex).store(1);
  } else {
    writer->reflex_tokens = 0;
  }
  return generation;
}

// A start that never came to a child ends like one that failed there.
void fail_start(Keeper& k, std::uint32_t slot, Stage stage, int reason) {
  wire::Slot& entry = k.ledger.slot(slot);
  std::uint64_t none = wire::make_life(entry.data.generation, 0);
  entry.life.compare_exchange_strong(none, wire::make_life(entry.data.generation, wire::kRevoked));
  auto word = std::uint64_t{static_cast<std::uint32_t>(stage)} << 32;
  entry.failure.store(word | static_cast<std::uint32_t>(reason));
  record_exit(k, slot, 127 << 8, true);
  wire::SlotWriter(entry)->phase = wire::Phase::kIdle;
  changed(k, slot);
}

bool pass(ChildPlan& plan, int fd, std::string_view name) {
  Passed passed{fd, {}};
  if (name.size() >= passed.name.size()) return false;
  name.copy(passed.name.data(), name.size());
  return plan.passed.push(passed);
}

// The service's sockets in order of their index, then what the program has stored.
int collect_passed(const Keeper& k, ChildPlan& plan) {
  const std::string_view service = plan.entry->data.name();
  const std::uint32_t wanted = plan.spec.image().listen_names.count;
  for (std::uint32_t index = 0; index < wanted; ++index) {
    const Held* found = nullptr;
    for (std::size_t i = 0; i < k.held_end && found == nullptr; ++i) {
      const Held& held = k.held[i];
      if (held.fd != 0 && held.hold.kind == wire::HoldKind::kListen && held.hold.index == index &&
          service == held.hold.service.data()) {
        found = &held;
      }
    }
    if (found == nullptr) return EBADF;
    if (!pass(plan, found->fd, plan.spec.listen_name(index))) return EMFILE;
  }
  for (std::size_t i = 0; i < k.held_end; ++i) {
    const Held& held = k.held[i];
    if (held.fd == 0 || held.hold.kind != wire::HoldKind::kStored || held.hold.slot != plan.slot) {
      continue;
    }
    if (!pass(plan, held.fd, held.hold.name.data())) return EMFILE;
  }
  return 0;
}

int prepare_channels(Keeper& k, ChildPlan& plan) {
  SlotState& s = k.slots[plan.slot];
  const wire::SpecImage& image = plan.spec.image();
  s.instance_uid = plan.spec.has(wire::kSpecUid) ? image.uid : ::geteuid();
  s.notify_access = static_cast<std::uint8_t>(image.notify_access);
  s.stored_max = image.stored_fds_max;
  s.segment_bytes = image.log_segment_bytes;
  if (s.fifo == 0) {
    if (int reason = open_output(k, plan.slot); reason != 0) return reason;
  }
  plan.fifo = s.fifo;
  if (plan.spec.has(wire::kSpecNotify)) {
    if (int reason = open_notify(k, plan.slot, s.instance_uid); reason != 0) return reason;
    notify_path(k, plan.slot, plan.notify);
  }
  if (plan.spec.has(wire::kSpecNotifyFd)) {
    if (int reason = open_ready(k, plan.slot, true); reason != 0) return reason;
    ready_path(k, plan.slot, plan.ready);
  }
  return collect_passed(k, plan);
}

// A limit that stands in the spec and cannot be set is a failed start, never a silent one.
int limit_leaf(Keeper& k, const ChildPlan& plan, bool has_leaf) {
  const wire::SpecImage& image = plan.spec.image();
  os::Path leaf;
  leaf_path(k, plan.slot, leaf);
  auto limit = [&](wire::SpecBits bit, std::string_view file, std::string_view value) {
    if (!has_leaf) return plan.spec.has(bit) ? EOPNOTSUPP : 0;
    int reason = os::cgroup_write(leaf.c_str(), file, plan.spec.has(bit) ? value : "max");
    return plan.spec.has(bit) ? reason : 0;
  };
  if (has_leaf && !k.group_memory && !plan.spec.has(wire::kSpecMemoryMax) &&
      !plan.spec.has(wire::kSpecProcessesMax) && !plan.spec.has(wire::kSpecCpuPercent)) {
    return 0;
  }
  int reason =
      limit(wire::kSpecMemoryMax, "memory.max", os::FixedText<24>(image.memory_max).view());
  if (reason != 0) return reason;
  reason =
      limit(wire::kSpecProcessesMax, "pids.max", os::FixedText<24>(image.processes_max).view());
  if (reason != 0) return reason;
  return limit(wire::kSpecCpuPercent, "cpu.max",
               os::FixedText<48>(image.cpu_percent * 1000, " 100000").view());
}

// The pid in the parent, 0 in the child, negative errno. `pidfd` is the parent's handle.
long clone_child(int leaf, int& pidfd) {
  clone_args arguments{};
  arguments.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND;
  arguments.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  arguments.exit_signal = SIGCHLD;
  if (leaf >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = static_cast<std::uint64_t>(leaf);
  }
  long pid = ::syscall(SYS_clone3, &arguments, sizeof arguments);
  return pid < 0 ? -errno : pid;
}

void publish(Keeper& k, const ChildPlan& plan, pid_t pid, os::UniqueFd pidfd, bool in_leaf) {
  SlotState& s = k.slots[plan.slot];
  set_main(k, plan.slot, pid);
  s.session = pid;
  s.is_child = true;
  s.in_leaf = in_leaf;
  s.ending = s.killing = s.output_lost = false;
  s.reap_until_us = 0;
  s.start_ticks = 0;
  s.oom_kills = in_leaf ? leaf_oom_kills(k, plan.slot) : 0;
  std::uint64_t inode = os::pidfd_inode(pidfd.get());
  std::uint64_t ticks = 0;
  if (inode == 0) {
    if (auto stat = os::proc_stat(pid)) ticks = stat->start_ticks;
  }
  wire::SlotWriter writer(*plan.entry);
  writer->pidfs_inode = inode;
  if (ticks != 0) std::atomic_ref(writer->start_ticks).store(ticks);
  std::uint64_t expected = wire::make_life(plan.generation, 0);
  plan.entry->life.compare_exchange_strong(
      expected, wire::make_life(plan.generation, static_cast<std::uint32_t>(pid)));
  writer->phase = wire::Phase::kRunning;
}

// On the stack it would be cleared for every start, and copied because the child has it too.
constinit AllPassed passed;

// The spec being started, and behind it what its child builds. It lies at the end of the heap,
// where the table of pages is that every process has: each further table costs all starts. To map
// the file instead costs a tenth of a start.
std::span<char> start_memory() {
  constexpr std::size_t size = wire::kSpecBytesMax + 1 + kChildBytesMax;
  static void* const memory = ::sbrk(size + alignof(wire::SpecImage));
  if (reinterpret_cast<std::intptr_t>(memory) == -1) return {};
  const auto gap = -reinterpret_cast<std::uintptr_t>(memory) % alignof(wire::SpecImage);
  return {static_cast<char*>(memory) + gap, size};
}

}  // namespace

bool take_start_memory() {
  return !start_memory().empty();
}

std::expected<wire::SpecView, int> read_spec(const Keeper& k, std::uint64_t hash) {
  os::Path path(k.runtime.view(), "/spec/");
  path.add_hex(hash);
  const std::span<char> memory = start_memory();
  const ssize_t count = os::read_small(path.c_str(), memory.first(wire::kSpecBytesMax + 1));
  if (count < 0) return std::unexpected(static_cast<int>(-count));
  const std::string_view image(memory.data(), static_cast<std::size_t>(count));
  if (wire::spec_hash(image) != hash) return std::unexpected(EBADMSG);
  auto view = wire::SpecView::open(image);
  if (!view) return std::unexpected(EBADMSG);
  return *view;
}

void spawn(Keeper& k, std::uint32_t slot, std::uint64_t spec, SpawnReason reason) {
  const std::uint64_t generation = write_intent(k, slot, spec, reason.by_reflex);
  const auto image = read_spec(k, spec);
  if (!image) return fail_start(k, slot, Stage::kSpec, image.error());
  ChildPlan plan{.runtime = k.runtime,
                 .identity = k.identity,
                 .descriptor_soft_limit = k.descriptor_soft_limit,
                 .entry = &k.ledger.slot(slot),
                 .spec = *image,
                 .slot = slot,
                 .generation = generation,
                 .passed = passed,
                 .memory = start_memory().subspan(image->image().bytes)};
  if (!passed.empty()) passed.clear();  // not written in vain: children share the page
  plan.secrets.add(k.runtime.view()).add("/secrets/").add(slot);
  if (int error = prepare_channels(k, plan); error != 0) {
    return fail_start(k, slot, Stage::kSockets, error);
  }
  os::UniqueFd leaf(make_leaf(k, slot));
  if (int error = limit_leaf(k, plan, static_cast<bool>(leaf)); error != 0) {
    return fail_start(k, slot, Stage::kLimits, error);
  }
  int pidfd = -1;
  long pid = clone_child(leaf.get(), pidfd);
  bool in_leaf = static_cast<bool>(leaf);
  if (pid < 0 && leaf && pid != -EAGAIN && pid != -ENOMEM && limit_leaf(k, plan, false) == 0) {
    // This kernel, or this place in the tree, does not let us: without a cgroup then.
    in_leaf = false;
    pid = clone_child(-1, pidfd);
  }
  if (pid == 0) run_child(plan);
  if (pid < 0) return fail_start(k, slot, Stage::kClone, static_cast<int>(-pid));
  publish(k, plan, static_cast<pid_t>(pid), os::UniqueFd(pidfd), in_leaf);
  changed(k, slot);
}

}  // namespace hammock::keeper
