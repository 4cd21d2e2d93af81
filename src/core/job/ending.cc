#include "core/job/ending.h"

#include <algorithm>

namespace hammock::job {
namespace {

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
    case StopReason::kStuck:
      return Outcome::kStuck;
    case StopReason::kReplaced:
    case StopReason::kChanged:
      return Outcome::kReplaced;
    case StopReason::kCommand:
      return Outcome::kStopped;
  }
  return Outcome::kUnknown;
}

std::string why_stopped(StopReason reason, const Job& job) {
  switch (reason) {
    case StopReason::kTimeout:
      return "it took longer than " +
             format_duration(job.setup->config.timeout.value_or(Duration::zero()));
    case StopReason::kStuck:
      return "no output and no progress for " +
             format_duration(job.setup->config.stuck_after.value_or(Duration::zero()));
    case StopReason::kReplaced:
      return "the next run took its place";
    case StopReason::kChanged:
      return "its configuration has changed";
    case StopReason::kCommand:
      return "somebody stopped it";
  }
  return {};
}

}  // namespace

Ended ended_of(const Job& job, const Task& task, const service::RunReport& report) {
  Ended ended;
  if (report.exit) {
    ended.outcome = outcome_of(report.exit->exit_class);
    ended.exit_class = report.exit->exit_class;
    ended.code = report.exit->code;
    ended.signal = report.exit->signal;
    ended.message = service::describe_exit(*report.exit);
  }
  const std::optional<StopReason>& stopping = task.stopping ? task.stopping : job.run->stopping;
  // It may have been done just before our signal came.
  if (!stopping || ended.outcome == Outcome::kSucceeded) return ended;
  ended.outcome = outcome_of(*stopping);
  ended.message = why_stopped(*stopping, job);
  return ended;
}

Ended ended_at_rest(StopReason reason) {
  return {outcome_of(reason), ExitClass::kStopped, -1, 0, "it was not at work when it was stopped"};
}

std::uint32_t count_succeeded(const Run& run) {
  return static_cast<std::uint32_t>(std::ranges::count_if(
      run.tasks, [](const Task& task) { return task.outcome == Outcome::kSucceeded; }));
}

Ended ended_of_tasks(const Run& run) {
  const std::uint32_t succeeded = count_succeeded(run);
  const bool all_over =
      std::ranges::all_of(run.tasks, [](const Task& task) { return task.outcome.has_value(); });
  Ended ended{Outcome::kSucceeded, ExitClass::kClean, 0, 0, ""};
  const std::size_t all = run.tasks.size();
  ended.message = std::to_string(succeeded) + " of " + std::to_string(all) + " tasks succeeded";
  if (succeeded == all) return ended;
  if (run.trouble) {
    const TaskEnded& first = *run.trouble;
    ended = {first.outcome, first.exit_class, first.code, first.signal,
             ended.message + "; task " + std::to_string(first.task) + ": " + first.message};
  }
  // What failed before the run was stopped is told; what decided that it ends is the stop.
  if (!all_over) {
    ended.outcome = run.stopping ? outcome_of(*run.stopping) : Outcome::kStopped;
    ended.exit_class = ExitClass::kStopped;
  }
  return ended;
}

}  // namespace hammock::job
