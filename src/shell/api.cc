#include "shell/api.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "base/json.h"
#include "base/signals.h"
#include "base/text.h"
#include "base/time.h"
#include "shell/flat_json.h"
#include "shell/jobs_json.h"
#include "shell/probes_json.h"
#include "shell/timebombs_json.h"

namespace hammock::shell {
namespace {

constexpr std::string_view kStatus = "/v1/status";
constexpr std::string_view kJobs = "/v1/jobs/";  // NAME/runs
constexpr std::string_view kRuns = "/runs";
constexpr std::string_view kHeartbeats = "/v1/heartbeats/";  // NAME/pings
constexpr std::string_view kPings = "/pings";
constexpr std::string_view kProbes = "/v1/probes/";  // NAME/history
constexpr std::string_view kHistory = "/history";

web::Response invalid(std::string_view message) {
  return web::error_response(400, "invalid", message);
}

bool is_command_id(std::string_view id) {
  return !id.empty() && id.size() <= kCommandIdMax && std::ranges::all_of(id, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::optional<CommandVerb> verb_of(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, CommandVerb>, 12> verbs = {{
      {"start", CommandVerb::kStart},
      {"stop", CommandVerb::kStop},
      {"restart", CommandVerb::kRestart},
      {"reload", CommandVerb::kReload},
      {"down", CommandVerb::kDown},
      {"apply", CommandVerb::kApply},
      {"job-run", CommandVerb::kJobRun},
      {"job-stop", CommandVerb::kJobStop},
      {"job-skip", CommandVerb::kJobSkip},
      {"heartbeat-pause", CommandVerb::kHeartbeatPause},
      {"heartbeat-resume", CommandVerb::kHeartbeatResume},
      {"heartbeat-remove", CommandVerb::kHeartbeatRemove},
  }};
  auto found = std::ranges::find(verbs, text, &std::pair<std::string_view, CommandVerb>::first);
  if (found == verbs.end()) return std::nullopt;
  return found->second;
}

Call parse_command(const web::Request& request) {
  auto members = parse_flat_object(request.body);
  if (!members) return invalid(members.error().message);
  CommandAsked command;
  std::optional<CommandVerb> verb;
  for (auto& [key, value] : *members) {
    if (key == "id") {
      command.id = value.value_or("");
    } else if (key == "verb") {
      verb = verb_of(value.value_or(""));
    } else if (key == "subject") {
      command.subject = value.value_or("");
    } else if (key == "count") {
      auto count = parse_decimal(value.value_or(""));
      if (!count || *count > job::kSkipMost) return invalid("count must be 0 to 1000");
      command.count = static_cast<std::uint32_t>(*count);
    } else {
      return invalid("unknown member " + json_quote(key) +
                     "; a command has id, verb, subject and count");
    }
  }
  if (!is_command_id(command.id)) {
    return invalid("id must be 1 to 64 of letters, digits and '-', chosen by the client");
  }
  if (!verb) {
    return invalid(
        "verb must be one of start, stop, restart, reload, down, apply, job-run, job-stop, "
        "job-skip, heartbeat-pause, heartbeat-resume, heartbeat-remove");
  }
  command.verb = *verb;
  bool of_the_house = *verb == CommandVerb::kDown || *verb == CommandVerb::kApply;
  if (of_the_house && !command.subject.empty()) return invalid("this verb has no subject");
  if (!of_the_house && command.subject.empty())
    return invalid("subject must name a service, a job or a heartbeat");
  return command;
}

Call parse_events(const web::Request& request) {
  EventsAsked events;
  for (const auto& [key, value] : request.query) {
    auto number = parse_decimal(value);
    if (!number || *number > INT64_MAX) return invalid(key + " must be a number");
    if (key == "after") {
      events.after = static_cast<std::int64_t>(*number);
    } else if (key == "limit") {
      if (*number < 1 || *number > kEventsMax) return invalid("limit must be 1 to 1000");
      events.limit = static_cast<std::size_t>(*number);
    } else if (key == "follow") {
      if (*number > 1) return invalid("follow must be 0 or 1");
      events.follow = *number == 1;
    } else {
      return invalid("unknown parameter " + json_quote(key) + "; there are after, limit, follow");
    }
  }
  return events;
}

Call parse_runs(const web::Request& request) {
  RunsAsked runs;
  std::string_view name = std::string_view(request.path).substr(kJobs.size());
  if (!name.ends_with(kRuns)) return web::error_response(404, "not-found", "there is no such page");
  runs.job = name.substr(0, name.size() - kRuns.size());
  for (const auto& [key, value] : request.query) {
    auto number = parse_decimal(value);
    if (key != "limit" || !number || *number < 1 || *number > kRunsMax) {
      return invalid("the only parameter is limit, 1 to 1000");
    }
    runs.limit = static_cast<std::size_t>(*number);
  }
  return runs;
}

Call parse_ping_here(const web::Request& request, std::string heartbeat) {
  PingHereAsked asked{std::move(heartbeat), {}};
  heartbeat::Ping& ping = asked.ping;
  ping.scheme = std::string_view("local");
  ping.body = request.body.substr(0, heartbeat::kBodyBytesMax);
  for (const auto& [key, value] : request.query) {
    if (key == "signal") {
      auto signal = from_text<heartbeat::Signal>(value);
      if (!signal) return invalid("signal must be success, start, fail or log");
      ping.signal = *signal;
    } else if (key == "exit") {
      auto code = parse_decimal(value);
      if (!code || *code > 255) return invalid("exit must be 0 to 255");
      ping.exit_status = static_cast<std::int32_t>(*code);
      ping.signal = *code == 0 ? heartbeat::Signal::kSuccess : heartbeat::Signal::kFail;
    } else if (key == "rid") {
      if (!heartbeat::is_uuid(value)) return invalid("rid must be a UUID");
      ping.rid = to_lower(value);
    } else {
      return invalid("unknown parameter " + json_quote(key) + "; there are signal, exit, rid");
    }
  }
  return asked;
}

Call parse_pings(const web::Request& request) {
  std::string_view name = std::string_view(request.path).substr(kHeartbeats.size());
  if (!name.ends_with(kPings) || name.size() == kPings.size()) {
    return web::error_response(404, "not-found", "there is no such page");
  }
  name.remove_suffix(kPings.size());
  if (request.method == "POST") return parse_ping_here(request, std::string(name));
  if (request.method != "GET") return invalid("pings are sent with POST and read with GET");
  PingsAsked pings{std::string(name)};
  for (const auto& [key, value] : request.query) {
    auto number = parse_decimal(value);
    if (key != "limit" || !number || *number < 1 || *number > kPingsMax) {
      return invalid("the only parameter is limit, 1 to 1000");
    }
    pings.limit = static_cast<std::size_t>(*number);
  }
  return pings;
}

Call parse_probe_history(const web::Request& request) {
  std::string_view name = std::string_view(request.path).substr(kProbes.size());
  if (!name.ends_with(kHistory) || name.size() == kHistory.size()) {
    return web::error_response(404, "not-found", "there is no such page");
  }
  name.remove_suffix(kHistory.size());
  return ProbeHistoryAsked{std::string(name)};
}

void write_instant(JsonWriter& json, std::string_view key, const std::optional<Instant>& at) {
  json.member(key, at ? std::optional(format_instant_ms(*at)) : std::nullopt);
}

void write_last_exit(JsonWriter& json, const service::InstanceExited& exit) {
  json.object([&] {
    json.member("class", service::text_of(exit.exit_class));
    json.member("code", exit.code >= 0 ? std::optional(exit.code) : std::nullopt);
    json.member("signal", exit.signal > 0 ? std::optional(signal_name(exit.signal)) : std::nullopt);
    json.member("at", format_instant_ms(exit.at));
    if (!exit.output_known) json.member("output_known", false);
    if (!exit.stage.empty()) {
      json.member("stage", exit.stage);
      json.member("errno", exit.stage_errno);
      json.member("message", exit.stage + ": " + std::strerror(exit.stage_errno));
    }
  });
}

void write_instance(JsonWriter& json, const service::InstanceReport& instance,
                    std::string_view note) {
  json.object([&] {
    json.member("n", instance.number);
    json.member("pid", instance.pid > 0 ? std::optional(instance.pid) : std::nullopt);
    json.member("state", service::text_of(instance.doing));
    write_instant(json, "since", instance.since);
    json.member("restarts", instance.restarts);
    json.member("last_exit");
    if (instance.last_exit)
      write_last_exit(json, *instance.last_exit);
    else
      json.null();
    write_instant(json, "next_try", instance.next_try);
    if (!instance.status.empty()) json.member("status", printable(instance.status));
    if (instance.outdated) json.member("outdated", true);
    if (!note.empty() && instance.doing != service::Doing::kReady) json.member("reason", note);
  });
}

void write_service(JsonWriter& json, const service::ServiceReport& service) {
  json.object([&] {
    json.member("name", service.name);
    json.member("want", service::text_of(service.want));
    if (service.pinned) json.member("pinned", true);
    json.member("health", service::text_of(service.health));
    json.member("ready", service.ready);
    json.member("wanted", service.wanted_instances);
    if (!service.note.empty()) json.member("note", service.note);
    json.member("instances");
    json.array([&] {
      for (const auto& instance : service.instances)
        write_instance(json, instance, service.note);
    });
  });
}

void write_process(JsonWriter& json, std::string_view key, const ProcessReport& process) {
  json.member(key);
  json.object([&] {
    json.member("pid", process.pid > 0 ? std::optional(process.pid) : std::nullopt);
    json.member("restarts", process.restarts);
  });
}

void write_event(JsonWriter& json, const FactRow& fact) {
  json.object([&] {
    json.member("id", fact.id);
    json.member("at", format_instant_ms(fact.at));
    json.member("room", fact.room);
    json.member("fact", fact.kind);
    json.member("subject", fact.subject.empty() ? std::nullopt : std::optional(fact.subject));
    json.member("fields");
    json.raw(fact.fields);
  });
}

// None: not known yet.
template <class Report, class Write>
void write_list(JsonWriter& json, std::string_view key,
                const std::optional<std::vector<Report>>& reports, Write write) {
  if (!reports) return json.member(key, std::optional<std::string>());
  json.member(key);
  json.array([&] {
    for (const Report& report : *reports)
      write(report);
  });
}

}  // namespace

Call parse_call(const web::Request& request) {
  bool is_get = request.method == "GET";
  if (request.path == "/v1/commands") {
    if (request.method != "POST") return invalid("commands are sent with POST");
    return parse_command(request);
  }
  if (request.path.starts_with(kHeartbeats)) return parse_pings(request);
  if (!is_get) return invalid("only /v1/commands takes " + request.method);
  if (request.path == "/v1/version") return VersionAsked{};
  if (request.path == "/v1/events") return parse_events(request);
  if (request.path.starts_with(kJobs)) return parse_runs(request);
  if (request.path.starts_with(kProbes)) return parse_probe_history(request);
  if (request.path == kStatus) return StatusAsked{};
  if (request.path.starts_with(std::string(kStatus) + "/")) {
    return StatusAsked{request.path.substr(kStatus.size() + 1)};
  }
  return web::error_response(404, "not-found", "there is nothing at " + request.path);
}

std::string status_json(const HouseReport& house) {
  JsonWriter json;
  json.object([&] {
    json.member("name", house.name);
    write_process(json, "brain", house.brain);
    write_process(json, "keeper", house.keeper);
    if (!house.notes.empty()) {
      json.member("notes");
      json.array([&] {
        for (const std::string& note : house.notes)
          json.value(note);
      });
    }
    json.member("services");
    json.array([&] {
      for (const auto& service : house.services)
        write_service(json, service);
    });
    json.member("jobs");
    json.array([&] {
      for (const job::Report& job : house.jobs)
        write_job(json, job, house.progress);
    });
    write_list(json, "heartbeats", house.heartbeats, [&](const heartbeat::Report& heartbeat) {
      write_heartbeat(json, heartbeat, house.listen);
    });
    write_list(json, "probes", house.probes,
               [&](const probe::Report& probe) { write_probe(json, probe); });
    write_list(json, "timebombs", house.timebombs,
               [&](const timebomb::Report& timebomb) { write_timebomb(json, timebomb); });
  });
  return json.text() + "\n";
}

std::string service_json(const service::ServiceReport& service) {
  JsonWriter json;
  write_service(json, service);
  return json.text() + "\n";
}

std::string events_json(const std::vector<FactRow>& facts, std::int64_t newest) {
  JsonWriter json;
  json.object([&] {
    json.member("events");
    json.array([&] {
      for (const FactRow& fact : facts)
        write_event(json, fact);
    });
    json.member("last", newest);
  });
  return json.text() + "\n";
}

std::string event_line(const FactRow& fact) {
  JsonWriter json;
  write_event(json, fact);
  return json.text() + "\n";
}

std::string command_line(std::string_view id, std::string_view state, std::string_view message,
                         std::string_view errors) {
  JsonWriter json;
  json.object([&] {
    json.member("command", id);
    json.member("state", state);
    json.member("message", message);
    if (!errors.empty()) {
      json.member("errors");
      json.raw(errors);
    }
  });
  return json.text() + "\n";
}

}  // namespace hammock::shell
