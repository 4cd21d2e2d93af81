// The link to the brain. It never blocks and loses nothing that matters: "slot changed" is a bit
// per slot, set until it was sent; answers wait in a short queue, and orders are not read while
// that is almost full.
#include <algorithm>

#include "keeper/state.h"
#include "os/channel.h"

namespace hammock::keeper {
namespace {

constexpr int kOrdersPerTurn = 256;

// True when it left; else the link is full, and EPOLLOUT is awaited.
bool send(Keeper& k, const wire::HintMessage& hint, int fd = -1) {
  int reason = os::send_packet(k.link.fd, os::bytes_of(hint), fd);
  if (reason == 0) return true;
  if (reason == EAGAIN || reason == ENOBUFS || reason == ETOOMANYREFS)
    k.link.blocked = true;
  else
    link_lost(k);
  return false;
}

wire::HintMessage hint_of(wire::Hint kind) {
  wire::HintMessage hint;
  hint.hint = kind;
  return hint;
}

bool send_hold(Keeper& k, const wire::Hold& hold, int fd) {
  wire::HintMessage hint = hint_of(wire::Hint::kHold);
  hint.slot = hold.slot;
  hint.hold = hold;
  return send(k, hint, fd);
}

bool send_holds(Keeper& k) {
  for (std::size_t i = 0; i < k.held_end; ++i) {
    Held& held = k.held[i];
    if (held.fd == 0 || held.sent) continue;
    if (!send_hold(k, held.hold, held.fd)) return false;
    held.sent = true;
  }
  for (std::uint32_t slot = 0; slot < k.slots_end; ++slot) {
    SlotState& s = k.slots[slot];
    if (s.notify == 0 || s.notify_sent) continue;
    wire::Hold hold;
    hold.kind = wire::HoldKind::kNotify;
    hold.slot = slot;
    if (!send_hold(k, hold, s.notify)) return false;
    s.notify_sent = true;
  }
  k.link.holds_dirty = false;
  return true;
}

bool send_greeting(Keeper& k) {
  if (!k.link.hello_sent) {
    wire::HintMessage hello = hint_of(wire::Hint::kHello);
    hello.value = wire::kLinkVersion;
    if (!send(k, hello)) return false;
    k.link.hello_sent = true;
  }
  if (k.link.holds_dirty && !send_holds(k)) return false;
  if (!k.link.holds_sent) {
    if (!send(k, hint_of(wire::Hint::kHoldsDone))) return false;
    k.link.holds_sent = true;
  }
  return true;
}

bool send_changes(Keeper& k) {
  for (std::uint32_t slot = 0; slot < k.slots_end && k.link.changed_count > 0; ++slot) {
    if (!k.link.changed[slot]) continue;
    wire::HintMessage hint = hint_of(wire::Hint::kChanged);
    hint.slot = slot;
    hint.generation = k.ledger.slot(slot).data.generation;
    if (!send(k, hint)) return false;
    k.link.changed[slot] = false;
    --k.link.changed_count;
  }
  return true;
}

bool send_replies(Keeper& k) {
  while (k.link.count > 0) {
    if (!send(k, k.replies[k.link.head])) return false;
    // Back to the start when empty: the queue then takes few pages.
    k.link.head = --k.link.count == 0 ? 0 : (k.link.head + 1) % kReplyQueueMax;
  }
  return true;
}

void await(Keeper& k) {
  std::uint32_t events = (k.link.throttled ? 0U : std::uint32_t{EPOLLIN}) |
                         (k.link.blocked ? std::uint32_t{EPOLLOUT} : 0U);
  k.epoll.change(k.link.fd, events, tag(Source::kLink));
}

bool has_room(const Keeper& k) {
  return k.link.count + kReplyQueueRoom <= kReplyQueueMax;
}

}  // namespace

void open_link(Keeper& k, int fd) {
  k.link = Link{};
  k.link.fd = fd;
  k.link.holds_dirty = true;
  for (std::size_t i = 0; i < k.held_end; ++i)
    k.held[i].sent = false;
  for (std::uint32_t slot = 0; slot < k.slots_end; ++slot)
    k.slots[slot].notify_sent = false;
  k.epoll.add(fd, EPOLLIN, tag(Source::kLink));
}

void close_link(Keeper& k) {
  if (k.link.fd != 0) k.epoll.remove(k.link.fd);
  close_fd(k.link.fd);
  forget_answers(k);
}

void flush_link(Keeper& k) {
  if (k.link.fd == 0) return;
  const bool was_blocked = k.link.blocked;
  const bool was_throttled = k.link.throttled;
  k.link.blocked = false;
  const bool all = send_greeting(k) && send_changes(k) && send_replies(k);
  if (k.link.fd == 0) return;
  HAMMOCK_ASSERT(all || k.link.blocked);
  k.link.throttled = !has_room(k);
  if (k.link.blocked != was_blocked || k.link.throttled != was_throttled) await(k);
}

void receive_orders(Keeper& k) {
  for (int i = 0; i < kOrdersPerTurn && k.link.fd != 0 && has_room(k); ++i) {
    wire::OrderMessage order;
    os::UniqueFd fd;
    switch (os::receive_packet(k.link.fd, os::bytes_into(order), fd)) {
      case os::Received::kNothing:
        return;
      case os::Received::kClosed:
        return link_lost(k);
      case os::Received::kPacket:
        obey(k, order, std::move(fd));
    }
  }
}

void changed(Keeper& k, std::uint32_t slot) {
  if (k.link.fd == 0 || k.link.changed[slot]) return;
  k.link.changed[slot] = true;
  ++k.link.changed_count;
}

void reply(Keeper& k, const wire::HintMessage& hint) {
  if (k.link.fd == 0 || k.link.count == kReplyQueueMax) return;
  k.replies[(k.link.head + k.link.count++) % kReplyQueueMax] = hint;
}

}  // namespace hammock::keeper
