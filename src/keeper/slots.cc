#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "keeper/state.h"
#include "os/file.h"
#include "os/folder.h"

namespace hammock::keeper {

int define_slot(Keeper& k, std::uint32_t slot, std::string_view service, std::uint32_t instance) {
  if (slot >= k.ledger.capacity() || service.empty() || service.size() >= wire::kNameBytes ||
      service.find('/') != std::string_view::npos || service.front() == '.') {
    return EINVAL;
  }
  wire::Slot& entry = k.ledger.slot(slot);
  SlotState& s = k.slots[slot];
  const bool same = entry.data.phase != wire::Phase::kFree && entry.data.name() == service &&
                    entry.data.instance == instance;
  if (same && s.defined) return changed(k, slot), 0;  // whoever asks again has missed the answer
  if (s.defined && (s.pid != 0 || s.ending)) return EBUSY;
  if (int reason = k.file.reserve(slot); reason != 0) return reason;
  if (s.defined) close_output(k, slot);
  {
    wire::SlotWriter writer(entry);
    if (!same) {
      // Generations go on: an exit is known by slot and generation, whoever had the slot.
      writer->exits = {};
      writer->said = {};
      writer->log_segment = 0;
      writer->spec = writer->reflex_spec = 0;
      writer->reflex_tokens = writer->reflexes = 0;
    }
    writer->service = {};
    std::memcpy(writer->service.data(), service.data(), service.size());
    writer->instance = instance;
    writer->phase = wire::Phase::kIdle;
  }
  auto& used = k.ledger.header().slots_used;
  used = std::max(used.load(), slot + 1);
  return open_slot(k, slot);
}

int open_slot(Keeper& k, std::uint32_t slot) {
  SlotState& s = k.slots[slot];
  s.defined = true;
  const bool never_seen = slot >= k.slots_end;
  k.slots_end = std::max(k.slots_end, slot + 1);
  int reason = open_output(k, slot);
  os::Path leaf;
  leaf_path(k, slot, leaf);
  const bool may_exist = !k.groups.view().empty() && !(k.groups_are_new && never_seen);
  s.leaf_exists = may_exist && ::access(leaf.c_str(), F_OK) == 0;
  s.leaf_spoiled = s.leaf_exists;  // by whom and for what it was used, nobody remembers
  s.in_leaf = s.leaf_exists && leaf_populated(k, slot);
  // A kill before we came may have been of an earlier program: it is not held against this one.
  if (s.in_leaf) s.oom_kills = leaf_oom_kills(k, slot);
  changed(k, slot);
  return reason;
}

int forget_slot(Keeper& k, std::uint32_t slot) {
  if (slot >= k.slots_end || !k.slots[slot].defined) return 0;
  SlotState& s = k.slots[slot];
  if (s.pid != 0 || s.ending) return EBUSY;
  drain_output(k, slot);
  if (output_waits(k, slot)) return EBUSY;  // the disk is full: it is kept until there is room
  drop_stored(k, slot, {}, true);
  close_output(k, slot);
  unwatch_notify(k, s);
  close_fd(s.ready_pipe);
  os::Path path(k.runtime.view(), "/out/", slot, ".fifo");
  ::unlink(path.c_str());
  os::Path notify;
  notify_path(k, slot, notify);
  ::unlink(notify.c_str());
  remove_leaf(k, slot);
  forget_secrets(k, slot);
  {
    wire::SlotWriter writer(k.ledger.slot(slot));
    writer->phase = wire::Phase::kFree;
    writer->service = {};
  }
  s.defined = false;
  s.notify_sent = false;
  changed(k, slot);
  return 0;
}

// The folder belongs to the service's user: nothing below an entry is looked at.
void forget_secrets(const Keeper& k, std::uint32_t slot) {
  os::Path folder(k.runtime.view(), "/secrets/", slot);
  os::for_each_entry(folder.c_str(), [&](const char* name, unsigned char) {
    ::unlink(os::Path(folder.view(), "/", name).c_str());
  });
  ::rmdir(folder.c_str());
}

void set_main(Keeper& k, std::uint32_t slot, pid_t pid) {
  k.slots[slot].pid = pid;
  k.main_pids[slot] = pid;
}

std::uint32_t slot_of_pid(const Keeper& k, pid_t pid) {
  auto end = k.main_pids.begin() + k.slots_end;
  auto found = std::find(k.main_pids.begin(), end, pid);
  return found == end ? kSlots : static_cast<std::uint32_t>(found - k.main_pids.begin());
}

}  // namespace hammock::keeper
