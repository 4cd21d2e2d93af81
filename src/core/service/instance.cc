// What to do about one instance.
#include "core/service/instance.h"

#include <algorithm>

#include "base/variant.h"
#include "core/service/policy.h"
#include "core/service/query.h"
#include "core/service/readiness.h"
#include "core/service/roll.h"
#include "core/service/wants.h"

namespace hammock::service {
namespace {

constexpr Duration kAskAgain = std::chrono::seconds(2);    // an order without visible effect
constexpr Duration kKillAgain = std::chrono::seconds(5);   // still there after SIGKILL
constexpr Duration kAbortGrace = std::chrono::seconds(5);  // to write a core after SIGABRT
constexpr std::int32_t kSignalAbort = 6;

// One instance while it is settled; `it` is always read anew, because facts move it.
struct Case {
  Draft& draft;
  ServiceIndex index;
  std::uint32_t number;

  const Instance& it() const { return *find_instance(draft.live(index), number); }
  const Setup& setup() const { return draft.setup(index); }
  const std::string& name() const { return draft.service(index).name; }
  Target target() const { return {name(), number, it().slot.generation}; }
  Steady now() const { return draft.now().steady; }
  bool shall_run() const {
    bool chosen = setup().config.on_demand ? is_run_wanted(it()) : it().member;
    return chosen && want_of(draft, index) == Want::kUp;
  }
  void asked(KeeperOrder order, Steady again) const {
    draft.record(Asked{name(), number, order, it().slot.generation, 0, 0, again});
  }
};

// Looks again now, and then every kAskAgain, at a slot that does not move on.
void look_if_due(const Case& c) {
  if (c.it().look_at && c.now() < *c.it().look_at) return;
  if (c.it().look_at) c.draft.order(Look{c.name(), c.number});
  c.draft.record(LookPlanned{c.name(), c.number, c.now() + kAskAgain});
}

void arm(const Case& c, std::uint32_t tokens) {
  const Instance& it = c.it();
  std::uint64_t spec = c.setup().start_hash;
  bool is_known = it.armed && it.armed->generation == it.slot.generation;
  std::uint32_t have = is_known ? it.armed->tokens : it.slot.reflex_tokens;
  std::uint64_t have_spec = is_known ? it.armed->spec : it.slot.reflex_spec;
  if (have == tokens && (tokens == 0 || have_spec == spec)) return;
  c.draft.order(Arm{c.target(), spec, tokens, no_reflex_codes(c.setup().config)});
  c.draft.record(
      Asked{c.name(), c.number, KeeperOrder::kArm, it.slot.generation, tokens, spec, Steady{}});
}

std::int32_t signal_for(const Case& c, StopReason reason) {
  return reason == StopReason::kWatchdog ? kSignalAbort : c.setup().config.stop.signal;
}

// A stop was asked: send what has to be sent, and kill when its time is up.
void press_stop(const Case& c) {
  Stopping stop = *stop_of(c.it());
  if (c.now() >= stop_deadline(c.it(), stop)) {
    c.draft.record(InstanceKillAsked{c.name(), c.number, stop.generation, c.now() + kKillAgain});
    stop = *c.it().stop;
  }
  bool ours = stop.reason != StopReason::kItself;
  if (ours || stop.killed) arm(c, ours ? 0 : reflex_tokens(c.setup(), c.it(), c.shall_run()));
  KeeperOrder order = stop.killed ? KeeperOrder::kKill : KeeperOrder::kSignal;
  const auto& asked = c.it().asked;
  if (asked && asked->order == order && asked->generation == stop.generation) return;
  if (stop.killed) {
    c.draft.order(Kill{c.target()});
  } else if (ours) {
    c.draft.order(Signal{c.target(), signal_for(c, stop.reason)});
  }
  c.asked(order, stop.deadline);
}

void watch_dog(const Case& c) {
  const Instance& it = c.it();
  auto expiry = watchdog_expiry(c.draft.house(), c.setup(), it);
  bool pulled = it.slot.watchdog_trigger;
  if (!pulled && (!expiry || c.now() < *expiry)) return;
  // Feeding sends no hint: only a look of this very moment counts.
  if (pulled || c.draft.is_fresh(c.index, c.number)) {
    return ask_stop(c.draft, c.index, c.number, StopReason::kWatchdog);
  }
  if (it.look_at && c.now() < *it.look_at) return;
  c.draft.order(Look{c.name(), c.number});
  c.draft.record(LookPlanned{c.name(), c.number, c.now() + kAskAgain});
}

void watch_ready(const Case& c) {
  if (c.it().slot.stopping) return ask_stop(c.draft, c.index, c.number, StopReason::kItself);
  const Instance& it = c.it();
  if (it.failures > 0 && !it.stable &&
      c.now() >= it.ready_at + c.setup().config.restart.stable_after) {
    bool was_looping = it.crash_looping;
    c.draft.record(InstanceStable{c.name(), c.number, it.slot.generation});
    if (was_looping) c.draft.record(CrashLoopLeft{c.name(), c.number});
  }
  arm(c, reflex_tokens(c.setup(), c.it(), c.shall_run()));
  watch_dog(c);
  settle_reload(c.draft, c.index, c.number);
}

void watch_starting(const Case& c) {
  if (c.it().slot.phase != SlotPhase::kRunning)
    look_if_due(c);
  else
    settle_check(c.draft, c.index, c.number);
  if (c.now() >= start_deadline(c.draft.house(), c.setup(), c.it())) {
    ask_stop(c.draft, c.index, c.number, StopReason::kStartTimeout);
  }
}

void settle_alive(const Case& c) {
  if (over(c.it())) return look_if_due(c);
  // A program on demand whose run nobody remembers goes on: whoever asks for one gets this one.
  const bool is_stray = c.setup().config.on_demand && !c.it().run;
  const bool down = want_of(c.draft, c.index) == Want::kDown;
  if (stop_of(c.it()) == nullptr && !c.shall_run() && (down || !is_stray)) {
    bool allowed =
        down ? may_stop(c.draft, c.index) : may_end(c.draft.live(c.index), c.setup(), c.it());
    if (allowed) {
      ask_stop(c.draft, c.index, c.number, down ? StopReason::kDown : StopReason::kSurplus);
    }
  }
  if (stop_of(c.it()) == nullptr) {
    if (became_ready(c.it()))
      watch_ready(c);
    else
      watch_starting(c);
  }
  if (stop_of(c.it()) != nullptr) press_stop(c);
}

// True when an order is out whose effect is not visible yet. Past its time it is given again.
bool is_waiting_for(const Case& c, KeeperOrder order) {
  const auto& asked = c.it().asked;
  if (!asked) return false;
  if (c.now() < asked->again) return true;
  if (asked->order == order) c.draft.order(Look{c.name(), c.number});
  return false;
}

void settle_unwanted(const Case& c) {
  const Instance& it = c.it();
  const Service& service = c.draft.service(c.index);
  // Whoever has done his task is not needed again, and there may be a thousand of them.
  const bool is_done = service.setup->config.tasks > 0 && it.run && it.run->over;
  const std::uint32_t most =
      std::max(service.setup->config.instances + 1, service.setup->config.tasks);
  bool spare = service.configured && it.number <= most && !is_done;
  if (it.asked && it.asked->order != KeeperOrder::kForget) {
    // A start that was asked for may still happen; until its effect is known, nothing is undone.
    if (is_waiting_for(c, it.asked->order)) return;
    c.draft.record(AskedForgotten{c.name(), c.number});
  }
  if (is_run_open(it) && it.run->dropped) c.draft.record(RunDropped{c.name(), c.number, true});
  if (!it.defined || spare || is_waiting_for(c, KeeperOrder::kForget)) return;
  c.draft.order(Forget{c.name(), c.number});
  c.asked(KeeperOrder::kForget, c.now() + kAskAgain);
}

void settle_wanted(const Case& c) {
  if (c.it().retry_at && c.now() >= *c.it().retry_at) {
    c.draft.record(WaitOver{c.name(), c.number});
  }
  const Instance& it = c.it();
  if (it.failed_config || it.retry_at) return;
  KeeperOrder order = it.defined ? KeeperOrder::kSpawn : KeeperOrder::kDefine;
  if (is_waiting_for(c, order)) return;
  // A need that is still to be looked at may be about to go: first it, then this one again.
  const Service& service = c.draft.service(c.index);
  if (std::ranges::any_of(service.needs,
                          [&](ServiceIndex need) { return c.draft.is_queued(need); })) {
    return c.draft.enqueue(c.index);
  }
  if (!may_start(c.draft, c.index)) {
    if (it.asked) c.draft.record(AskedForgotten{c.name(), c.number});
    return;
  }
  if (it.defined) {
    std::uint64_t next = it.slot.generation + 1;
    if (it.run && it.run->generation != next) c.draft.record(RunBegun{c.name(), c.number, next});
    c.draft.order(Spawn{c.target(), c.setup().start_hash});
  } else {
    c.draft.order(Define{c.name(), c.number});
  }
  c.asked(order, c.now() + kAskAgain);
}

}  // namespace

void ask_stop(Draft& draft, ServiceIndex index, std::uint32_t number, StopReason reason) {
  const Instance& it = *find_instance(draft.live(index), number);
  if (!alive(it) || over(it) || stop_of(it) != nullptr) return;
  Duration patience = draft.setup(index).config.stop.within;
  if (reason == StopReason::kWatchdog) patience = std::min(patience, kAbortGrace);
  draft.record(InstanceStopAsked{draft.service(index).name, number, it.slot.generation, reason,
                                 draft.now().steady + patience});
}

void settle_instance(Draft& draft, ServiceIndex index, std::uint32_t number) {
  Case c{draft, index, number};
  if (alive(c.it())) {
    settle_alive(c);
  } else if (c.shall_run()) {
    settle_wanted(c);
  } else {
    if (c.it().retry_at && c.now() >= *c.it().retry_at) {
      draft.record(WaitOver{c.name(), number});
    }
    settle_unwanted(c);
  }
}

void order_refused(Draft& draft, ServiceIndex index, const OrderRefused& event) {
  const Instance* it = find_instance(draft.live(index), event.instance);
  if (it == nullptr) return;
  draft.enqueue(index);
  draft.order(Look{event.service, event.instance});
  bool was_start = event.order == KeeperOrder::kSpawn || event.order == KeeperOrder::kDefine;
  bool is_present = it->asked && it->asked->order == event.order && !alive(*it) &&
                    it->slot.generation == event.generation;
  if (!was_start || !is_present) return;
  // A start that is refused is paced like one that fails, or two machines would shout at each
  // other.
  draft.record(AskedForgotten{event.service, event.instance});
  it = find_instance(draft.live(index), event.instance);
  Duration wait = backoff_wait(draft.setup(index).config.restart, draft.house().seed, event.service,
                               event.instance, event.generation, it->waits, false);
  draft.record(BackoffScheduled{event.service, event.instance, it->waits, wait,
                                draft.now().steady + wait, draft.now().wall + wait});
}

}  // namespace hammock::service
