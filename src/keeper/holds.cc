// Descriptors that are kept for others: the services' listening sockets, and what programs stored
// with FDSTORE=1. The brain has copies of all of them, and gives them back to a new keeper.
#include <unistd.h>

#include <algorithm>

#include "keeper/state.h"
#include "os/file.h"

namespace hammock::keeper {
namespace {

using wire::HoldKind;

bool same_key(const wire::Hold& a, const wire::Hold& b) {
  return a.kind == b.kind && a.index == b.index && a.service == b.service;
}

Held* find_listening(Keeper& k, const wire::Hold& wanted) {
  for (std::size_t i = 0; i < k.held_end; ++i) {
    if (k.held[i].fd != 0 && same_key(k.held[i].hold, wanted)) return &k.held[i];
  }
  return nullptr;
}

bool stored_already(const Keeper& k, std::uint32_t slot, int fd) {
  for (std::size_t i = 0; i < k.held_end; ++i) {
    const Held& held = k.held[i];
    if (held.fd != 0 && held.hold.kind == HoldKind::kStored && held.hold.slot == slot &&
        os::is_same_open_file(held.fd, fd)) {
      return true;
    }
  }
  return false;
}

std::size_t stored_by(const Keeper& k, std::uint32_t slot) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < k.held_end; ++i) {
    const Held& held = k.held[i];
    count += held.fd != 0 && held.hold.kind == HoldKind::kStored && held.hold.slot == slot ? 1 : 0;
  }
  return count;
}

Held* free_place(Keeper& k) {
  for (std::size_t i = 0; i < k.held_end; ++i) {
    if (k.held[i].fd == 0) return &k.held[i];
  }
  return k.held_end < kHeldMax ? &k.held[k.held_end++] : nullptr;
}

void let_go(Keeper& k, Held& held, bool tell_brain) {
  if (held.watched) k.epoll.remove(held.fd);
  if (tell_brain) {
    wire::HintMessage hint;
    hint.hint = wire::Hint::kReleased;
    hint.slot = held.hold.slot;
    hint.hold = held.hold;
    reply(k, hint);
  }
  if (held.hold.kind == HoldKind::kStored) --k.stored_count;
  close_fd(held.fd);
  held.sent = held.watched = false;
}

int hold_stored(Keeper& k, const wire::Hold& hold, os::UniqueFd fd, HoldFrom from) {
  if (hold.slot >= k.ledger.capacity()) return EINVAL;
  if (stored_already(k, hold.slot, fd.get())) return 0;
  // What is given back was within the bound when it was stored.
  const bool full =
      from == HoldFrom::kProgram && stored_by(k, hold.slot) >= k.slots[hold.slot].stored_max;
  Held* place = full || k.stored_count >= kStoredMax ? nullptr : free_place(k);
  if (place == nullptr) return ENOSPC;
  place->hold = hold;
  place->fd = fd.release();
  place->sent = from == HoldFrom::kBrain;
  // A file cannot hang up, and epoll refuses it: then there is nothing to watch.
  auto index = static_cast<std::uint32_t>(place - k.held.data());
  place->watched =
      (hold.flags & 1) == 0 && k.epoll.add(place->fd, 0, tag(Source::kHeld, index)) == 0;
  ++k.stored_count;
  return 0;
}

int hold_listening(Keeper& k, const wire::Hold& hold, os::UniqueFd fd, HoldFrom from) {
  Held* place = find_listening(k, hold);
  if (place != nullptr)
    let_go(k, *place, false);
  else
    place = free_place(k);
  if (place == nullptr) return ENOSPC;
  place->hold = hold;
  place->fd = fd.release();
  place->sent = from == HoldFrom::kBrain;
  return 0;
}

int hold_notify(Keeper& k, const wire::Hold& hold, os::UniqueFd fd) {
  if (hold.slot >= k.slots_end || !k.slots[hold.slot].defined) return EINVAL;
  if (k.slots[hold.slot].notify != 0) return 0;
  watch_notify(k, hold.slot, fd.release());
  k.slots[hold.slot].notify_sent = true;
  return 0;
}

}  // namespace

int hold(Keeper& k, const wire::Hold& hold, os::UniqueFd fd, HoldFrom from) {
  if (!fd || fd.get() <= 2) return EBADF;
  wire::Hold clean = hold;
  clean.service.back() = '\0';
  clean.name.back() = '\0';
  switch (hold.kind) {
    case HoldKind::kListen:
      return hold_listening(k, clean, std::move(fd), from);
    case HoldKind::kNotify:
      return hold_notify(k, clean, std::move(fd));
    case HoldKind::kStored: {
      int reason = hold_stored(k, clean, std::move(fd), from);
      k.link.holds_dirty = true;
      return reason;
    }
    case HoldKind::kNone:
      break;
  }
  return EINVAL;
}

void release(Keeper& k, const wire::Hold& hold) {
  wire::Hold clean = hold;
  clean.service.back() = '\0';
  if (hold.kind == HoldKind::kStored) {
    clean.name.back() = '\0';
    return drop_stored(k, hold.slot, clean.name.data(), false);
  }
  if (hold.kind != HoldKind::kListen) return;
  if (Held* held = find_listening(k, clean)) let_go(k, *held, false);
}

// An empty name: all of the slot.
void drop_stored(Keeper& k, std::uint32_t slot, std::string_view name, bool tell_brain) {
  for (std::size_t i = 0; i < k.held_end; ++i) {
    Held& held = k.held[i];
    if (held.fd == 0 || held.hold.kind != HoldKind::kStored || held.hold.slot != slot) continue;
    if (name.empty() || name == held.hold.name.data()) let_go(k, held, tell_brain);
  }
}

// The other side of a stored descriptor hung up.
void held_event(Keeper& k, std::uint32_t index) {
  if (index < k.held_end && k.held[index].fd != 0) let_go(k, k.held[index], true);
}

}  // namespace hammock::keeper
