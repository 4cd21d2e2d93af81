#include "shell/holds.h"

#include <poll.h>
#include <sys/stat.h>

#include <algorithm>

#include "shell/link.h"

namespace hammock::shell {
namespace {

bool is_same_object(int a, int b) {
  struct stat first{};
  struct stat second{};
  return fstat(a, &first) == 0 && fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

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
    return same_hold(held.hold, hold) && (!stored || is_same_object(held.fd.get(), fd.get()));
  });
  if (found != held_.end()) {
    *found = {hold, std::move(fd), known_to_keeper};
  } else if (held_.size() < kHoldsMax) {
    held_.push_back({hold, std::move(fd), known_to_keeper});
  }
}

void HoldBook::drop(const wire::Hold& hold) {
  auto chosen = held_.end();
  for (auto held = held_.begin(); held != held_.end(); ++held) {
    if (!same_hold(held->hold, hold)) continue;
    if (chosen == held_.end() || is_hung_up(held->fd.get())) chosen = held;
  }
  if (chosen != held_.end()) held_.erase(chosen);
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

std::vector<wire::Hold> HoldBook::drop_listening(
    const std::function<bool(std::string_view service, std::uint32_t index)>& wanted) {
  std::vector<wire::Hold> dropped;
  std::erase_if(held_, [&](const Held& held) {
    bool drops = held.hold.kind == wire::HoldKind::kListen &&
                 !wanted(held.hold.service.data(), held.hold.index);
    if (drops) dropped.push_back(held.hold);
    return drops;
  });
  return dropped;
}

}  // namespace hammock::shell
