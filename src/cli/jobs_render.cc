// Jobs and their runs for people.
#include <algorithm>

#include "base/text.h"
#include "cli/status.h"
#include "cli/table.h"
#include "cli/when.h"

namespace hammock::cli {
namespace {

Tone tone_of_outcome(std::string_view outcome) {
  if (outcome == "succeeded") return Tone::kGood;
  if (outcome == "failed" || outcome == "timed-out" || outcome == "stuck") return Tone::kBad;
  if (outcome == "stopped" || outcome == "replaced") return Tone::kFaint;
  return Tone::kUnsure;
}

Tone tone_of_state(const JobStatus& job) {
  if (job.late_since) return Tone::kBad;
  if (job.state == "running" || job.state == "waiting" || job.state == "stopping") {
    return Tone::kBusy;
  }
  if (job.state == "backing-off") return Tone::kBad;
  if (job.state == "idle") return job.last ? tone_of_outcome(job.last->outcome) : Tone::kFaint;
  return Tone::kUnsure;
}

std::string last_text(const JobStatus& job, Instant now) {
  if (!job.last) return "-";
  std::string text = printable(job.last->outcome);
  if (job.last->ended) text += " " + relative(*job.last->ended, now);
  return text;
}

std::string length_of(const RunStatus& run, Instant now) {
  if (!run.started) return "-";
  return age_between(*run.started, run.ended.value_or(now));
}

constexpr std::size_t kBarColumns = 24;

Duration seconds_of(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

// "[######------------------] 16 of 64 tasks, about 12m left"; all is 1 or more.
std::string progress_text(const RunStatus& run, std::int64_t done, std::int64_t all, Instant now) {
  const bool is_array = run.tasks > 0;
  const std::int64_t over = std::clamp<std::int64_t>(done, 0, all);
  const auto full = static_cast<std::size_t>(static_cast<double>(kBarColumns) *
                                             static_cast<double>(over) / static_cast<double>(all));
  std::string text = "[" + std::string(full, '#') + std::string(kBarColumns - full, '-') + "] " +
                     std::to_string(over) + " of " + std::to_string(all) +
                     (is_array ? " tasks" : "");
  const std::int64_t bad = over - run.tasks_succeeded;
  if (is_array && bad > 0) text += ", " + std::to_string(bad) + " of them did not succeed";
  if (over > 0 && over < all && run.started && *run.started < now) {
    const double took = std::chrono::duration<double>(now - *run.started).count();
    const double left = took / static_cast<double>(over) * static_cast<double>(all - over);
    constexpr double kMost = 1e9;  // seconds
    text += ", about " + age_between(now, now + seconds_of(std::min(left, kMost))) + " left";
  }
  return text;
}

Line job_line(const JobStatus& job, Instant now) {
  std::string state = printable(job.state);
  if (job.current && job.current->started) state += " " + age_between(*job.current->started, now);
  Line line{{printable(job.name), state, last_text(job, now),
             job.next ? relative(*job.next, now) : "-", printable(job.schedule)},
            tone_of_state(job)};
  if (job.late_since) {
    line.notes.push_back("late: it should have succeeded again " + relative(*job.late_since, now));
  }
  if (job.current && job.current->tasks > 0) {
    const RunStatus& run = *job.current;
    line.notes.push_back(progress_text(run, run.tasks_over, run.tasks, now));
  } else if (job.current && job.current->progress_total > 0) {
    const RunStatus& run = *job.current;
    line.notes.push_back(progress_text(run, run.progress_done, run.progress_total, now));
  }
  if (!job.note.empty()) line.notes.push_back(printable(job.note));
  if (job.current && job.current->next_try) {
    line.notes.push_back("next try " + relative(*job.current->next_try, now));
  }
  const bool is_bad = job.last && job.last->outcome != "succeeded";
  if (is_bad && !job.last->message.empty()) {
    line.notes.push_back("run " + std::to_string(job.last->number) + ": " +
                         printable(job.last->message));
  }
  if (job.waiting > 0) line.notes.push_back("runs that wait: " + std::to_string(job.waiting));
  if (job.skip > 0) line.notes.push_back("to be skipped: " + std::to_string(job.skip));
  return line;
}

}  // namespace

std::string render_jobs(const std::vector<JobStatus>& jobs, Instant now, const Look& look) {
  if (jobs.empty()) return {};
  std::vector<Line> lines;
  for (const JobStatus& job : jobs)
    lines.push_back(job_line(job, now));
  return table({"JOB", "STATE", "LAST RUN", "NEXT", "DUE"}, lines, look);
}

std::string render_runs(const std::vector<RunStatus>& runs, Instant now, const Look& look) {
  std::vector<Line> lines;
  for (const RunStatus& run : runs) {
    lines.push_back({{std::to_string(run.number), printable(run.outcome), printable(run.trigger),
                      run.started ? format_instant(*run.started) : "-", length_of(run, now),
                      std::to_string(run.tries), printable(run.message)},
                     tone_of_outcome(run.outcome)});
  }
  return table({"RUN", "OUTCOME", "TRIGGER", "STARTED", "TOOK", "TRIES", "HOW"}, lines, look);
}

}  // namespace hammock::cli
