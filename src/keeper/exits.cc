// How programs end. The order of writes is what makes a kill at any instruction harmless: the exit
// is in the ledger before the zombie is reaped, the phase returns to Idle after the whole tree is
// gone, and the next start begins after that.
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "keeper/state.h"
#include "os/clock.h"
#include "os/process.h"

namespace hammock::keeper {
namespace {

bool reflex_allowed(const Keeper& k, const SlotState& s, const wire::SlotData& data,
                    const wire::ExitRecord& exit) {
  if (data.reflex_tokens == 0 || data.reflex_spec == 0 || !k.holds_done) return false;
  if (s.killing || s.pending_spec != 0 || k.asked.stop_signal != 0 || k.exit_at_us != 0)
    return false;
  if (exit.status_known == 0 || exit.stage != wire::Stage::kNone) return false;
  if (!WIFEXITED(exit.wait_status)) return true;
  auto code = static_cast<unsigned>(WEXITSTATUS(exit.wait_status));
  return (data.no_reflex[code / 8] >> (code % 8) & 1) == 0;
}

// The tree is empty: the slot is free for the next start.
void settle(Keeper& k, std::uint32_t slot) {
  SlotState& s = k.slots[slot];
  drain_output_to_end(k, slot);
  drain_notify(k, slot, kDatagramsAtEnd);
  close_fd(s.ready_pipe);
  s.is_child = false;
  wire::Slot& entry = k.ledger.slot(slot);
  const wire::ExitRecord exit = entry.data.exits[entry.data.generation % wire::kExitsKept];
  const bool reflex = s.ending && reflex_allowed(k, s, entry.data, exit);
  const std::uint64_t spec = s.pending_spec != 0 ? s.pending_spec : entry.data.reflex_spec;
  const bool start = s.pending_spec != 0 || reflex;
  s.ending = s.killing = false;
  s.pending_spec = 0;
  s.check_us = s.check_backoff_us = 0;
  s.session = 0;
  {
    wire::SlotWriter writer(entry);
    writer->phase = wire::Phase::kIdle;
  }
  changed(k, slot);
  if (start) spawn(k, slot, spec, {.by_reflex = reflex});
}

}  // namespace

void record_exit(Keeper& k, std::uint32_t slot, int status, bool status_known) {
  wire::Slot& entry = k.ledger.slot(slot);
  SlotState& s = k.slots[slot];
  const std::uint64_t generation = entry.data.generation;
  wire::ExitRecord exit;
  exit.generation = generation;
  exit.wall_us = os::wall_us();
  exit.ran_us = entry.data.started_us == 0 ? -1 : os::steady_us() - entry.data.started_us;
  exit.pid = static_cast<std::int32_t>(wire::life_pid(entry.life.load()));
  exit.wait_status = status;
  exit.status_known = status_known ? 1 : 0;
  exit.was_ready = entry.data.said.ready;
  std::uint64_t failure = entry.failure.load();
  exit.stage = static_cast<wire::Stage>(failure >> 32);
  exit.stage_errno = static_cast<std::int32_t>(failure & 0xffffffff);
  const bool may_lack = s.output_lost || output_waits(k, slot);
  exit.output_known = may_lack && exit.stage == wire::Stage::kNone ? 0 : 1;
  if (s.in_leaf) exit.oom = leaf_oom_kills(k, slot) > s.oom_kills ? 1 : 0;
  wire::SlotWriter writer(entry);
  wire::ExitRecord& place = writer->exits[generation % wire::kExitsKept];
  // The generation last: it says that the rest is there.
  place = {};
  std::atomic_thread_fence(std::memory_order_release);
  const std::uint64_t number = exit.generation;
  exit.generation = 0;
  place = exit;
  std::atomic_ref(place.generation).store(number, std::memory_order_release);
}

void main_exited(Keeper& k, std::uint32_t slot, int status, bool status_known) {
  SlotState& s = k.slots[slot];
  // What it said and wrote before it died counts as said and written before.
  drain_notify(k, slot, kDatagramsAtEnd);
  drain_ready(k, slot);
  drain_output_to_end(k, slot);
  record_exit(k, slot, status, status_known);
  if (s.is_child) {
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(s.pid), &info, WEXITED | WNOHANG);
  }
  close_fd(s.pidfd);
  set_main(k, slot, 0);
  s.reap_until_us = 0;
  s.ending = true;
  s.check_backoff_us = 0;
  finish_exit(k, slot);
}

void finish_exit(Keeper& k, std::uint32_t slot) {
  SlotState& s = k.slots[slot];
  if (tree_lives(k, slot)) {
    kill_tree(k, slot, SIGKILL);
    changed(k, slot);
    return;
  }
  if (s.leaf_spoiled && !remove_leaf(k, slot)) {
    wait_until(k, slot, s.check_us, os::steady_us() + kBackoffFirstUs);
    return;
  }
  settle(k, slot);
}

// The main process ended and is not our child: somebody else reaps it. The zombie may tell, or the
// kernel after it was reaped; if neither does in time, its status is unknown.
void foreign_exit(Keeper& k, std::uint32_t slot, std::int64_t now_us) {
  SlotState& s = k.slots[slot];
  if (s.pidfd == 0 || s.pid == 0) return;
  siginfo_t info{};
  constexpr auto kPidfdType = static_cast<idtype_t>(3);  // P_PIDFD
  if (::waitid(kPidfdType, static_cast<id_t>(s.pidfd), &info, WEXITED | WNOHANG | WNOWAIT) == 0) {
    // A grandchild that became ours when its parent ended.
    if (info.si_pid == 0) return;
    s.is_child = true;
  }
  if (auto status = os::exit_status(s.pidfd, s.pid, s.start_ticks)) {
    return main_exited(k, slot, *status, true);
  }
  if (s.reap_until_us == 0) {
    // Level-triggered input would wake us until it is reaped; the hang-up comes without being
    // asked.
    k.epoll.change(s.pidfd, 0, tag(Source::kPidfd, slot));
    s.reap_until_us = now_us + kReapPatienceUs;
    wait_until(k, slot, s.check_us, s.reap_until_us);
  } else if (now_us >= s.reap_until_us) {
    main_exited(k, slot, 0, false);
  }
}

void reap(Keeper& k) {
  while (true) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return;
    std::uint32_t slot = slot_of_pid(k, info.si_pid);
    if (slot != kSlots) {
      int status = info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
      if (info.si_code == CLD_DUMPED) status |= 0x80;
      k.slots[slot].is_child = true;
      main_exited(k, slot, status, true);
      continue;
    }
    ::waitid(P_PID, static_cast<id_t>(info.si_pid), &info, WEXITED | WNOHANG);
    if (info.si_pid == k.brain.pid && k.brain.pid != 0) brain_died(k);
  }
}

}  // namespace hammock::keeper
