#include "core/job/due.h"

#include <algorithm>

#include "base/variant.h"
#include "core/schedule/schedule.h"

namespace hammock::job {
namespace {

// Where a schedule that is new begins: what repeats at a distance is due at once.
Instant anchor(const Setup& setup, Instant now) {
  const auto* every = std::get_if<Every>(&setup.config.when);
  return every == nullptr ? now : now - every->distance;
}

void begin_schedule(Draft& draft, const std::string& name) {
  const Job& job = draft.job(name);
  std::string schedule = schedule_text(job.setup);
  const Instant now = draft.now().wall;
  if (job.schedule == schedule && job.considered <= now + kClockBack) return;
  draft.record(ScheduleBegan{name, anchor(job.setup, now), std::move(schedule)});
}

void queue_more(Draft& draft, const std::string& name, std::uint32_t more, Trigger trigger,
                Instant due) {
  std::uint32_t waiting = std::min(draft.job(name).waiting + more, kWaitingMost);
  draft.record(QueueSet{name, waiting, trigger, due, ""});
}

// Those that nobody could run in time; true when there was one.
void pass_missed(Draft& draft, const std::string& name) {
  const Setup& setup = draft.job(name).setup;
  const Instant late = draft.now().wall - kLateMost;
  DuesMissed missed{name, 0, {}};
  for (auto due = next_due(setup, draft.job(name).considered); due && *due <= late;
       due = next_due(setup, *due)) {
    missed.last = *due;
    if (++missed.count == kMissedMost) {
      missed.last = late;
      break;
    }
  }
  if (missed.count == 0) return;
  draft.record(missed);
  std::uint32_t again = std::min(setup.config.catch_up, missed.count);
  if (again > 0) queue_more(draft, name, again, Trigger::kCatchUp, missed.last);
}

void take_due(Draft& draft, const std::string& name, Instant due) {
  const Job& job = draft.job(name);
  if (job.skip > 0) return draft.record(DuePassed{name, due, PassReason::kSkipped, job.skip - 1});
  if (!job.run && job.waiting == 0) return open_run(draft, name, Trigger::kSchedule, due);
  switch (job.setup->config.overlap) {
    case Overlap::kSkip:
      return draft.record(DuePassed{name, due, PassReason::kBusy, 0});
    case Overlap::kQueue:
      if (job.waiting >= kWaitingMost) {
        return draft.record(DuePassed{name, due, PassReason::kQueueFull, 0});
      }
      return queue_more(draft, name, 1, Trigger::kSchedule, due);
    case Overlap::kReplace:
      if (job.run && !job.run->stopping) stop_run(draft, name, StopReason::kReplaced);
      return draft.record(QueueSet{name, 1, Trigger::kSchedule, due, ""});
  }
}

}  // namespace

std::optional<Instant> next_due(const Setup& setup, Instant after) {
  return match(
      setup.config.when, [](const ToCompletion&) { return std::optional<Instant>(); },
      [&](const AtTimes& at) { return schedule::next_due(at.cron, setup.zone, after); },
      [&](const Every& every) { return std::optional(after + every.distance); });
}

std::string schedule_text(const Setup& setup) {
  return match(
      setup.config.when, [](const ToCompletion&) { return std::string("to completion"); },
      [&](const AtTimes& at) { return "at " + at.cron.text + " " + setup.zone.name(); },
      [](const Every& every) { return "every " + format_duration(every.distance); });
}

void settle_dues(Draft& draft, const std::string& name) {
  const bool has_times = !std::holds_alternative<ToCompletion>(draft.job(name).setup->config.when);
  if (!has_times || !draft.job(name).configured || !draft.open()) return;
  begin_schedule(draft, name);
  pass_missed(draft, name);
  for (;;) {
    const Job& job = draft.job(name);
    auto due = next_due(job.setup, job.considered);
    if (!due || *due > draft.now().wall) return;
    take_due(draft, name, *due);
  }
}

void open_run(Draft& draft, const std::string& name, Trigger trigger, Instant due,
              const std::string& command, const std::string& by) {
  const Job& job = draft.job(name);
  draft.record(RunOpened{name, job.last_number + 1, trigger, due, known_hash(job.setup),
                         job.setup->config.tasks, command, by});
}

void stop_run(Draft& draft, const std::string& name, StopReason reason, const std::string& command,
              const std::string& by) {
  const Run& run = *draft.job(name).run;
  for (std::uint32_t i = 0; i < run.tasks.size(); ++i) {
    if (run.tasks[i].out) draft.order(Stop{name, i, try_id(run, run.tasks[i])});
  }
  draft.record(RunStopAsked{name, run.number, reason, command, by});
}

}  // namespace hammock::job
