#include <algorithm>

#include "base/assert.h"
#include "base/variant.h"
#include "core/job/due.h"

namespace hammock::job {
namespace {

// A job settles in a few rounds; more means that two rules undo each other.
constexpr int kRoundsMost = 16;

// What its needs among the jobs hold it up with; empty: nothing.
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

Duration backoff(const Retry& retry, std::uint32_t failures) {
  Duration wait = retry.backoff;
  for (std::uint32_t i = 1; i < failures && wait < kBackoffMost; ++i)
    wait *= 2;
  return std::min(wait, std::max(retry.backoff, kBackoffMost));
}

// How a try ended, in the terms of a run.
struct Ended {
  Outcome outcome = Outcome::kUnknown;
  ExitClass exit_class = ExitClass::kUnknown;
  std::int32_t code = -1;
  std::int32_t signal = 0;
  std::string message = "nobody knows how it ended";
};

Outcome outcome_of(ExitClass exit_class) {
  switch (exit_class) {
    case ExitClass::kClean:
    case ExitClass::kExpected:
      return Outcome::kSucceeded;
    case ExitClass::kStopped:
      return Outcome::kStopped;
    case ExitClass::kUnknown:
      return Outcome::kUnknown;
    case ExitClass::kCrash:
    case ExitClass::kError:
    case ExitClass::kOom:
    case ExitClass::kWatchdog:
    case ExitClass::kStartTimeout:
    case ExitClass::kConfig:
    case ExitClass::kStartFailed:
      return Outcome::kFailed;
  }
  return Outcome::kUnknown;
}

Outcome outcome_of(StopReason reason) {
  switch (reason) {
    case StopReason::kTimeout:
      return Outcome::kTimedOut;
    case StopReason::kReplaced:
      return Outcome::kReplaced;
    case StopReason::kCommand:
      return Outcome::kStopped;
  }
  return Outcome::kUnknown;
}

Ended ended_of(const Job& job, const service::RunReport& report) {
  const Run& run = *job.run;
  Ended ended;
  if (report.exit) {
    ended.outcome = outcome_of(report.exit->exit_class);
    ended.exit_class = report.exit->exit_class;
    ended.code = report.exit->code;
    ended.signal = report.exit->signal;
    ended.message = service::describe_exit(*report.exit);
  }
  // It may have been done just before our signal came.
  if (!run.stopping || ended.outcome == Outcome::kSucceeded) return ended;
  ended.outcome = outcome_of(*run.stopping);
  if (*run.stopping == StopReason::kTimeout) {
    Duration limit = job.setup->config.timeout.value_or(Duration::zero());
    ended.message = "it took longer than " + format_duration(limit);
  } else {
    ended.message = *run.stopping == StopReason::kReplaced ? "the next run took its place"
                                                           : "somebody stopped it";
  }
  return ended;
}

void end_run(Draft& draft, const std::string& name, const Ended& ended) {
  const Job& job = draft.job(name);
  const Run& run = *job.run;
  draft.record(RunEnded{name, run.number, run.hash, run.trigger, run.due, run.began,
                        draft.now().wall, run.attempt, ended.outcome, ended.exit_class, ended.code,
                        ended.signal, ended.message});
  draft.enqueue(name);
  for (const std::string& dependent : job.dependents)
    draft.enqueue(dependent);
}

void end_try(Draft& draft, const std::string& name, const Ended& ended) {
  const Job& job = draft.job(name);
  const Run& run = *job.run;
  const Config& config = job.setup->config;
  // Nobody of us asked: the house stops, or the job is no longer configured.
  bool is_interrupted = ended.outcome == Outcome::kStopped && !run.stopping;
  bool counts = ended.outcome == Outcome::kFailed || ended.outcome == Outcome::kTimedOut ||
                ended.outcome == Outcome::kUnknown;
  bool again =
      counts && run.failures + 1 < config.retry.tries && ended.exit_class != ExitClass::kConfig;
  bool resumes = is_interrupted && std::holds_alternative<ToCompletion>(config.when);
  if (!job.configured || (!again && !resumes)) return end_run(draft, name, ended);
  Duration wait = again ? backoff(config.retry, run.failures + 1) : Duration::zero();
  draft.record(TryEnded{name, run.number, run.attempt, ended.outcome, ended.message,
                        draft.now().wall, draft.now().steady + wait, draft.now().wall + wait,
                        run.failures + (counts ? 1 : 0)});
}

void begin_try(Draft& draft, const std::string& name) {
  const Run& run = *draft.job(name).run;
  draft.record(TryBegan{name, run.number, run.attempt + 1, draft.job(name).setup->start_hash});
  draft.order(Start{name, try_id(*draft.job(name).run)});
}

std::optional<Steady> timeout_at(const Job& job) {
  if (!job.run || !job.run->started || job.run->stopping || !job.setup->config.timeout) {
    return std::nullopt;
  }
  return *job.run->started + *job.setup->config.timeout;
}

void settle_waiting(Draft& draft, const std::string& name) {
  const Job& job = draft.job(name);
  if (job.run || !job.configured || !draft.open()) return;
  if (job.waiting > 0) {
    Trigger trigger = job.waiting_trigger;
    Instant due = job.waiting_due;
    draft.record(QueueSet{name, job.waiting - 1, trigger, due, ""});
    return open_run(draft, name, trigger, due);
  }
  bool is_new = std::holds_alternative<ToCompletion>(job.setup->config.when) &&
                job.settled != job.setup->start_hash;
  if (is_new) open_run(draft, name, Trigger::kNewcomer, draft.now().wall);
}

void settle_run(Draft& draft, const std::string& name) {
  const Job& job = draft.job(name);
  const Run& run = *job.run;
  const Steady now = draft.now().steady;
  if (run.out) {
    auto limit = timeout_at(job);
    if (limit && now >= *limit) stop_run(draft, name, StopReason::kTimeout);
    return;
  }
  if (run.stopping) {  // between two tries, or before the first
    return end_run(draft, name,
                   {outcome_of(*run.stopping), ExitClass::kStopped, -1, 0,
                    "it was not at work when it was stopped"});
  }
  if (!job.configured) {
    return end_run(
        draft, name,
        {Outcome::kStopped, ExitClass::kStopped, -1, 0, "the job is no longer configured"});
  }
  if (!draft.open() || (run.retry_at && now < *run.retry_at)) return;
  // One that is due at this very moment, too, is waited for.
  for (const std::string& need : job.setup->config.needs) {
    if (draft.find(need) == nullptr) continue;
    settle_dues(draft, need);
    settle_waiting(draft, need);
    draft.enqueue(need);
  }
  bool waits = !waits_for(draft, draft.job(name).setup).empty();
  if (!waits) begin_try(draft, name);
}

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
    // One that is past waits for something else: a wake would change nothing.
    if (job.run && !job.run->out && job.run->retry_at > now.steady) sooner(job.run->retry_at);
  }
  sooner(timeout_at(job));
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
    if (!job.run || !job.run->out) continue;
    if (job.run->stopping)
      draft.order(Stop{name, try_id(*job.run)});
    else
      draft.order(Start{name, try_id(*job.run)});
  }
}

void program_seen(Draft& draft, const ProgramSeen& seen) {
  const Job* job = draft.find(seen.job);
  if (job == nullptr || !draft.state().known || !job->run || !job->run->out) return;
  if (try_id(*job->run) != seen.report.id) return;
  const Run& run = *job->run;
  draft.enqueue(seen.job);
  switch (seen.report.stage) {
    case service::RunStage::kPending:
      return;
    case service::RunStage::kRunning:
      if (run.pid == seen.report.pid && run.started == seen.report.started) return;
      draft.record(TryStarted{seen.job, run.number, run.attempt, seen.report.pid,
                              seen.report.started, seen.report.started_wall});
      return;
    case service::RunStage::kOver:
      return end_try(draft, seen.job, ended_of(*job, seen.report));
  }
}

void reply(Draft& draft, const std::string& id, service::ReplyKind kind, std::string message) {
  draft.order(service::Reply{id, kind, std::move(message)});
}

void answer(Draft& draft, const CommandGiven& given) {
  reply(draft, given.id, service::ReplyKind::kDone, draft.job(given.job).answered.back().message);
}

void run_asked(Draft& draft, const CommandGiven& given) {
  const Job& job = draft.job(given.job);
  const Instant now = draft.now().wall;
  if (!job.run && job.waiting == 0) {
    open_run(draft, given.job, Trigger::kCommand, now, given.id, given.by);
    return answer(draft, given);
  }
  switch (job.setup->config.overlap) {
    case Overlap::kSkip:
      return reply(draft, given.id, service::ReplyKind::kRefused,
                   "run " + std::to_string(job.last_number) + " of " + given.job +
                       " is not over, and its overlap is \"skip\"");
    case Overlap::kQueue:
      if (job.waiting >= kWaitingMost) {
        return reply(draft, given.id, service::ReplyKind::kRefused,
                     std::to_string(job.waiting) + " runs of " + given.job + " wait already");
      }
      draft.record(QueueSet{given.job, job.waiting + 1, Trigger::kCommand, now, given.id});
      return answer(draft, given);
    case Overlap::kReplace:
      if (job.run && !job.run->stopping) stop_run(draft, given.job, StopReason::kReplaced);
      draft.record(QueueSet{given.job, 1, Trigger::kCommand, now, given.id});
      return answer(draft, given);
  }
}

void command_given(Draft& draft, const CommandGiven& given) {
  const Job* job = draft.find(given.job);
  auto refuse = [&](std::string why) {
    reply(draft, given.id, service::ReplyKind::kRefused, std::move(why));
  };
  if (!draft.state().known) return refuse("Hammock is starting; ask again");
  if (job == nullptr || !job->configured) return refuse("no job is called '" + given.job + "'");
  auto known = std::ranges::find(job->answered, given.id, &Answered::id);
  if (known != job->answered.end()) {
    return reply(draft, given.id, service::ReplyKind::kDone, known->message);
  }
  draft.enqueue(given.job);
  switch (given.verb) {
    case Verb::kRun:
      if (!draft.open()) return refuse("Hammock is starting or stopping; ask again");
      return run_asked(draft, given);
    case Verb::kStop:
      if (!job->run) return refuse(given.job + " has no run to stop");
      stop_run(draft, given.job, StopReason::kCommand, given.id, given.by);
      return answer(draft, given);
    case Verb::kSkip:
      if (std::holds_alternative<ToCompletion>(job->setup->config.when)) {
        return refuse(given.job + " has no times that could be skipped");
      }
      draft.record(SkipSet{given.job, std::min(given.count, kSkipMost), given.id, given.by});
      return answer(draft, given);
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

std::string try_id(const Run& run) {
  return std::to_string(run.number) + "/" + std::to_string(run.attempt);
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

std::vector<Report> report(const State& state) {
  std::vector<Report> reports;
  Draft draft(state, {});
  auto add = [&](const std::string& name, const Job& job) {
    Report one{
        name,    schedule_text(job.setup), Doing::kIdle, "", job.run, job.last, {}, job.waiting,
        job.skip};
    if (job.configured && !job.schedule.empty()) one.next = next_due(job.setup, job.considered);
    if (!job.configured) one.note = "no longer configured";
    if (!state.open || !state.known) {
      one.doing = Doing::kUnknown;
    } else if (job.run && job.run->stopping) {
      one.doing = Doing::kStopping;
    } else if (job.run && job.run->started) {
      one.doing = Doing::kRunning;
    } else if (job.run) {
      one.doing = job.run->retry_at ? Doing::kBackingOff : Doing::kWaiting;
      one.note = job.run->out ? "" : waits_for(draft, job.setup);
      if (job.run->retry_at) one.note = job.run->said;
    }
    reports.push_back(std::move(one));
  };
  for (const std::string& name : state.order)
    add(name, state.jobs.find(name)->second);
  for (const auto& [name, job] : state.jobs) {
    if (!job.configured && job.run) add(name, job);
  }
  return reports;
}

}  // namespace hammock::job
