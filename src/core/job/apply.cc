#include <algorithm>

#include "base/variant.h"
#include "core/job/draft.h"

namespace hammock::job {
namespace {

void remember(Job& job, const std::string& command, std::string message) {
  if (command.empty()) return;
  job.answered.push_back({command, std::move(message)});
  if (job.answered.size() > kAnsweredKept) job.answered.pop_front();
}

// Facts of runs that are over, or that nobody remembers the beginning of, change nothing.
Run* run_with(Job& job, std::uint64_t number) {
  return job.run && job.run->number == number ? &*job.run : nullptr;
}
Task* task_with(Job& job, std::uint64_t number, std::uint32_t task) {
  Run* run = run_with(job, number);
  return run != nullptr && task < run->tasks.size() ? &run->tasks[task] : nullptr;
}

void fold(Job& job, const ScheduleBegan& fact) {
  job.schedule = fact.schedule;
  job.considered = fact.at;
}
void fold(Job& job, const DuePassed& fact) {
  job.considered = fact.due;
  job.skip = fact.skip;
}
void fold(Job& job, const DuesMissed& fact) {
  job.considered = fact.last;
}
void fold(Job& job, const QueueSet& fact) {
  job.waiting = fact.waiting;
  job.waiting_trigger = fact.trigger;
  job.waiting_due = fact.due;
  if (fact.trigger == Trigger::kSchedule) job.considered = std::max(job.considered, fact.due);
  remember(job, fact.command, "it runs after the present run");
}
void fold(Job& job, const SkipSet& fact) {
  job.skip = fact.count;
  remember(job, fact.command,
           fact.count == 0   ? "nothing is skipped"
           : fact.count == 1 ? "the next time is skipped"
                             : "the next " + std::to_string(fact.count) + " times are skipped");
}

void fold(Job& job, const RunOpened& fact) {
  job.run = Run{};
  job.run->number = fact.number;
  job.run->trigger = fact.trigger;
  job.run->due = fact.due;
  job.run->hash = fact.hash;
  job.run->is_array = fact.tasks > 0;
  job.run->tasks.resize(std::max<std::uint32_t>(1, fact.tasks));
  job.last_number = std::max(job.last_number, fact.number);
  if (fact.trigger == Trigger::kSchedule) job.considered = std::max(job.considered, fact.due);
  remember(job, fact.command, "run " + std::to_string(fact.number) + " begins");
}
void unwatch(Task& task) {
  task.active.reset();
  task.suspect.reset();
  task.look_again.reset();
}
void fold(Job& job, const TryBegan& fact) {
  Task* task = task_with(job, fact.number, fact.task);
  if (task == nullptr) return;
  task->attempt = fact.attempt;
  task->out = true;
  task->pid = 0;
  task->started.reset();
  task->retry_at.reset();
  task->stopping.reset();
  unwatch(*task);
  // A task of an array belongs to the configuration that its run began with.
  const bool is_given = job.run->is_array && job.run->hash != 0;
  if (fact.hash != 0 && !is_given) job.run->hash = fact.hash;
}
void fold(Job& job, const RunHashed& fact) {
  Run* run = run_with(job, fact.number);
  if (run != nullptr && run->hash == 0) run->hash = fact.hash;
}
void fold(Job& job, const TryStarted& fact) {
  Task* task = task_with(job, fact.number, fact.task);
  if (task == nullptr || task->attempt != fact.attempt) return;
  task->pid = fact.pid;
  task->started = fact.at;
  Instant& began = job.run->began;
  if (began == Instant{} || fact.at_wall < began) began = fact.at_wall;
}
void leave(Task& task) {
  task.out = false;
  task.pid = 0;
  task.started.reset();
  task.stopping.reset();
  unwatch(task);
}
void fold(Job& job, const TryEnded& fact) {
  Task* task = task_with(job, fact.number, fact.task);
  if (task == nullptr) return;
  leave(*task);
  task->attempt = fact.attempt;
  task->said = fact.message;
  task->retry_at = fact.retry_at;
  task->retry_wall = fact.retry_wall;
  task->failures = fact.failures;
}
void fold(Job& job, const TryStopAsked& fact) {
  Task* task = task_with(job, fact.number, fact.task);
  if (task != nullptr && task->attempt == fact.attempt) task->stopping = fact.reason;
}
void fold(Job& job, const TaskEnded& fact) {
  Task* task = task_with(job, fact.number, fact.task);
  if (task == nullptr) return;
  leave(*task);
  task->attempt = fact.attempts;
  task->retry_at.reset();
  task->outcome = fact.outcome;
  std::optional<TaskEnded>& trouble = job.run->trouble;
  if (fact.outcome != Outcome::kSucceeded && !trouble) trouble = fact;
}
void fold(Job& job, const RunStopAsked& fact) {
  if (Run* run = run_with(job, fact.number)) run->stopping = fact.reason;
  remember(job, fact.command, "run " + std::to_string(fact.number) + " is being stopped");
}
void fold(Job& job, const RunEnded& fact) {
  job.last = fact;
  job.last_number = std::max(job.last_number, fact.number);
  job.last_success = fact.last_success;
  if (fact.hash != 0) job.settled = fact.hash;
  if (run_with(job, fact.number) != nullptr) job.run.reset();
}
void fold(Job& job, const SuccessAwaited& fact) {
  job.awaited = fact.at;
  job.late_said = {};
  // A clock that was ahead must not put it off for years.
  job.last_success = std::min(job.last_success, fact.at);
  job.awaited_every = fact.every == Duration::zero() ? std::nullopt : std::optional(fact.every);
}
void fold(Job& job, const SuccessLate& fact) {
  job.late_said = fact.deadline;
}
void fold(Job& job, const TryWatched& fact) {
  Task* task = task_with(job, fact.number, fact.task);
  if (task == nullptr) return;
  task->active = fact.active;
  task->suspect = fact.suspect;
  task->look_again = fact.look_again;
}
void fold(Job& job, const WakePlanned& fact) {
  job.wake_at = fact.at == Steady{} ? std::nullopt : std::optional(fact.at);
}

void configure(State& state, const JobsConfigured& fact) {
  for (auto& [name, job] : state.jobs) {
    job.configured = false;
    job.dependents.clear();
  }
  state.known = true;
  state.order.clear();
  for (const Shared<Setup>& setup : fact.jobs) {
    Job& job = state.jobs[setup->config.name];
    job.configured = true;
    job.setup = setup;
    state.order.push_back(setup->config.name);
  }
  for (const Shared<Setup>& setup : fact.jobs) {
    for (const std::string& need : setup->config.needs)
      state.jobs[need].dependents.push_back(setup->config.name);
  }
}

}  // namespace

void fold_into(Job& job, const Fact& fact) {
  std::visit(
      [&]<class Some>(const Some& some) {
        if constexpr (requires { some.job; }) fold(job, some);
      },
      fact);
}

void apply(State& state, const Fact& fact) {
  if (const auto* configured = std::get_if<JobsConfigured>(&fact)) {
    return configure(state, *configured);
  }
  if (const auto* stood = std::get_if<HouseStood>(&fact)) {
    state.open = stood->open;
    return;
  }
  std::string name(job_of(fact));
  Job& job = state.jobs[name];
  std::optional<Steady> before = job.wake_at;
  fold_into(job, fact);
  if (before == job.wake_at) return;
  if (before) state.wakes.erase({*before, name});
  if (job.wake_at) state.wakes.insert({*job.wake_at, name});
}

void forget_processes(State& state) {
  for (auto& [name, job] : state.jobs) {
    if (!job.run) continue;
    for (Task& task : job.run->tasks) {
      task.started.reset();
      task.pid = 0;
      task.retry_at.reset();
      unwatch(task);
    }
  }
}

std::optional<Steady> next_wake(const State& state) {
  if (state.wakes.empty()) return std::nullopt;
  return state.wakes.begin()->first;
}

}  // namespace hammock::job
