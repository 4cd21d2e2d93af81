#include <poll.h>

#include <algorithm>

#include "cli/commands.h"
#include "cli/control.h"

namespace hammock::cli {
namespace {

constexpr int kWatchPauseMs = 500;

struct Found {
  Status status;
  Json json;  // the brain's own words, with members that we do not know; null when from the ledger
};

Result<Found> find_status(const Session& session) {
  auto answer = ask(session.places.control(), "GET", "/v1/status", deadline_in(kAnswerWithin));
  if (answer && answer->status == 200) {
    auto status = status_from_json(answer->body);
    if (status) return Found{std::move(*status), std::move(answer->body)};
    return std::unexpected(std::move(status).error());
  }
  Error error = answer ? error_of(*answer) : answer.error();
  if (error.code == ErrorCode::kNotPermitted) return std::unexpected(std::move(error));
  auto status = ledger_status(session);
  if (!status) return std::unexpected(std::move(status).error());
  return Found{std::move(*status), Json()};
}

// Only the named service stays, in both forms.
bool narrow(Found& found, const std::string& name) {
  auto& services = found.status.services;
  std::erase_if(services, [&](const ServiceStatus& service) { return service.name != name; });
  if (found.json.is_null()) return !services.empty();
  Json::Object members;
  for (const Json::Member& member : found.json.members()) {
    if (member.key != "services") {
      members.push_back(member);
      continue;
    }
    Json::Array kept;
    std::ranges::copy_if(member.value.items(), std::back_inserter(kept),
                         [&](const Json& service) { return service["name"].text_or("") == name; });
    members.push_back({"services", Json(Json::Value(std::move(kept)))});
  }
  found.json = Json(Json::Value(std::move(members)));
  return !services.empty();
}

std::string text_of(const Session& session, const Found& found, bool json) {
  if (!json) return render_status(found.status, wall_now(), session.out.look());
  return (found.json.is_null() ? status_to_json(found.status) : json_text(found.json)) + "\n";
}

// Everything is dead when the status comes from a ledger that nobody keeps.
int exit_for(const Status& status) {
  return code(status.from_ledger && !status.keeper.pid ? Exit::kNotRunning : Exit::kDone);
}

}  // namespace

int run_status(const Session& session, const Invocation& invocation) {
  auto name = invocation.value("NAME");
  bool watch = invocation.flag("watch");
  std::string shown;
  for (;;) {
    auto found = find_status(session);
    if (!found && found.error().code == ErrorCode::kNotPermitted)
      return say(session, found.error());
    if (!found && !watch) return say_not_running(session);
    std::vector<std::string> known =
        found ? service_names(found->status) : std::vector<std::string>();
    if (found && name && !narrow(*found, *name)) return say_unknown_service(session, *name, known);
    std::string text = found ? text_of(session, *found, invocation.flag("json"))
                             : std::string("Hammock is not running.\n");
    bool live = watch && session.out.look().terminal;
    if (live) {
      session.out.write("\x1b[H\x1b[2J" + text);
    } else if (text != shown) {
      session.out.write(text);
    }
    shown = std::move(text);
    if (!watch) {
      int result = exit_for(found->status);
      if (result != 0 && !invocation.flag("json")) return say_not_running(session);
      return result;
    }
    poll(nullptr, 0, kWatchPauseMs);
  }
}

}  // namespace hammock::cli
