#include <algorithm>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/suggest.h"

namespace hammock::cli {
namespace {

constexpr std::uint64_t kCountMost = 1000;

int list_heartbeats(const Session& session, const Answer& answer, const Status& status, bool json) {
  if (json) {
    const Json& heartbeats = answer.body["heartbeats"];
    session.out.write((heartbeats.is_array() ? json_text(heartbeats) : std::string("[]")) + "\n");
  } else if (status.heartbeats.empty()) {
    session.out.write("There are no heartbeats.\n");
  } else {
    session.out.write(render_heartbeats(status.heartbeats, wall_now(), session.out.look()));
  }
  return code(Exit::kDone);
}

// None: there is no such heartbeat.
std::optional<int> show_pings(const Session& session, const std::string& name,
                              std::optional<std::uint64_t> count, bool json) {
  std::string target = "/v1/heartbeats/" + percent_encoded(name) + "/pings";
  if (count) target += "?limit=" + std::to_string(*count);
  auto answer = ask(session.places.control(), "GET", target, deadline_in(kAnswerWithin));
  if (!answer) {
    bool is_absent = answer.error().code == ErrorCode::kUnavailable;
    return is_absent ? say_not_running(session) : say(session, answer.error());
  }
  if (answer->status == 404) return std::nullopt;
  if (answer->status != 200) return say(session, error_of(*answer));
  if (json) {
    session.out.write(json_text(answer->body["pings"]) + "\n");
    return code(Exit::kDone);
  }
  std::vector<PingRecord> pings;
  for (const Json& item : answer->body["pings"].items())
    pings.push_back(ping_from_json(item));
  if (pings.empty()) {
    session.out.write("No ping of " + printable(name) + " has come yet.\n");
  } else {
    session.out.write(render_pings(pings, session.out.look()));
  }
  return code(Exit::kDone);
}

}  // namespace

int say_unknown_heartbeat(const Session& session, std::string_view name,
                          const std::vector<std::string>& known) {
  return say(session, Exit::kUsage,
             "there is no heartbeat `" + printable(name) + "`" + did_you_mean(name, known) +
                 "; `hammock heartbeat list` shows them");
}

int run_heartbeat(const Session& session, const Invocation& invocation) {
  const std::string action = *invocation.value("ACTION");
  const auto name = invocation.value("NAME");
  const bool json = invocation.flag("json");
  std::optional<std::uint64_t> count;
  if (auto text = invocation.value("count")) {
    count = parse_decimal(*text);
    if (!count || *count == 0 || *count > kCountMost) {
      return say(session, Exit::kUsage,
                 "`-n` is a number from 1 to 1000, not `" + printable(*text) + "`");
    }
  }
  if (action == "list" && name) {
    return say(session, Exit::kUsage, "`heartbeat list` takes no name");
  }
  if (action != "list" && !name) {
    return say(session, Exit::kUsage,
               "`hammock heartbeat " + action + "` needs the name of a heartbeat");
  }
  if (action == "history") {
    if (auto shown = show_pings(session, *name, count, json)) return *shown;
  }
  auto answer = ask(session.places.control(), "GET", "/v1/status", deadline_in(kAnswerWithin));
  if (!answer) {
    bool is_absent = answer.error().code == ErrorCode::kUnavailable;
    return is_absent ? say_not_running(session) : say(session, answer.error());
  }
  if (answer->status != 200) return say(session, error_of(*answer));
  if (!answer->body["heartbeats"].is_array()) {
    return say(session, Exit::kAgain,
               "Hammock is starting, and does not know its heartbeats yet: try again");
  }
  auto status = status_from_json(answer->body);
  if (!status) return say(session, status.error());
  if (action == "list") return list_heartbeats(session, *answer, *status, json);
  const std::vector<std::string> known = heartbeat_names(*status);
  if (action == "history" || std::ranges::find(known, *name) == known.end()) {
    return say_unknown_heartbeat(session, *name, known);
  }
  return carry_out(session, "heartbeat-" + action, *name);
}

}  // namespace hammock::cli
