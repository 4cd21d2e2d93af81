#include "shell/jobs_json.h"

#include "base/signals.h"
#include "base/text.h"

namespace hammock::shell {
namespace {

// The epoch stands for "never".
std::optional<std::string> instant_text(Instant at) {
  return at == Instant{} ? std::nullopt : std::optional(format_instant_ms(at));
}

void write_ended(JsonWriter& json, const job::RunEnded& run) {
  json.object([&] {
    json.member("run", run.number);
    json.member("outcome", text_of(run.outcome));
    json.member("trigger", text_of(run.trigger));
    json.member("due", instant_text(run.due));
    json.member("started", instant_text(run.started));
    json.member("ended", instant_text(run.ended));
    bool ran = run.started != Instant{};
    json.member("duration_ms",
                ran ? std::optional((run.ended - run.started).count() / 1000) : std::nullopt);
    json.member("tries", run.attempts);
    if (run.tasks > 0) {
      json.member("tasks", run.tasks);
      json.member("tasks_succeeded", run.succeeded);
    }
    json.member("class", run.attempts > 0 ? std::optional(text_of(run.exit_class)) : std::nullopt);
    json.member("code", run.code >= 0 ? std::optional(run.code) : std::nullopt);
    json.member("signal", run.signal > 0 ? std::optional(signal_name(run.signal)) : std::nullopt);
    json.member("message", run.message);
  });
}

// Writes the progress of a task of this job, if it has said any.
struct ProgressWriter {
  JsonWriter& json;
  const std::string& job;
  const TaskProgress& progress;
  void operator()(std::size_t task) const {
    auto found = progress.find({job, static_cast<std::uint32_t>(task)});
    if (found == progress.end()) return;
    json.member("progress");
    json.object([&] {
      json.member("done", found->second.done);
      json.member("total", found->second.total);
    });
  }
};

void write_task(JsonWriter& json, const job::Task& task) {
  json.member("try", task.attempt);
  json.member("pid", task.pid > 0 ? std::optional(task.pid) : std::nullopt);
  json.member("next_try", task.retry_at ? instant_text(task.retry_wall) : std::nullopt);
}

// How many there are of each kind, and those that are at work.
void write_tasks(JsonWriter& json, const std::vector<job::Task>& tasks,
                 const ProgressWriter& write_progress) {
  std::size_t succeeded = 0;
  std::size_t over = 0;
  for (const job::Task& task : tasks) {
    if (task.outcome) ++over;
    if (task.outcome == job::Outcome::kSucceeded) ++succeeded;
  }
  json.member("tasks", tasks.size());
  json.member("tasks_over", over);
  json.member("tasks_succeeded", succeeded);
  json.member("at_work");
  json.array([&] {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      if (!tasks[i].out && !tasks[i].retry_at) continue;
      json.object([&] {
        json.member("task", i);
        write_task(json, tasks[i]);
        write_progress(i);
      });
    }
  });
}

void write_run(JsonWriter& json, const job::Run& run, const ProgressWriter& write_progress) {
  json.object([&] {
    json.member("run", run.number);
    json.member("trigger", text_of(run.trigger));
    json.member("due", instant_text(run.due));
    json.member("started", instant_text(run.began));
    if (run.is_array) return write_tasks(json, run.tasks, write_progress);
    write_task(json, run.tasks.front());
    write_progress(0);
  });
}

}  // namespace

void write_job(JsonWriter& json, const job::Report& job, const TaskProgress& progress) {
  json.object([&] {
    json.member("name", job.name);
    json.member("schedule", job.schedule);
    json.member("state", text_of(job.doing));
    if (!job.note.empty()) json.member("note", job.note);
    json.member("current");
    if (job.run)
      write_run(json, *job.run, {json, job.name, progress});
    else
      json.null();
    json.member("last");
    if (job.last)
      write_ended(json, *job.last);
    else
      json.null();
    json.member("next", job.next ? std::optional(format_instant_ms(*job.next)) : std::nullopt);
    if (job.late) json.member("late_since", format_instant_ms(*job.late));
    json.member("waiting", job.waiting);
    json.member("skip", job.skip);
  });
}

std::string runs_json(const std::vector<FactRow>& rows) {
  JsonWriter json;
  json.object([&] {
    json.member("runs");
    json.array([&] {
      for (const FactRow& row : rows) {
        auto fact = job::fact_from_json(row.kind, row.fields);
        const auto* ended = fact ? std::get_if<job::RunEnded>(&*fact) : nullptr;
        if (ended != nullptr) write_ended(json, *ended);
      }
    });
  });
  return json.text() + "\n";
}

}  // namespace hammock::shell
