#include <algorithm>

#include "core/job/run.h"
#include "core/job/success.h"

namespace hammock::job {
namespace {

Doing doing_of(const State& state, const Job& job) {
  if (!state.open || !state.known) return Doing::kUnknown;
  if (!job.run) return Doing::kIdle;
  const auto& tasks = job.run->tasks;
  if (job.run->stopping ||
      std::ranges::any_of(tasks, [](const Task& task) { return task.stopping.has_value(); })) {
    return Doing::kStopping;
  }
  if (std::ranges::any_of(tasks, [](const Task& task) { return task.started.has_value(); })) {
    return Doing::kRunning;
  }
  if (std::ranges::any_of(tasks, &Task::out)) return Doing::kWaiting;
  // None is out: those that are left wait for their next try, or for something else.
  bool all_back_off = std::ranges::all_of(tasks, [](const Task& task) {
    return task.outcome.has_value() || task.retry_at.has_value();
  });
  return all_back_off ? Doing::kBackingOff : Doing::kWaiting;
}

std::string note_of(const Draft& draft, const Job& job, Doing doing) {
  if (!job.configured) return "no longer configured";
  if (!job.run) return {};
  if (doing == Doing::kBackingOff) {
    for (const Task& task : job.run->tasks) {
      if (!task.outcome && !task.said.empty()) return task.said;
    }
  }
  const bool is_out = std::ranges::any_of(job.run->tasks, &Task::out);
  bool waits = doing == Doing::kWaiting && !is_out && !is_under_way(*job.run);
  return waits ? waits_for(draft, job.setup) : "";
}

}  // namespace

std::vector<Report> report(const State& state) {
  std::vector<Report> reports;
  Draft draft(state, {});
  auto add = [&](const std::string& name, const Job& job) {
    Report one;
    one.name = name;
    one.schedule = schedule_text(job.setup);
    one.doing = doing_of(state, job);
    one.run = job.run;
    one.last = job.last;
    one.waiting = job.waiting;
    one.skip = job.skip;
    one.note = note_of(draft, job, one.doing);
    if (job.configured && !job.schedule.empty()) one.next = next_due(job.setup, job.considered);
    if (auto deadline = success_deadline(job); deadline == job.late_said) one.late = deadline;
    reports.push_back(std::move(one));
  };
  for (const std::string& name : state.order)
    add(name, state.jobs.find(name)->second);
  for (const auto& [name, job] : state.jobs) {
    if (!job.configured && job.run) add(name, job);
  }
  return reports;
}

std::optional<Instant> last_success(const State& state, std::string_view job) {
  auto found = state.jobs.find(job);
  if (found == state.jobs.end() || found->second.last_success == Instant{}) return std::nullopt;
  return found->second.last_success;
}

}  // namespace hammock::job
