// What a slot says, and what follows from an end.
#include <algorithm>

#include "core/service/instance.h"
#include "core/service/policy.h"
#include "core/service/query.h"
#include "core/service/roll.h"
#include "core/service/wants.h"

namespace hammock::service {
namespace {

const Instance& known(const Draft& draft, ServiceIndex index, std::uint32_t number) {
  return *find_instance(draft.live(index), number);
}

void schedule_retry(Draft& draft, ServiceIndex index, const InstanceExited& exit, bool was_fresh) {
  // A reflex has begun another copy already, or has ended since with a record of its own.
  if (exit.by_reflex || !exit.last || exit.exit_class == ExitClass::kConfig) return;
  const Instance& it = known(draft, index, exit.instance);
  // The first crash after a good run is repaired at once; so is it when nobody had armed the
  // reflex.
  bool expected = exit.exit_class == ExitClass::kExpected;
  bool at_once = was_fresh && exit.was_ready && exit.exit_class != ExitClass::kClean && !expected;
  if (at_once) return;
  const RestartPolicy& policy = draft.setup(index).config.restart;
  // An expected end is paced, so that nothing spins, but its wait does not climb.
  std::uint32_t attempt = expected ? 0 : it.waits;
  Duration wait = backoff_wait(policy, draft.house().seed, exit.service, exit.instance,
                               exit.generation, attempt, !expected && it.crash_looping);
  draft.record(BackoffScheduled{exit.service, exit.instance, attempt, wait,
                                draft.now().steady + wait, draft.now().wall + wait});
}

void after_failure(Draft& draft, ServiceIndex index, const InstanceExited& exit, bool was_fresh) {
  const Instance& it = known(draft, index, exit.instance);
  bool expected = exit.exit_class == ExitClass::kExpected;
  if (!expected && it.failures >= kCrashLoopAfter && !it.crash_looping) {
    draft.record(CrashLoopEntered{exit.service, exit.instance, it.failures});
  }
  if (!it.member || want_of(draft, index) == Want::kDown) return;
  const Setup& setup = draft.setup(index);
  if (setup.config.essential) {
    std::int32_t code = exit.signal != 0 ? 128 + exit.signal : std::max(exit.code, 0);
    if (!exit.status_known || !exit.stage.empty()) code = 1;
    draft.record(HouseStopAsked{
        "", "the essential service " + exit.service + " ended: " + describe_exit(exit), code});
    return;
  }
  halt_roll_after(draft, index, exit);
  if (exit.was_ready) mark_companions(draft, index);
  schedule_retry(draft, index, exit, was_fresh);
}

void record_exit(Draft& draft, ServiceIndex index, std::uint32_t number, const SlotExit& exit) {
  const Setup& setup = draft.setup(index);
  const Instance& before = known(draft, index, number);
  bool outdated_copy =
      !setup.config.on_demand &&
      (exit.generation <= before.marked ||
       (before.slot.generation == exit.generation && before.slot.spec != setup.start_hash));
  bool is_chosen = setup.config.on_demand ? is_run_wanted(before) : before.member;
  bool unwanted = !is_chosen || outdated_copy || want_of(draft, index) == Want::kDown;
  bool was_fresh = before.failures == 0;
  bool drop =
      before.stop && before.stop->generation == exit.generation &&
      (before.stop->reason == StopReason::kDown || before.stop->reason == StopReason::kSurplus);
  InstanceExited fact = classify(setup.config, before, exit, unwanted, draft.now().steady);
  was_fresh = was_fresh || fact.was_stable;
  if (before.reload && before.reload->generation == exit.generation) {
    draft.record(ReloadEnded{fact.service, number, before.reload->command, false,
                             "it ended instead of reloading: " + describe_exit(fact)});
  }
  draft.record(fact);
  if (drop && setup.config.stored_descriptors > 0) {
    draft.order(DropStored{fact.service, number});
  }
  // Whoever asked for a run decides whether there is another.
  if (is_failure(fact) && !setup.config.on_demand) after_failure(draft, index, fact, was_fresh);
}

void record_exits(Draft& draft, ServiceIndex index, const SlotView& view) {
  for (const SlotExit& exit : view.exits) {
    std::uint64_t recorded = known(draft, index, view.instance).recorded;
    if (exit.generation <= recorded) continue;
    if (recorded != 0 && exit.generation > recorded + 1) {
      draft.record(ExitsMissed{view.service, view.instance, recorded + 1, exit.generation - 1});
    }
    record_exit(draft, index, view.instance, exit);
  }
}

}  // namespace

void absorb_slot(Draft& draft, ServiceIndex index, const SlotView& view) {
  draft.mark_fresh(index, view.instance);
  draft.enqueue(index);
  const Instance* before = find_instance(draft.live(index), view.instance);
  bool is_news = before == nullptr || !before->defined || before->slot != view || before->look_at;
  if (is_news) draft.record(SlotObserved{view, draft.now().steady});
  record_exits(draft, index, view);
  const Instance& it = known(draft, index, view.instance);
  if (view.phase == SlotPhase::kRunning && view.generation > it.started) {
    bool by_reflex = std::ranges::any_of(view.exits, [&](const SlotExit& exit) {
      return exit.generation + 1 == view.generation && exit.by_reflex;
    });
    draft.record(InstanceStarted{view.service, view.instance, view.generation, view.pid, view.spec,
                                 by_reflex});
  }
}

void mark_for_restart(Draft& draft, ServiceIndex index, const std::string& because) {
  draft.open(index);
  for (const Instance& it : draft.live(index).instances) {
    if (!alive(it) || it.marked >= it.slot.generation) continue;
    draft.record(RestartMarked{draft.service(index).name, it.number, it.slot.generation, because});
  }
  draft.enqueue(index);
}

// Once for everybody who restarts with it, directly or through others, so that two who restart with
// each other do not go on forever.
void mark_companions(Draft& draft, ServiceIndex index) {
  std::vector<ServiceIndex> group{index};
  for (std::size_t i = 0; i < group.size(); ++i) {
    for (ServiceIndex companion : draft.service(group[i]).companions) {
      if (std::ranges::find(group, companion) != group.end()) continue;
      group.push_back(companion);
      mark_for_restart(draft, companion, "restarts with " + draft.service(index).name);
    }
  }
}

}  // namespace hammock::service
