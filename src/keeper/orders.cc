// What the brain orders. An order that names a generation is void when the slot has moved on.
#include <csignal>
#include <cstring>

#include "keeper/state.h"
#include "os/clock.h"
#include "os/process.h"

namespace hammock::keeper {
namespace {

using wire::Order;
using wire::OrderMessage;

void refuse(Keeper& k, const OrderMessage& order, int reason) {
  wire::HintMessage hint;
  hint.hint = wire::Hint::kRefused;
  hint.slot = order.slot;
  hint.generation = order.generation;
  hint.value = reason;
  hint.about = order.order;
  reply(k, hint);
}

bool known(const Keeper& k, const OrderMessage& order) {
  return order.slot < k.slots_end && k.slots[order.slot].defined;
}

bool current(const Keeper& k, const OrderMessage& order) {
  return k.ledger.slot(order.slot).data.generation == order.generation;
}

int order_spawn(Keeper& k, const OrderMessage& order) {
  if (!k.holds_done) return EAGAIN;
  if (!known(k, order)) return ENOENT;
  if (!current(k, order)) return ESTALE;
  SlotState& s = k.slots[order.slot];
  if (s.pid != 0) return EBUSY;
  if (s.ending) {
    // The old tree is being killed: start when it is gone.
    s.pending_spec = order.spec;
    return 0;
  }
  spawn(k, order.slot, order.spec, {});
  return 0;
}

int order_signal(Keeper& k, const OrderMessage& order) {
  if (!known(k, order)) return ENOENT;
  if (!current(k, order)) return ESTALE;
  if (order.value < 1 || order.value > SIGRTMAX) return EINVAL;
  const auto signal = static_cast<int>(order.value);
  SlotState& s = k.slots[order.slot];
  if (order.order == Order::kSignalGroup) {
    if (s.pid == 0 && !s.ending) return ESRCH;
    kill_tree(k, order.slot, signal);
    return 0;
  }
  if (s.pid == 0) return ESRCH;
  if (s.pidfd != 0) return os::pidfd_signal(s.pidfd, signal);
  return ::kill(s.pid, signal) != 0 ? errno : 0;
}

int order_kill(Keeper& k, const OrderMessage& order) {
  if (!known(k, order)) return ENOENT;
  if (!current(k, order)) return ESTALE;
  SlotState& s = k.slots[order.slot];
  s.pending_spec = 0;
  if (s.pid == 0 && !s.ending) return ESRCH;
  s.killing = true;
  kill_tree(k, order.slot, SIGKILL);
  return 0;
}

int order_arm(Keeper& k, const OrderMessage& order) {
  if (!known(k, order)) return ENOENT;
  if (!current(k, order)) return ESTALE;
  if (order.value < 0 || order.value > wire::kReflexTokensMax) return EINVAL;
  wire::SlotWriter writer(k.ledger.slot(order.slot));
  writer->reflex_tokens = static_cast<std::uint32_t>(order.value);
  writer->reflex_spec = order.spec;
  writer->no_reflex = order.no_reflex;
  return 0;
}

int order_slot_thing(Keeper& k, const OrderMessage& order) {
  if (!known(k, order)) return ENOENT;
  if (order.order == Order::kDropStored)
    drop_stored(k, order.slot, {}, true);
  else
    next_segment(k, order.slot);
  return 0;
}

int greet(Keeper& k, const OrderMessage& order) {
  if (order.value == wire::kLinkVersion) return 0;
  say("the brain speaks version ", order.value, " of the link; it must be restarted");
  link_lost(k);
  return EPROTO;
}

int holds_done(Keeper& k) {
  k.holds_done = true;
  k.brain.answered = true;
  k.brain.failures = 0;
  brain_greeted(k);
  renew_notify_sockets(k);
  return 0;
}

int shut_down(Keeper& k, const OrderMessage& order) {
  k.exit_value = static_cast<int>(order.value & 0xff);
  k.ledger.header().shutting_down = 1;
  // The brain ends by itself, and its end is ours; a brain that hangs may not keep us.
  k.exit_at_us = os::steady_us() + kBrainPatienceUs;
  return 0;
}

int pong(Keeper& k, const OrderMessage& order) {
  wire::HintMessage hint;
  hint.hint = wire::Hint::kPong;
  hint.value = order.value;
  reply(k, hint);
  return 0;
}

int carry_out(Keeper& k, const OrderMessage& order, os::UniqueFd fd) {
  switch (order.order) {
    case Order::kHello:
      return greet(k, order);
    case Order::kHold:
      return hold(k, order.hold, std::move(fd), HoldFrom::kBrain);
    case Order::kHoldsDone:
      return holds_done(k);
    case Order::kRelease:
      return release(k, order.hold), 0;
    case Order::kDefine: {
      std::string_view name(order.service.data(),
                            ::strnlen(order.service.data(), wire::kNameBytes));
      return define_slot(k, order.slot, name, order.instance);
    }
    case Order::kForget:
      return forget_slot(k, order.slot);
    case Order::kSpawn:
      return order_spawn(k, order);
    case Order::kSignal:
    case Order::kSignalGroup:
      return order_signal(k, order);
    case Order::kKill:
      return order_kill(k, order);
    case Order::kArm:
      return order_arm(k, order);
    case Order::kDropStored:
    case Order::kRotate:
      return order_slot_thing(k, order);
    case Order::kShutdown:
      return shut_down(k, order);
    case Order::kPing:
      return pong(k, order);
    case Order::kTaken:
      return answered(k, static_cast<wire::Hint>(order.value), order.generation != 0), 0;
  }
  return ENOSYS;
}

}  // namespace

void obey(Keeper& k, const OrderMessage& order, os::UniqueFd fd) {
  int reason = carry_out(k, order, std::move(fd));
  if (reason != 0) refuse(k, order, reason);
}

}  // namespace hammock::keeper
