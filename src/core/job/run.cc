#include "core/job/run.h"

#include <algorithm>

#include "core/job/due.h"
#include "core/job/ending.h"

namespace hammock::job {
namespace {

Duration backoff(const Retry& retry, std::uint32_t failures) {
  Duration wait = retry.backoff;
  for (std::uint32_t i = 1; i < failures && wait < kBackoffMost; ++i)
    wait *= 2;
  return std::min(wait, std::max(retry.backoff, kBackoffMost));
}

const Task& task_of(const Draft& draft, const std::string& name, std::uint32_t number) {
  return draft.job(name).run->tasks[number];
}

// The configuration that was run to its end; 0: none was. What the next run took the place of, or
// was taken out of the configuration, has to be done still if it comes back.
std::uint64_t settled_by(const Job& job, const Ended& ended) {
  const Run& run = *job.run;
  const bool gave_way = !job.configured || run.stopping == StopReason::kChanged ||
                        run.stopping == StopReason::kReplaced;
  if (gave_way && ended.outcome != Outcome::kSucceeded) return 0;
  return run.hash == 0 ? job.setup->start_hash : run.hash;
}

void end_run(Draft& draft, const std::string& name, const Ended& ended) {
  const Job& job = draft.job(name);
  const Run& run = *job.run;
  std::uint32_t attempts = 0;
  for (const Task& task : run.tasks)
    attempts += task.attempt;
  const auto tasks = static_cast<std::uint32_t>(run.is_array ? run.tasks.size() : 0);
  const std::uint32_t succeeded = count_succeeded(run);
  const std::uint64_t hash = settled_by(job, ended);
  const Instant now = draft.now().wall;
  const Instant success = ended.outcome == Outcome::kSucceeded ? now : job.last_success;
  draft.record(RunEnded{name, run.number, hash, run.trigger, run.due, run.began, now, attempts,
                        tasks, succeeded, ended.outcome, ended.exit_class, ended.code, ended.signal,
                        ended.message, success});
  draft.enqueue(name);
  for (const std::string& dependent : job.dependents)
    draft.enqueue(dependent);
}

// A run of its own ends with its only task.
void end_task(Draft& draft, const std::string& name, std::uint32_t number, const Ended& ended) {
  const Run& run = *draft.job(name).run;
  if (!run.is_array) return end_run(draft, name, ended);
  draft.record(TaskEnded{name, run.number, number, run.hash, draft.now().wall,
                         run.tasks[number].attempt, ended.outcome, ended.exit_class, ended.code,
                         ended.signal, ended.message});
}

void end_try(Draft& draft, const std::string& name, std::uint32_t number, const Ended& ended) {
  const Job& job = draft.job(name);
  const Run& run = *job.run;
  const Task& task = run.tasks[number];
  const Config& config = job.setup->config;
  // Nobody of us asked: the house stops, or the job is no longer configured.
  bool is_interrupted = ended.outcome == Outcome::kStopped && !task.stopping && !run.stopping;
  bool counts = ended.outcome == Outcome::kFailed || ended.outcome == Outcome::kTimedOut ||
                ended.outcome == Outcome::kStuck || ended.outcome == Outcome::kUnknown;
  bool again = counts && task.failures + 1 < config.retry.tries &&
               ended.exit_class != ExitClass::kConfig && !run.stopping;
  bool goes_on = run.is_array || std::holds_alternative<ToCompletion>(config.when);
  bool resumes = is_interrupted && goes_on;
  if (!job.configured || (!again && !resumes)) return end_task(draft, name, number, ended);
  Duration wait = again ? backoff(config.retry, task.failures + 1) : Duration::zero();
  draft.record(TryEnded{name, run.number, number, task.attempt, ended.outcome, ended.message,
                        draft.now().wall, draft.now().steady + wait, draft.now().wall + wait,
                        task.failures + (counts ? 1 : 0)});
}

void begin_try(Draft& draft, const std::string& name, std::uint32_t number) {
  const Job& job = draft.job(name);
  draft.record(TryBegan{name, job.run->number, number, job.run->tasks[number].attempt + 1,
                        known_hash(job.setup)});
  const Run& run = *draft.job(name).run;
  draft.order(Start{name, number, try_id(run, run.tasks[number])});
}

void stop_try(Draft& draft, const std::string& name, std::uint32_t number, StopReason reason) {
  const Job& job = draft.job(name);
  const Task& task = job.run->tasks[number];
  draft.order(Stop{name, number, try_id(*job.run, task)});
  draft.record(TryStopAsked{name, job.run->number, number, task.attempt, reason});
}

void settle_timeout(Draft& draft, const std::string& name, std::uint32_t number) {
  auto limit = timeout_at(draft.job(name), task_of(draft, name, number));
  if (!limit || draft.now().steady < *limit) return;
  stop_try(draft, name, number, StopReason::kTimeout);
}

void settle_silence(Draft& draft, const std::string& name, std::uint32_t number) {
  const Task& task = task_of(draft, name, number);
  auto look = next_look(draft.job(name), task);
  const Steady now = draft.now().steady;
  if (!look || now < *look) return;
  draft.order(Look{name, number});
  draft.record(TryWatched{name, draft.job(name).run->number, number, *task.active, task.suspect,
                          now + kLookAgain});
}

// A look that comes too late tells nothing of the time between: then it is the first one.
void watch(Draft& draft, const ProgramSeen& seen) {
  const Job& job = draft.job(seen.job);
  const Task& task = job.run->tasks[seen.task];
  const Steady now = draft.now().steady;
  auto note = [&](Steady active, std::optional<Steady> suspect) {
    draft.record(TryWatched{seen.job, job.run->number, seen.task, active, suspect, std::nullopt});
  };
  if (!job.setup->config.stuck_after || !seen.report.active) return;
  // Two clocks are read one after the other.
  constexpr Duration kClockNoise = std::chrono::milliseconds(100);
  if (!task.active || *seen.report.active > *task.active + kClockNoise) {
    return note(*seen.report.active, std::nullopt);
  }
  if (seen.report.output_held) return note(now, std::nullopt);
  if (!seen.is_fresh || !task.look_again || task.stopping || job.run->stopping) return;
  if (!task.suspect || now > *task.suspect + kLookLate) return note(*task.active, now);
  if (now < *task.suspect + kLookAgain) return note(*task.active, task.suspect);
  stop_try(draft, seen.job, seen.task, StopReason::kStuck);
}

bool may_begin(Draft& draft, const std::string& name) {
  if (is_under_way(*draft.job(name).run)) return true;
  // One that is due at this very moment, too, is waited for.
  for (const std::string& need : draft.job(name).setup->config.needs) {
    if (draft.find(need) == nullptr) continue;
    settle_dues(draft, need);
    settle_waiting(draft, need);
    draft.enqueue(need);
  }
  return waits_for(draft, draft.job(name).setup).empty();
}

void begin_tries(Draft& draft, const std::string& name) {
  const Job& job = draft.job(name);
  const Steady now = draft.now().steady;
  const auto count = static_cast<std::uint32_t>(job.run->tasks.size());
  const auto out = static_cast<std::uint32_t>(
      std::ranges::count_if(job.run->tasks, [](const Task& task) { return task.out; }));
  std::uint32_t room = job.run->is_array ? job.setup->config.parallel : 1;
  room -= std::min(room, out);
  std::optional<bool> may;
  for (std::uint32_t i = 0; i < count && room > 0; ++i) {
    const Task& task = task_of(draft, name, i);
    if (task.out || task.outcome || (task.retry_at && now < *task.retry_at)) continue;
    if (!may) may = may_begin(draft, name);
    if (!*may) return;
    begin_try(draft, name, i);
    --room;
  }
}

// Of a time that was dealt with. The clock may have been put back since: it would be taken for one
// that is still to come.
Instant past_due(const Job& job, Trigger trigger, Instant due) {
  return trigger == Trigger::kSchedule ? std::min(due, job.considered) : due;
}

// It is another number of tasks, or no array any more, or has become one.
bool has_another_shape(const Job& job) {
  const std::uint32_t tasks = job.setup->config.tasks;
  return job.run->is_array != (tasks > 0) ||
         job.run->tasks.size() != std::max<std::uint32_t>(1, tasks);
}

// The tasks of an array belong together: what they are, all of them shall be.
bool is_another_array(const Job& job) {
  const Setup& setup = job.setup;
  if (job.run->stopping || !job.configured) return false;
  if (has_another_shape(job)) return true;
  return job.run->is_array && !setup.blocked && job.run->hash != 0 &&
         job.run->hash != setup.start_hash;
}

void replace_array(Draft& draft, const std::string& name) {
  const Job& job = draft.job(name);
  const Run& run = *job.run;
  const Config& config = job.setup->config;
  const bool again = !std::holds_alternative<ToCompletion>(config.when);
  if (again && (job.waiting == 0 || config.overlap == Overlap::kQueue)) {
    const Instant due = past_due(job, run.trigger, run.due);
    const std::uint32_t waiting = std::min(job.waiting + 1, kWaitingMost);
    draft.record(QueueSet{name, waiting, run.trigger, due, ""});
  }
  stop_run(draft, name, StopReason::kChanged);
}

// What is to be done once nothing of the run is with the service room; nothing: it goes on.
std::optional<Ended> ending_at_rest(const Job& job) {
  if (job.run->stopping) return ended_at_rest(*job.run->stopping);
  if (job.configured) return std::nullopt;
  return Ended{Outcome::kStopped, ExitClass::kStopped, -1, 0, "the job is no longer configured"};
}

}  // namespace

std::string waits_for(const Draft& draft, const Setup& setup) {
  for (const std::string& need : setup.config.needs) {
    const Job* job = draft.find(need);
    if (job == nullptr) return "waits for job " + need;
    if (job->run || job->waiting > 0) return "waits for job " + need + " to end";
    if (!job->last) return "waits for job " + need + ", which has not run yet";
    if (job->last->outcome != Outcome::kSucceeded) {
      return "waits for job " + need + ", whose last run " +
             std::string(job->last->outcome == Outcome::kFailed ? "failed" : "did not succeed");
    }
  }
  return {};
}

bool is_under_way(const Run& run) {
  return run.is_array &&
         std::ranges::any_of(run.tasks, [](const Task& task) { return task.attempt > 0; });
}

std::optional<Steady> next_look(const Job& job, const Task& task) {
  const auto& silence = job.setup->config.stuck_after;
  if (!silence || !task.started || !task.active || task.stopping || job.run->stopping) {
    return std::nullopt;
  }
  if (task.look_again) return task.look_again;
  return task.suspect ? *task.suspect + kLookAgain : *task.active + *silence;
}

std::optional<Steady> timeout_at(const Job& job, const Task& task) {
  if (!task.started || task.stopping || job.run->stopping || !job.setup->config.timeout) {
    return std::nullopt;
  }
  return *task.started + *job.setup->config.timeout;
}

void settle_waiting(Draft& draft, const std::string& name) {
  const Job& job = draft.job(name);
  if (job.run || !job.configured || !draft.open()) return;
  if (job.waiting > 0) {
    Trigger trigger = job.waiting_trigger;
    Instant due = past_due(job, trigger, job.waiting_due);
    draft.record(QueueSet{name, job.waiting - 1, trigger, due, ""});
    return open_run(draft, name, trigger, due);
  }
  const Setup& setup = job.setup;
  bool is_new = std::holds_alternative<ToCompletion>(setup.config.when) &&
                job.settled != setup.start_hash && !(setup.blocked && job.settled != 0);
  if (is_new) open_run(draft, name, Trigger::kNewcomer, draft.now().wall);
}

void settle_run(Draft& draft, const std::string& name) {
  if (is_another_array(draft.job(name))) replace_array(draft, name);
  const auto count = static_cast<std::uint32_t>(draft.job(name).run->tasks.size());
  for (std::uint32_t i = 0; draft.open() && i < count; ++i) {
    settle_timeout(draft, name, i);
    settle_silence(draft, name, i);
  }
  const Run& run = *draft.job(name).run;
  const bool is_out = std::ranges::any_of(run.tasks, &Task::out);
  const bool all_over =
      std::ranges::all_of(run.tasks, [](const Task& task) { return task.outcome.has_value(); });
  auto ending = ending_at_rest(draft.job(name));
  if (!is_out && (ending || all_over)) {
    return end_run(draft, name, run.is_array ? ended_of_tasks(run) : *ending);
  }
  if (!ending && draft.open()) begin_tries(draft, name);
}

void program_seen(Draft& draft, const ProgramSeen& seen) {
  const Job* job = draft.find(seen.job);
  if (job == nullptr || !draft.state().known || !job->run) return;
  if (seen.task >= job->run->tasks.size()) return;
  const Task& known = job->run->tasks[seen.task];
  if (!known.out || try_id(*job->run, known) != seen.report.id) return;
  draft.enqueue(seen.job);
  if (job->run->hash == 0 && seen.report.spec != 0) {
    draft.record(RunHashed{seen.job, job->run->number, seen.report.spec});
    job = draft.find(seen.job);  // facts move it
  }
  const Run& run = *job->run;
  const Task& task = run.tasks[seen.task];
  switch (seen.report.stage) {
    case service::RunStage::kPending:
      return;
    case service::RunStage::kRunning:
      if (task.pid != seen.report.pid || task.started != seen.report.started) {
        draft.record(TryStarted{seen.job, run.number, seen.task, task.attempt, seen.report.pid,
                                seen.report.started, seen.report.started_wall});
      }
      return watch(draft, seen);
    case service::RunStage::kOver:
      return end_try(draft, seen.job, seen.task, ended_of(*job, task, seen.report));
  }
}

}  // namespace hammock::job
