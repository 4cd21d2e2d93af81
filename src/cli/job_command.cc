#include <algorithm>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/suggest.h"

namespace hammock::cli {
namespace {

constexpr std::uint64_t kCountMost = 1000;

int say_unknown_job(const Session& session, std::string_view name,
                    const std::vector<std::string>& known) {
  return say(session, Exit::kUsage,
             "there is no job `" + printable(name) + "`" + did_you_mean(name, known));
}

int list_jobs(const Session& session, const Answer& answer, const Status& status, bool json) {
  if (json) {
    session.out.write(json_text(answer.body["jobs"]) + "\n");
  } else if (status.jobs.empty()) {
    session.out.write("There are no jobs.\n");
  } else {
    session.out.write(render_jobs(status.jobs, wall_now(), session.out.look()));
  }
  return code(Exit::kDone);
}

int show_history(const Session& session, const std::string& job, std::optional<std::uint64_t> count,
                 bool json) {
  std::string target = "/v1/jobs/" + job + "/runs";
  if (count) target += "?limit=" + std::to_string(*count);
  auto answer = ask(session.places.control(), "GET", target, deadline_in(kAnswerWithin));
  if (!answer) return say(session, answer.error());
  if (answer->status != 200) return say(session, error_of(*answer));
  if (json) {
    session.out.write(json_text(answer->body["runs"]) + "\n");
    return code(Exit::kDone);
  }
  std::vector<RunStatus> runs;
  for (const Json& item : answer->body["runs"].items())
    runs.push_back(run_from_json(item));
  if (runs.empty()) {
    session.out.write("No run of " + printable(job) + " has ended yet.\n");
  } else {
    session.out.write(render_runs(runs, wall_now(), session.out.look()));
  }
  return code(Exit::kDone);
}

}  // namespace

int run_job(const Session& session, const Invocation& invocation) {
  const std::string action = *invocation.value("ACTION");
  const auto name = invocation.value("NAME");
  const bool json = invocation.flag("json");
  std::optional<std::uint64_t> count;
  if (auto text = invocation.value("count")) {
    count = parse_decimal(*text);
    bool fits = count && *count <= kCountMost && (*count > 0 || action == "skip");
    if (!fits) {
      return say(session, Exit::kUsage,
                 "`-n` is a number of at most 1000, not `" + printable(*text) + "`");
    }
  }
  if (action == "list" && name) return say(session, Exit::kUsage, "`job list` takes no name");
  if (action != "list" && !name) {
    return say(session, Exit::kUsage, "`hammock job " + action + "` needs the name of a job");
  }
  auto answer = ask(session.places.control(), "GET", "/v1/status", deadline_in(kAnswerWithin));
  if (!answer) {
    bool is_absent = answer.error().code == ErrorCode::kUnavailable;
    return is_absent ? say_not_running(session) : say(session, answer.error());
  }
  if (answer->status != 200) return say(session, error_of(*answer));
  auto status = status_from_json(answer->body);
  if (!status) return say(session, status.error());
  if (action == "list") return list_jobs(session, *answer, *status, json);
  const std::vector<std::string> known = job_names(*status);
  if (std::ranges::find(known, *name) == known.end()) return say_unknown_job(session, *name, known);
  if (action == "history") return show_history(session, *name, count, json);
  return carry_out(session, "job-" + action, *name, count);
}

}  // namespace hammock::cli
