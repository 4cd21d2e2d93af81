#include "core/service/fold.h"

#include <algorithm>

#include "core/service/policy.h"
#include "core/service/query.h"

namespace hammock::service {
namespace {

Instance& instance_of(Live& live, std::uint32_t number) {
  auto place = std::ranges::lower_bound(live.instances, number, {}, &Instance::number);
  if (place == live.instances.end() || place->number != number) {
    place = live.instances.insert(place, Instance{});
    place->number = number;
  }
  return *place;
}

void forget_failures(Instance& instance) {
  instance.failures = 0;
  instance.waits = 0;
  instance.crash_looping = false;
  instance.failed_config = false;
  instance.retry_at.reset();
}

// Another slot, or a slot that began anew: what we knew of the old one's generations means nothing.
void forget_history(Instance& instance) {
  instance.started = instance.recorded = instance.ready = instance.marked = 0;
  instance.stable = false;
  instance.stop.reset();
  instance.reload.reset();
  instance.asked.reset();
  instance.armed.reset();
  instance.check_at.reset();
  instance.check_out = false;
  instance.look_at.reset();
}

// Its generation was of a slot that is no more, and nobody can tell how it ended: it begins again.
void begin_again(Instance& instance) {
  if (is_run_open(instance)) instance.run->generation = 0;
}

bool is_visible(const Outstanding& asked, const SlotView& view) {
  switch (asked.order) {
    case KeeperOrder::kDefine:
      return true;
    case KeeperOrder::kSpawn:
      return view.generation > asked.generation;
    case KeeperOrder::kSignal:
    case KeeperOrder::kSignalGroup:
    case KeeperOrder::kKill:
      return view.generation > asked.generation || view.phase == SlotPhase::kIdle;
    case KeeperOrder::kForget:
    case KeeperOrder::kArm:
    case KeeperOrder::kDropStored:
      return false;
  }
  return false;
}

void fold(Live& live, const SlotObserved& fact) {
  Instance& it = instance_of(live, fact.view.instance);
  // Journaled facts may know generations before the first look of this brain: then `defined` is
  // false, and they hold if the ledger has come at least as far.
  bool moved = it.defined && it.slot.slot != fact.view.slot;
  if (moved || fact.view.generation < std::max(it.recorded, it.started)) {
    forget_history(it);
    begin_again(it);
  }
  bool another = it.slot.generation != fact.view.generation;
  it.defined = true;
  it.slot = fact.view;
  it.look_at.reset();
  if (it.asked && is_visible(*it.asked, it.slot)) it.asked.reset();
  if (another) {
    it.first_seen = fact.at;
    it.check_at.reset();
    it.check_out = false;
    it.armed.reset();
  }
}

void fold(Live& live, const SlotVanished& fact) {
  Instance& it = instance_of(live, fact.instance);
  forget_history(it);
  begin_again(it);
  it.defined = false;
  it.slot = SlotView{};
}

void fold(Live& live, const Asked& fact) {
  Instance& it = instance_of(live, fact.instance);
  if (fact.order == KeeperOrder::kArm) {
    it.armed = Armed{fact.generation, fact.tokens, fact.spec};
  } else {
    it.asked = Outstanding{fact.order, fact.generation, fact.again};
  }
}

void fold(Live& live, const AskedForgotten& fact) {
  Instance& it = instance_of(live, fact.instance);
  it.asked.reset();
  it.armed.reset();
  it.look_at.reset();
  it.check_at.reset();
  it.check_out = false;
}

void fold(Live& live, const WaitOver& fact) {
  instance_of(live, fact.instance).retry_at.reset();
}

void fold(Live& live, const CheckPlanned& fact) {
  Instance& it = instance_of(live, fact.instance);
  it.check_at = fact.at;
  it.check_out = fact.running;
}

void fold(Live& live, const LookPlanned& fact) {
  instance_of(live, fact.instance).look_at = fact.at;
}

void fold(Live& live, const InstanceStarted& fact) {
  Instance& it = instance_of(live, fact.instance);
  // Starts and ends come in order, and looks are not journaled: in a replay a generation that is
  // not newer is how we learn of a slot that began anew.
  if (fact.generation <= it.started) forget_history(it);
  it.started = fact.generation;
  it.retry_at.reset();
}

void fold(Live& live, const InstanceReady& fact) {
  Instance& it = instance_of(live, fact.instance);
  it.ready = fact.generation;
  it.ready_at = fact.at;
  it.stable = false;
  it.check_at.reset();
  it.check_out = false;
}

void fold(Live& live, const InstanceStable& fact) {
  Instance& it = instance_of(live, fact.instance);
  it.stable = true;
  it.failures = 0;
  it.waits = 0;
}

void fold(Live& live, const InstanceExited& fact) {
  Instance& it = instance_of(live, fact.instance);
  if (fact.generation <= it.recorded) forget_history(it);
  it.recorded = fact.generation;
  it.last_exit = fact;
  if (it.ready == fact.generation) it.ready = 0;
  it.stable = false;
  it.retry_at.reset();
  if (it.stop && it.stop->generation <= fact.generation) it.stop.reset();
  if (is_run_open(it) && it.run->generation == fact.generation) {
    if (is_revoked(fact) && !it.run->dropped)
      it.run->generation = 0;
    else
      it.run->over = true;
  }
  if (!is_failure(fact)) return;
  ++it.restarts;
  if (fact.exit_class == ExitClass::kExpected) return;  // counted, and no failure
  if (fact.was_stable) it.failures = it.waits = 0;
  ++it.failures;
  if (fact.exit_class == ExitClass::kConfig) it.failed_config = true;
}

void fold(Live& live, const ExitsMissed& fact) {
  Instance& it = instance_of(live, fact.instance);
  it.recorded = std::max(it.recorded, fact.last);
  if (is_run_open(it) && it.run->generation >= fact.first && it.run->generation <= fact.last) {
    it.run->over = true;
  }
}

void fold(Live& live, const BackoffScheduled& fact) {
  Instance& it = instance_of(live, fact.instance);
  bool climbs = !it.last_exit || it.last_exit->exit_class != ExitClass::kExpected;
  if (climbs) it.waits = fact.attempt + 1;
  it.retry_at = fact.until;
  it.retry_wall = fact.until_wall;
}

void fold(Live& live, const InstanceStopAsked& fact) {
  instance_of(live, fact.instance).stop =
      Stopping{fact.generation, fact.reason, fact.deadline, false};
}

void fold(Live& live, const InstanceKillAsked& fact) {
  Instance& it = instance_of(live, fact.instance);
  if (!it.stop) it.stop = Stopping{fact.generation, StopReason::kDown, fact.again, true};
  it.stop->deadline = fact.again;
  it.stop->killed = true;
  it.asked.reset();
}

void fold(Live& live, const CrashLoopEntered& fact) {
  instance_of(live, fact.instance).crash_looping = true;
}

void fold(Live& live, const CrashLoopLeft& fact) {
  instance_of(live, fact.instance).crash_looping = false;
}

void fold(Live& live, const RunGiven& fact) {
  Instance& it = instance_of(live, fact.instance);
  it.run = OneRun{fact.id};
  it.failures = it.waits = 0;
  it.failed_config = false;
}
void fold(Live& live, const RunBegun& fact) {
  Instance& it = instance_of(live, fact.instance);
  // In a replay this is how we learn of a slot that began anew.
  if (fact.generation <= it.recorded) forget_history(it);
  // An exit of this generation is of another slot, or of another boot: not of this run.
  if (it.last_exit && it.last_exit->generation >= fact.generation) it.last_exit.reset();
  if (it.run) it.run->generation = fact.generation;
}
void fold(Live& live, const RunDropped& fact) {
  Instance& it = instance_of(live, fact.instance);
  if (!it.run) return;
  it.run->dropped = true;
  it.run->over = it.run->over || fact.over;
}

void fold(Live& live, const ServiceStood& fact) {
  live.standing = fact.standing;
}
void fold(Live&, const ServiceForgotten&) {}

void fold(Live& live, const MemberSet& fact) {
  instance_of(live, fact.instance).member = fact.member;
}

void fold(Live& live, const RollStarted&) {
  live.roll = Roll{};
  live.roll.active = true;
}
void fold(Live&, const InstanceReplaced&) {}
void fold(Live& live, const RollFinished&) {
  live.roll = Roll{};
}

void fold(Live& live, const RollHalted& fact) {
  live.roll = Roll{false, true, fact.instance, fact.because};
}

void fold(Live& live, const ServicePinned& fact) {
  live.pin = fact.want;
}
void fold(Live& live, const ServiceUnpinned&) {
  live.pin.reset();
}

void fold(Live& live, const RestartMarked& fact) {
  Instance& it = instance_of(live, fact.instance);
  it.marked = std::max(it.marked, fact.generation);
}

void fold(Live& live, const RetryAsked&) {
  live.roll = Roll{};
  service::forget_failures(live);
}

void fold(Live& live, const ReloadAsked& fact) {
  instance_of(live, fact.instance).reload =
      Reloading{fact.command, fact.generation, fact.reloads_done, fact.deadline};
}

void fold(Live& live, const ReloadEnded& fact) {
  instance_of(live, fact.instance).reload.reset();
  for (OpenCommand& command : live.commands) {
    if (command.id == fact.command && !fact.ok) command.trouble = fact.detail;
  }
}

void fold(Live& live, const CommandAccepted& fact) {
  if (!fact.service.empty()) live.commands.push_back({fact.id, fact.verb, ""});
}

void fold(Live& live, const CommandFinished& fact) {
  std::erase_if(live.commands, [&](const OpenCommand& open) { return open.id == fact.id; });
}

void fold(House& house, const BrainStarted& fact) {
  house.boot_id = fact.boot_id;
}
void fold(House& house, const KeeperWentAway&) {
  house.keeper_here = false;
}
void fold(House&, const KeeperCame&) {}
void fold(House& house, const LedgerKnown& fact) {
  house.ledger_known = house.keeper_here = true;
  house.watched_since = fact.at;
}
void fold(House& house, const Woken& fact) {
  house.watched_since = fact.at;
}
void fold(House& house, const ConfigurationApplied& fact) {
  house.digest = fact.digest;
  house.specs = fact.specs;
  if (fact.complete) house.configured = true;
}
void fold(House& house, const HouseStopAsked& fact) {
  house.stop = HouseStop{fact.command, fact.exit_code, false};
}
void fold(House& house, const HouseStopped&) {
  if (house.stop) house.stop->finished = true;
}
void fold(House& house, const HouseOpened&) {
  house.stop.reset();
}

}  // namespace

void fold_into(Live& live, const Fact& fact) {
  std::visit(
      [&]<class Some>(const Some& some) {
        if constexpr (requires { some.service; } || requires { some.view; }) fold(live, some);
      },
      fact);
}

void fold_into(House& house, const Fact& fact) {
  std::visit(
      [&]<class Some>(const Some& some) {
        if constexpr (!requires { some.service; } && !requires { some.view; }) fold(house, some);
      },
      fact);
}

void forget_failures(Live& live) {
  for (Instance& it : live.instances)
    forget_failures(it);
}

}  // namespace hammock::service
