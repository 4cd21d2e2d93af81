// Carrying out the core's orders.
#include <algorithm>

#include "base/variant.h"
#include "shell/brain.h"
#include "shell/resolve/resolve.h"

namespace hammock::shell {
namespace {

constexpr Duration kLeaveWithin = std::chrono::seconds(1);
constexpr std::size_t kDefineAtOnce = 256;

}  // namespace

void Brain::perform(const engine::Order& order) {
  std::visit([&](const auto& of_room) { perform(of_room); }, order);
}

void Brain::perform(const service::Order& order) {
  using wire::Order;
  match(
      order, [&](const service::Define& define_order) { define(define_order); },
      [&](const service::Forget& forget_order) { forget(forget_order); },
      [&](const service::Spawn& spawn_order) { spawn(spawn_order); },
      [&](const service::Signal& signal) { to_slot(Order::kSignal, signal.target, signal.signal); },
      [&](const service::SignalGroup& signal) {
        to_slot(Order::kSignalGroup, signal.target, signal.signal);
      },
      [&](const service::Kill& kill) { to_slot(Order::kKill, kill.target, 0); },
      [&](const service::Arm& arm_order) { arm_slot(arm_order); },
      [&](const service::DropStored& drop) {
        to_slot(Order::kDropStored, {drop.service, drop.instance, 0}, 0);
      },
      [&](const service::Look& look_order) {
        auto event =
            slots_.look_again(ledger_, look_order.service, look_order.instance, monotonic_behind_);
        if (event) happened(std::move(*event));
      },
      [&](const service::ProbeTcp& probe) { checks_.connect(probe, now_.steady); },
      [&](const service::RunCommand& run) { run_command(run); },
      [&](const service::Reply& to) { reply(to); },
      [&](const service::ExitHammock& exit) {
        leaving_ = exit.code;
        leave_by_ = now_.steady + kLeaveWithin;
        upward_.stopping();
      });
  watch_link();
}

void Brain::refuse(const service::Target& target, service::KeeperOrder order, int reason) {
  happened(
      service::OrderRefused{target.service, target.instance, target.generation, order, reason});
}

void Brain::define(const service::Define& order) {
  if (!keeper_ready_) return;
  if (defining_.size() == kDefineAtOnce) return to_define_.push_back(order);
  auto slot = slots_.reserve(ledger_, order.service, order.instance);
  if (!slot) {
    log_.say(Level::kError, "the ledger has no free slot", {{"service", order.service}});
    return refuse({order.service, order.instance, 0}, service::KeeperOrder::kDefine, ENOSPC);
  }
  wire::OrderMessage message = simple_order(wire::Order::kDefine, *slot);
  message.instance = order.instance;
  copy_text(message.service, order.service);
  link_.send(message);
  defining_.insert(*slot);
}

// A few at a time: what is defined is started while the next ones are being defined.
void Brain::define_more() {
  while (!to_define_.empty() && defining_.size() < kDefineAtOnce) {
    service::Define next = std::move(to_define_.front());
    to_define_.pop_front();
    define(next);
  }
  watch_link();
}

void Brain::forget(const service::Forget& order) {
  auto slot = slots_.find(order.service, order.instance);
  if (!slot) return happened(service::SlotGone{order.service, order.instance});
  // The slot of a task is the last witness of its end, until that is in the journal.
  const bool is_needed =
      !store_->trouble().empty() && service::is_on_demand(services(), order.service);
  if (is_needed) return;
  if (keeper_ready_) link_.send(simple_order(wire::Order::kForget, *slot));
}

void Brain::to_slot(wire::Order order, const service::Target& target, std::int64_t value) {
  auto slot = slots_.find(target.service, target.instance);
  if (!slot || !keeper_ready_) return;
  link_.send(simple_order(order, *slot, target.generation, value));
}

void Brain::arm_slot(const service::Arm& order) {
  auto slot = slots_.find(order.target.service, order.target.instance);
  if (!slot || !keeper_ready_) return;
  wire::OrderMessage message =
      simple_order(wire::Order::kArm, *slot, order.target.generation, order.tokens);
  message.spec = order.spec;
  message.no_reflex = order.no_reflex;
  link_.send(message);
}

// The sockets and the spec must be there first: a program that lacks one of them would come up
// wrong.
void Brain::spawn(const service::Spawn& order) {
  const service::Target& target = order.target;
  auto slot = slots_.find(target.service, target.instance);
  if (!slot || !keeper_ready_) return;
  const ServicePlan* service = plan_.find(target.service);
  if (service != nullptr && service->blocked) {
    // Also when it is not any more: the spec of this order was made without what was missing.
    try_blocked_again();
    service = plan_.find(target.service);
    if (service != nullptr && service->blocked) obstructed(target.service, *service->blocked);
    return refuse(target, service::KeeperOrder::kSpawn, ENOENT);
  }
  if (service != nullptr && !ensure_sockets(*service)) {
    return refuse(target, service::KeeperOrder::kSpawn, EADDRINUSE);
  }
  obstacles_.erase(target.service);
  if (!specs_.is_there(order.spec)) {
    // The runtime directory was emptied behind our back: everything in it is made again from the
    // copy.
    (void)use_copy(services().house.digest);
    if (!specs_.is_there(order.spec)) return refuse(target, service::KeeperOrder::kSpawn, ENOENT);
  }
  send_holds();
  wire::OrderMessage message = simple_order(wire::Order::kSpawn, *slot, target.generation);
  message.spec = order.spec;
  link_.send(message);
}

// Said once for each reason, and shown by status until it is gone.
void Brain::obstructed(const std::string& service, const std::string& why) {
  std::string& said = obstacles_[service];
  if (said == why) return;
  said = why;
  log_.say(Level::kError, "cannot be started now", {{"service", service}, {"why", why}});
}

void Brain::run_command(const service::RunCommand& order) {
  auto slot = slots_.find(order.target.service, order.target.instance);
  if (!slot) return checks_.refuse(order, "its slot is gone");
  auto spec = specs_.read(wire::read_slot(ledger_.slot(*slot)).data.spec);
  if (!spec) return checks_.refuse(order, "its spec: " + spec.error().message);
  // Who reloads wants to read why it failed; a readiness check speaks too often.
  os::UniqueFd log;
  if (order.purpose == service::CheckPurpose::kReload) log = pipes_.writer(*slot);
  checks_.run(order, resolve::spec_for_command(*spec, order.command), now_.steady, log.get());
}

// "accepted" is a promise: without the journal there is none, and the client is told so.
void Brain::reply(const service::Reply& order) {
  if (answer_api(order)) return;
  std::string state(service::reply_word(order.kind));
  std::string message = order.message;
  if (!recorded_) {
    if (order.kind == service::ReplyKind::kAccepted) state = "progress";
    message += " (not recorded: " + store_->trouble() + ")";
  }
  bool last =
      order.kind != service::ReplyKind::kAccepted && order.kind != service::ReplyKind::kProgress;
  control_.tell_command(order.id, command_line(order.id, state, message), last);
}

// The keeper waits for our end, and then ends with the code.
void Brain::leave(std::int32_t code) {
  log_.say(Level::kInfo, "everything has ended");
  link_.send(simple_order(wire::Order::kShutdown, 0, 0, code));
  link_.flush();
  exit_code_ = 0;
}

}  // namespace hammock::shell
