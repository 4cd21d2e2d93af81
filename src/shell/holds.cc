#include "shell/holds.h"

#include <poll.h>

#include <algorithm>

#include "os/file.h"
#include "shell/link.h"
#include "wire/hold_name.h"

namespace hammock::shell {
namespace {

bool is_hung_up(int fd) {
  pollfd state{fd, 0, 0};
  return poll(&state, 1, 0) == 1 && (state.revents & (POLLHUP | POLLERR)) != 0;
}

}  // namespace

bool same_hold(const wire::Hold& a, const wire::Hold& b) {
  if (a.kind != b.kind) return false;
  if (a.kind == wire::HoldKind::kListen) return a.index == b.index && a.service == b.service;
  if (a.slot != b.slot) return false;
  return a.kind == wire::HoldKind::kNotify || (a.index == b.index && a.name == b.name);
}

wire::Hold listen_hold(std::string_view service, std::uint32_t index, std::string_view name) {
  wire::Hold hold;
  hold.kind = wire::HoldKind::kListen;
  hold.index = index;
  copy_text(hold.service, service);
  copy_text(hold.name, name);
  return hold;
}

void HoldBook::keep(const wire::Hold& hold, os::UniqueFd fd, bool known_to_keeper) {
  auto found = std::ranges::find_if(held_, [&](const Held& held) {
    bool stored = hold.kind == wire::HoldKind::kStored;
    return same_hold(held.hold, hold) &&
           (!stored || os::is_same_open_file(held.fd.get(), fd.get()));
  });
  if (found != held_.end()) {
    const bool is_same = os::is_same_open_file(found->fd.get(), fd.get());
    if (!is_same) left(*found);
    const bool known_to_manager = is_same && found->known_to_manager;
    *found = {hold, std::move(fd), known_to_keeper, known_to_manager};
  } else if (held_.size() < kHoldsMax) {
    held_.push_back({hold, std::move(fd), known_to_keeper});
    // Of an address that was changed the manager may still have the socket before.
    if (hold.kind == wire::HoldKind::kListen) left(held_.back());
  }
  manager_is_behind_ = true;
}

// The manager, which may have it from a brain before us, drops all that have the name; the others
// are given to it again.
void HoldBook::left(const Held& held) {
  std::string name = wire::name_of_hold(held.hold);
  if (name.empty()) return;
  gone_.push_back(std::move(name));
  for (Held& other : held_) {
    if (same_hold(other.hold, held.hold)) other.known_to_manager = false;
  }
  manager_is_behind_ = true;
}

void HoldBook::drop(const wire::Hold& hold) {
  auto chosen = held_.end();
  for (auto held = held_.begin(); held != held_.end(); ++held) {
    if (!same_hold(held->hold, hold)) continue;
    if (chosen == held_.end() || is_hung_up(held->fd.get())) chosen = held;
  }
  if (chosen == held_.end()) return;
  left(*chosen);
  held_.erase(chosen);
}

int HoldBook::find(const wire::Hold& hold) const {
  auto found = std::ranges::find_if(held_, [&](const Held& h) { return same_hold(h.hold, hold); });
  return found == held_.end() ? -1 : found->fd.get();
}

void HoldBook::forget_who_knows() {
  for (Held& held : held_)
    held.known_to_keeper = false;
}

void HoldBook::give(const std::function<void(const wire::Hold&, int fd)>& give) {
  for (Held& held : held_) {
    if (!held.known_to_keeper) give(held.hold, held.fd.get());
    held.known_to_keeper = true;
  }
}

bool HoldBook::tell_manager(const std::function<bool(const std::string& name)>& drop,
                            const std::function<bool(const wire::Hold&, int fd)>& keep) {
  if (!manager_is_behind_) return true;
  while (!gone_.empty()) {
    if (!drop(gone_.back())) return false;
    gone_.pop_back();
  }
  for (Held& held : held_) {
    if (held.known_to_manager || wire::name_of_hold(held.hold).empty()) continue;
    if (!keep(held.hold, held.fd.get())) return false;
    held.known_to_manager = true;
  }
  manager_is_behind_ = false;
  return true;
}

std::vector<wire::Hold> HoldBook::drop_listening(
    const std::function<bool(std::string_view service, std::uint32_t index)>& wanted) {
  std::vector<wire::Hold> dropped;
  std::erase_if(held_, [&](const Held& held) {
    bool drops = held.hold.kind == wire::HoldKind::kListen &&
                 !wanted(held.hold.service.data(), held.hold.index);
    if (drops) {
      dropped.push_back(held.hold);
      gone_.push_back(wire::name_of_hold(held.hold));
    }
    return drops;
  });
  manager_is_behind_ |= !gone_.empty();
  return dropped;
}

}  // namespace hammock::shell
