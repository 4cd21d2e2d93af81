#include "base/text.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/suggest.h"

namespace hammock::cli {
namespace {

int say_no_answer(const Session& session, const Error& error) {
  const bool is_absent = error.code == ErrorCode::kUnavailable;
  return is_absent ? say_not_running(session) : say(session, error);
}

int list_probes(const Session& session, const Answer& answer, const Status& status, bool json) {
  if (json) {
    session.out.write(json_text(answer.body["probes"]) + "\n");
  } else if (status.probes.empty()) {
    session.out.write("There are no probes.\n");
  } else {
    session.out.write(render_probes(status.probes, wall_now(), session.out.look()));
  }
  return code(Exit::kDone);
}

// None: there is no such probe.
std::optional<int> show_history(const Session& session, const Invocation& invocation) {
  const std::string name = *invocation.value("NAME");
  const std::string target = "/v1/probes/" + percent_encoded(name) + "/history";
  auto answer = ask(session.places.control(), "GET", target, deadline_in(kAnswerWithin));
  if (!answer) return say_no_answer(session, answer.error());
  if (answer->status == 404) return std::nullopt;
  if (answer->status != 200) return say(session, error_of(*answer));
  if (invocation.flag("json")) {
    session.out.write(json_text(answer->body) + "\n");
    return code(Exit::kDone);
  }
  const bool by_days = invocation.flag("days");
  const auto history = probe_history_from_json(answer->body, by_days ? "days" : "hours");
  if (history.periods.empty()) {
    session.out.write("Nothing is known of " + printable(name) + " yet.\n");
  } else {
    session.out.write(render_probe_history(history, session.out.look()));
  }
  return code(Exit::kDone);
}

}  // namespace

int run_probe(const Session& session, const Invocation& invocation) {
  const bool lists = *invocation.value("ACTION") == "list";
  const auto name = invocation.value("NAME");
  if (lists && name) return say(session, Exit::kUsage, "`probe list` takes no name");
  if (lists && invocation.flag("days")) {
    return say(session, Exit::kUsage, "`--days` belongs to `probe history`");
  }
  if (!lists && !name) {
    return say(session, Exit::kUsage, "`hammock probe history` needs the name of a probe");
  }
  if (!lists) {
    if (auto shown = show_history(session, invocation)) return *shown;
  }
  auto answer = ask(session.places.control(), "GET", "/v1/status", deadline_in(kAnswerWithin));
  if (!answer) return say_no_answer(session, answer.error());
  if (answer->status != 200) return say(session, error_of(*answer));
  if (!answer->body["probes"].is_array()) {
    return say(session, Exit::kAgain,
               "Hammock is starting, and does not know its probes yet: try again");
  }
  auto status = status_from_json(answer->body);
  if (!status) return say(session, status.error());
  if (lists) return list_probes(session, *answer, *status, invocation.flag("json"));
  return say(session, Exit::kUsage,
             "there is no probe `" + printable(*name) + "`" +
                 did_you_mean(*name, probe_names(*status)) + "; `hammock probe list` shows them");
}

}  // namespace hammock::cli
