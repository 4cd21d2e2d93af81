#include <algorithm>

#include "base/assert.h"
#include "base/variant.h"
#include "core/job/commands.h"
#include "core/job/due.h"
#include "core/job/run.h"
#include "core/job/success.h"

namespace hammock::job {
namespace {

// A job settles in a few rounds; more means that two rules undo each other.
constexpr int kRoundsMost = 16;

void plan_wake(Draft& draft, const std::string& name) {
  const Job& job = draft.job(name);
  const Now now = draft.now();
  std::optional<Steady> at;
  auto sooner = [&](std::optional<Steady> other) {
    if (other && (!at || *other < *at)) at = other;
  };
  if (draft.open() && job.configured) {
    if (auto due = next_due(job.setup, job.considered); due && !job.schedule.empty()) {
      sooner(now.steady + (*due - now.wall));
    }
  }
  if (auto deadline = success_deadline(job); deadline && *deadline > now.wall) {
    sooner(now.steady + (*deadline - now.wall));
  }
  if (job.run) {
    for (const Task& task : job.run->tasks) {
      if (draft.open()) sooner(timeout_at(job, task));
      if (draft.open()) sooner(next_look(job, task));
      // One that is past waits for something else: a wake would change nothing.
      const bool backs_off = !task.out && !task.outcome && task.retry_at > now.steady;
      if (backs_off && draft.open() && job.configured) sooner(task.retry_at);
    }
  }
  if (at != job.wake_at) draft.record(WakePlanned{name, at.value_or(Steady{})});
}

void settle_job(Draft& draft, const std::string& name) {
  std::size_t before = 0;
  int rounds = 0;
  do {
    before = draft.facts_so_far();
    settle_dues(draft, name);
    settle_waiting(draft, name);
    if (draft.job(name).run) settle_run(draft, name);
    settle_success(draft, name);
    HAMMOCK_ASSERT(++rounds <= kRoundsMost);
  } while (draft.facts_so_far() != before);
  plan_wake(draft, name);
}

Decision settle(Draft& draft) {
  if (!draft.state().known) return draft.take();
  while (auto name = draft.dequeue())
    if (draft.find(*name) != nullptr) settle_job(draft, *name);
  return draft.take();
}

void enqueue_all(Draft& draft) {
  for (const auto& [name, job] : draft.state().jobs)
    draft.enqueue(name);
}

// What was ordered may have been lost with a brain: it is said again, and again is once.
void repeat_orders(Draft& draft) {
  for (const auto& [name, job] : draft.state().jobs) {
    if (!job.run) continue;
    for (std::uint32_t i = 0; i < job.run->tasks.size(); ++i) {
      const Task& task = job.run->tasks[i];
      if (!task.out) continue;
      if (job.run->stopping || task.stopping)
        draft.order(Stop{name, i, try_id(*job.run, task)});
      else
        draft.order(Start{name, i, try_id(*job.run, task)});
    }
  }
}

Decision on_configuration(const State& state, const ConfigurationGiven& event, Now now) {
  // It changes what a draft takes for fixed.
  State next = state;
  Fact configured = JobsConfigured{event.jobs};
  job::apply(next, configured);
  Draft draft(next, now);
  if (draft.open()) repeat_orders(draft);
  enqueue_all(draft);
  Decision decision = settle(draft);
  decision.facts.insert(decision.facts.begin(), std::move(configured));
  return decision;
}

}  // namespace

std::string try_id(const Run& run, const Task& task) {
  return std::to_string(run.number) + "/" + std::to_string(task.attempt);
}

Decision decide(const State& state, const Event& event, Now now) {
  if (const auto* configuration = std::get_if<ConfigurationGiven>(&event)) {
    return on_configuration(state, *configuration, now);
  }
  Draft draft(state, now);
  match(
      event, [](const ConfigurationGiven&) {},
      [&](const HouseSeen& seen) {
        if (seen.open == state.open) return;
        draft.record(HouseStood{seen.open});
        if (seen.open && state.known) repeat_orders(draft);
        enqueue_all(draft);
      },
      [&](const ProgramSeen& seen) { program_seen(draft, seen); },
      [&](const Wake& wake) {
        if (wake.all) return enqueue_all(draft);
        for (const auto& [at, name] : state.wakes) {
          if (at > now.steady) break;
          draft.enqueue(name);
        }
      },
      [&](const CommandGiven& given) { command_given(draft, given); });
  return settle(draft);
}

}  // namespace hammock::job
