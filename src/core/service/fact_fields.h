// for_each_field: the fields of every journaled fact, by name, in a fixed order.
#pragma once

#include <type_traits>
#include <variant>

#include "core/service/facts.h"

namespace hammock::service {
namespace fields {

// F is the fact or the const fact; `visit` takes (std::string_view name, member).
template <class F, class Fact>
using Same = std::enable_if_t<std::is_same_v<std::remove_const_t<F>, Fact>, int>;

template <class F, class Visit, Same<F, BrainStarted> = 0>
void of(F& fact, Visit&& visit) {
  visit("boot_id", fact.boot_id);
  visit("at", fact.at);
  visit("by_up", fact.by_up);
  visit("another_boot", fact.another_boot);
}
template <class F, class Visit, Same<F, KeeperWentAway> = 0>
void of(F&, Visit&&) {}
template <class F, class Visit, Same<F, KeeperCame> = 0>
void of(F& fact, Visit&& visit) {
  visit("at", fact.at);
}
template <class F, class Visit, Same<F, ConfigurationApplied> = 0>
void of(F& fact, Visit&& visit) {
  visit("digest", fact.digest);
  visit("specs", fact.specs);
  visit("command", fact.command);
}
template <class F, class Visit, Same<F, HouseStopAsked> = 0>
void of(F& fact, Visit&& visit) {
  visit("command", fact.command);
  visit("because", fact.because);
  visit("exit_code", fact.exit_code);
}
template <class F, class Visit, Same<F, HouseStopped> = 0>
void of(F& fact, Visit&& visit) {
  visit("exit_code", fact.exit_code);
}
template <class F, class Visit, Same<F, HouseOpened> = 0>
void of(F&, Visit&&) {}
template <class F, class Visit, Same<F, CommandAccepted> = 0>
void of(F& fact, Visit&& visit) {
  visit("id", fact.id);
  visit("verb", fact.verb);
  visit("service", fact.service);
  visit("by", fact.by);
}
template <class F, class Visit, Same<F, CommandFinished> = 0>
void of(F& fact, Visit&& visit) {
  visit("id", fact.id);
  visit("service", fact.service);
  visit("ok", fact.ok);
  visit("message", fact.message);
}
template <class F, class Visit, Same<F, ServicePinned> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("want", fact.want);
  visit("command", fact.command);
}
template <class F, class Visit, Same<F, ServiceUnpinned> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("command", fact.command);
}
template <class F, class Visit, Same<F, RestartMarked> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("instance", fact.instance);
  visit("generation", fact.generation);
  visit("because", fact.because);
}
template <class F, class Visit, Same<F, RetryAsked> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("command", fact.command);
}
template <class F, class Visit, Same<F, ReloadAsked> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("instance", fact.instance);
  visit("generation", fact.generation);
  visit("command", fact.command);
  visit("reloads_done", fact.reloads_done);
  visit("deadline", fact.deadline);
}
template <class F, class Visit, Same<F, ReloadEnded> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("instance", fact.instance);
  visit("command", fact.command);
  visit("ok", fact.ok);
  visit("detail", fact.detail);
}
template <class F, class Visit, Same<F, InstanceStarted> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("instance", fact.instance);
  visit("generation", fact.generation);
  visit("pid", fact.pid);
  visit("spec", fact.spec);
  visit("by_reflex", fact.by_reflex);
}
template <class F, class Visit, Same<F, InstanceReady> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("instance", fact.instance);
  visit("generation", fact.generation);
  visit("at", fact.at);
}
template <class F, class Visit, Same<F, InstanceStable> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("instance", fact.instance);
  visit("generation", fact.generation);
}
template <class F, class Visit, Same<F, InstanceExited> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("instance", fact.instance);
  visit("slot", fact.slot);
  visit("generation", fact.generation);
  visit("pid", fact.pid);
  visit("exit_class", fact.exit_class);
  visit("code", fact.code);
  visit("signal", fact.signal);
  visit("status_known", fact.status_known);
  visit("output_known", fact.output_known);
  visit("stage", fact.stage);
  visit("stage_errno", fact.stage_errno);
  visit("ran", fact.ran);
  visit("was_ready", fact.was_ready);
  visit("was_stable", fact.was_stable);
  visit("by_reflex", fact.by_reflex);
  visit("last", fact.last);
  visit("at", fact.at);
  visit("because", fact.because);
}
template <class F, class Visit, Same<F, ExitsMissed> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("instance", fact.instance);
  visit("first", fact.first);
  visit("last", fact.last);
}
template <class F, class Visit, Same<F, BackoffScheduled> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("instance", fact.instance);
  visit("attempt", fact.attempt);
  visit("wait", fact.wait);
  visit("until", fact.until);
  visit("until_wall", fact.until_wall);
}
template <class F, class Visit, Same<F, InstanceStopAsked> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("instance", fact.instance);
  visit("generation", fact.generation);
  visit("reason", fact.reason);
  visit("deadline", fact.deadline);
}
template <class F, class Visit, Same<F, InstanceKillAsked> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("instance", fact.instance);
  visit("generation", fact.generation);
  visit("again", fact.again);
}
template <class F, class Visit, Same<F, CrashLoopEntered> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("instance", fact.instance);
  visit("failures", fact.failures);
}
template <class F, class Visit, Same<F, CrashLoopLeft> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("instance", fact.instance);
}
template <class F, class Visit, Same<F, ServiceStood> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("standing", fact.standing);
}
template <class F, class Visit, Same<F, ServiceForgotten> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
}
template <class F, class Visit, Same<F, RunGiven> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("instance", fact.instance);
  visit("id", fact.id);
}
template <class F, class Visit, Same<F, RunBegun> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("instance", fact.instance);
  visit("generation", fact.generation);
}
template <class F, class Visit, Same<F, RunDropped> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("instance", fact.instance);
  visit("over", fact.over);
}
template <class F, class Visit, Same<F, MemberSet> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("instance", fact.instance);
  visit("member", fact.member);
}
template <class F, class Visit, Same<F, RollStarted> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("to_replace", fact.to_replace);
}
template <class F, class Visit, Same<F, InstanceReplaced> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("instance", fact.instance);
}
template <class F, class Visit, Same<F, RollHalted> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
  visit("instance", fact.instance);
  visit("because", fact.because);
}
template <class F, class Visit, Same<F, RollFinished> = 0>
void of(F& fact, Visit&& visit) {
  visit("service", fact.service);
}
template <class F, class Visit, Same<F, LedgerKnown> = 0>
void of(F&, Visit&&) {}
template <class F, class Visit, Same<F, Woken> = 0>
void of(F&, Visit&&) {}
template <class F, class Visit, Same<F, WaitOver> = 0>
void of(F&, Visit&&) {}
template <class F, class Visit, Same<F, SlotObserved> = 0>
void of(F&, Visit&&) {}
template <class F, class Visit, Same<F, SlotVanished> = 0>
void of(F&, Visit&&) {}
template <class F, class Visit, Same<F, Asked> = 0>
void of(F&, Visit&&) {}
template <class F, class Visit, Same<F, AskedForgotten> = 0>
void of(F&, Visit&&) {}
template <class F, class Visit, Same<F, CheckPlanned> = 0>
void of(F&, Visit&&) {}
template <class F, class Visit, Same<F, LookPlanned> = 0>
void of(F&, Visit&&) {}

}  // namespace fields

template <class Visit>
void for_each_field(Fact& fact, Visit&& visit) {
  std::visit([&](auto& some) { fields::of(some, visit); }, fact);
}
template <class Visit>
void for_each_field(const Fact& fact, Visit&& visit) {
  std::visit([&](const auto& some) { fields::of(some, visit); }, fact);
}

}  // namespace hammock::service
