// After a start: what the ledger says of programs is checked against the processes that are there.
#include <fcntl.h>
#include <unistd.h>

#include "keeper/state.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/process.h"
#include "wire/spec_view.h"

namespace hammock::keeper {
namespace {

using wire::Phase;

// The fields of the spec that are needed while the program runs. A spec that is gone costs them.
void recall_spec(Keeper& k, std::uint32_t slot) {
  SlotState& s = k.slots[slot];
  s.notify_access = static_cast<std::uint8_t>(wire::NotifyAccess::kMain);
  s.instance_uid = ::geteuid();
  // What it said of itself overrules the configuration.
  const std::uint32_t said = k.ledger.slot(slot).data.said.notify_access;
  if (said != 0) s.notify_access = static_cast<std::uint8_t>(said - 1);
  const auto spec = read_spec(k, k.ledger.slot(slot).data.spec);
  if (!spec) return;
  if (said == 0) s.notify_access = static_cast<std::uint8_t>(spec->image().notify_access);
  s.stored_max = spec->image().stored_fds_max;
  s.segment_bytes = spec->image().log_segment_bytes;
  if (spec->has(wire::kSpecUid)) s.instance_uid = spec->image().uid;
  if (spec->has(wire::kSpecNotifyFd) && k.ledger.slot(slot).data.said.ready == 0) {
    open_ready(k, slot, false);
  }
}

// The status that anybody could learn of a process that is no more: nobody's.
void record_unknown_exit(Keeper& k, std::uint32_t slot) {
  wire::Slot& entry = k.ledger.slot(slot);
  k.slots[slot].output_lost = !k.slots[slot].output_was_held;
  const std::uint64_t generation = entry.data.generation;
  if (entry.data.exits[generation % wire::kExitsKept].generation != generation) {
    drain_output_to_end(k, slot);
    record_exit(k, slot, 0, false);
  }
}

void end_tree(Keeper& k, std::uint32_t slot) {
  k.slots[slot].ending = true;
  finish_exit(k, slot);
}

// True when the process is watched now.
bool watch(Keeper& k, std::uint32_t slot, pid_t pid, const os::ProcessIdentity& identity) {
  if (pid <= 1) return false;
  os::UniqueFd pidfd = os::open_pidfd(pid);
  if (!pidfd) return false;
  auto stat = os::proc_stat(pid);
  if (!os::has_identity(pidfd.get(), stat, identity)) return false;
  SlotState& s = k.slots[slot];
  if (k.epoll.add(pidfd.get(), EPOLLIN, tag(Source::kPidfd, slot)) != 0) return false;
  s.pidfd = pidfd.release();
  s.start_ticks = stat ? stat->start_ticks : identity.start_ticks;
  s.is_child = false;
  // Who lives keeps its pipe, until after we had it open too.
  s.output_lost = !s.output_was_held && (!stat || stat->state == 'Z' || stat->state == 'X');
  // Only a session that is its own: a process that was stopped before it left ours, or one that
  // never made one, must not make strangers members of its tree.
  s.session = stat && stat->session == pid ? pid : 0;
  set_main(k, slot, pid);
  wire::SlotWriter(k.ledger.slot(slot))->phase = Phase::kRunning;
  k.ledger.slot(slot).active_us.store(os::monotonic_us());  // what it said meanwhile, nobody heard
  return true;
}

void adopt_running(Keeper& k, std::uint32_t slot) {
  wire::Slot& entry = k.ledger.slot(slot);
  const wire::SlotData& data = entry.data;
  recall_spec(k, slot);
  // Intent without a claim: taking it away means that no child of this generation will ever exec. A
  // life of an older generation means that the keeper died before there could be a child.
  std::uint64_t life = entry.life.load();
  const std::uint64_t unclaimed = wire::make_life(data.generation, 0);
  if (life == unclaimed) {
    entry.life.compare_exchange_strong(life, wire::make_life(data.generation, wire::kRevoked));
    life = entry.life.load();
  }
  const auto generation = static_cast<std::uint32_t>(data.generation);
  if (wire::life_generation(life) != generation || wire::life_pid(life) == wire::kRevoked) {
    auto word = std::uint64_t{static_cast<std::uint32_t>(wire::Stage::kClone)} << 32;
    entry.failure.store(word | ECANCELED);
    record_unknown_exit(k, slot);
    return end_tree(k, slot);
  }
  if (data.exits[data.generation % wire::kExitsKept].generation == data.generation) {
    return end_tree(k, slot);  // the old keeper saw it end
  }
  const os::ProcessIdentity identity{data.pidfs_inode, data.start_ticks};
  if (watch(k, slot, static_cast<pid_t>(wire::life_pid(life)), identity)) return;
  // Killed while it changed the main process: the two may disagree.
  if (watch(k, slot, data.said.main_pid, identity)) return;
  record_unknown_exit(k, slot);
  end_tree(k, slot);
}

void adopt_slot(Keeper& k, std::uint32_t slot) {
  wire::Slot& entry = k.ledger.slot(slot);
  if ((entry.sequence.load() & 1) != 0) wire::SlotWriter repair(entry);
  if (entry.data.phase == Phase::kFree) return;
  if (int reason = k.file.reserve(slot); reason != 0) say("the runtime directory is full");
  open_slot(k, slot);
  if (entry.data.phase == Phase::kIdle) {
    // Nothing should be there; what is there would overlap the next start.
    if (k.slots[slot].in_leaf) end_tree(k, slot);
    return;
  }
  adopt_running(k, slot);
}

}  // namespace

void adopt_slots(Keeper& k) {
  const std::uint32_t used = std::min(k.ledger.header().slots_used.load(), k.ledger.capacity());
  for (std::uint32_t slot = 0; slot < used; ++slot)
    adopt_slot(k, slot);
}

// We were started by a brain that lives: it is our parent, not our child.
void adopt_brain(Keeper& k, int fd) {
  auto peer = os::peer_credentials(fd);
  if (!peer || peer->pid <= 0) {
    say("descriptor 3 is not a link; starting a brain");
    return start_brain(k);
  }
  k.brain.pid = peer->pid;
  k.brain.pidfd = os::open_pidfd(peer->pid).release();
  if (k.brain.pidfd < 0) {
    k.brain = Brain{};
    ::close(fd);
    return start_brain(k);
  }
  k.epoll.add(k.brain.pidfd, EPOLLIN, tag(Source::kBrainPidfd));
  k.ledger.header().brain_pid = peer->pid;
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
  open_link(k, fd);
  expect_greeting(k);
}

// Running programs whose notify socket nobody gave back: theirs died with its last holder, so a new
// one takes its name.
void renew_notify_sockets(Keeper& k) {
  for (std::uint32_t slot = 0; slot < k.slots_end; ++slot) {
    SlotState& s = k.slots[slot];
    if (s.pid == 0 || s.notify != 0) continue;
    os::Path path;
    notify_path(k, slot, path);
    if (::access(path.c_str(), F_OK) == 0) open_notify(k, slot, s.instance_uid);
  }
}

}  // namespace hammock::keeper
