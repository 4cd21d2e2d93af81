#include "base/json.h"

#include "base/signals.h"
#include "cli/status.h"
#include "cli/when.h"

namespace hammock::cli {
namespace {

std::unexpected<Error> missing(std::string_view what) {
  return fail(ErrorCode::kInvalid, "the brain's status has no proper `" + std::string(what) + "`");
}

std::optional<Instant> instant_from(const Json& json) {
  auto text = json.text();
  return text ? parse_instant(*text) : std::nullopt;
}

ProcessStatus process_from(const Json& json) {
  return {json["pid"].integer(), json["restarts"].integer().value_or(0)};
}

LastExit exit_from(const Json& json) {
  LastExit exit;
  exit.exit_class = json["class"].text_or("unknown");
  exit.code = json["code"].integer();
  exit.signal = json["signal"].text();
  exit.output_known = json["output_known"].boolean().value_or(true);
  if (auto number = json["signal"].integer()) exit.signal = signal_name(static_cast<int>(*number));
  exit.at = instant_from(json["at"]);
  exit.message = json["message"].text_or("");
  return exit;
}

Result<InstanceStatus> instance_from(const Json& json) {
  InstanceStatus instance;
  auto n = json["n"].integer();
  auto state = json["state"].text();
  if (!n) return missing("n");
  if (!state) return missing("state");
  instance.n = *n;
  instance.state = *state;
  instance.pid = json["pid"].integer();
  instance.since = instant_from(json["since"]);
  instance.restarts = json["restarts"].integer().value_or(0);
  if (json["last_exit"].is_object()) instance.last_exit = exit_from(json["last_exit"]);
  instance.next_try = instant_from(json["next_try"]);
  instance.says = json["status"].text_or("");
  instance.reason = json["reason"].text_or("");
  return instance;
}

void write_instant(JsonWriter& writer, std::string_view key, const std::optional<Instant>& at) {
  writer.member(key, at ? std::optional(format_instant(*at)) : std::nullopt);
}

void write_process(JsonWriter& writer, std::string_view key, const ProcessStatus& process) {
  writer.member(key);
  writer.object([&] {
    writer.member("pid", process.pid);
    writer.member("restarts", process.restarts);
  });
}

void write_instance(JsonWriter& writer, const InstanceStatus& instance) {
  writer.object([&] {
    writer.member("n", instance.n);
    writer.member("pid", instance.pid);
    writer.member("state", instance.state);
    write_instant(writer, "since", instance.since);
    writer.member("restarts", instance.restarts);
    writer.member("last_exit");
    if (instance.last_exit) {
      writer.object([&] {
        writer.member("class", instance.last_exit->exit_class);
        writer.member("code", instance.last_exit->code);
        writer.member("signal", instance.last_exit->signal);
        write_instant(writer, "at", instance.last_exit->at);
        if (!instance.last_exit->output_known) writer.member("output_known", false);
        if (!instance.last_exit->message.empty()) {
          writer.member("message", instance.last_exit->message);
        }
      });
    } else {
      writer.null();
    }
    write_instant(writer, "next_try", instance.next_try);
    if (!instance.says.empty()) writer.member("status", instance.says);
    if (!instance.reason.empty()) writer.member("reason", instance.reason);
  });
}

void write_service(JsonWriter& writer, const ServiceStatus& service) {
  writer.object([&] {
    writer.member("name", service.name);
    writer.member("want", service.want);
    writer.member("health", service.health);
    writer.member("ready", service.ready);
    writer.member("instances");
    writer.array([&] {
      for (const InstanceStatus& instance : service.instances)
        write_instance(writer, instance);
    });
  });
}

}  // namespace

Result<ServiceStatus> service_from_json(const Json& json) {
  ServiceStatus service;
  auto name = json["name"].text();
  auto health = json["health"].text();
  if (!name) return missing("name");
  if (!health) return missing("health");
  if (!json["instances"].is_array()) return missing("instances");
  service.name = *name;
  service.health = *health;
  service.want = json["want"].text();
  service.ready = json["ready"].integer().value_or(0);
  service.wanted = json["wanted"].integer();
  service.note = json["note"].text_or("");
  for (const Json& item : json["instances"].items()) {
    auto instance = instance_from(item);
    if (!instance) return std::unexpected(std::move(instance).error());
    service.instances.push_back(std::move(*instance));
  }
  return service;
}

RunStatus run_from_json(const Json& json) {
  RunStatus run;
  run.number = json["run"].integer().value_or(0);
  run.outcome = json["outcome"].text_or("");
  run.trigger = json["trigger"].text_or("");
  run.due = instant_from(json["due"]);
  run.started = instant_from(json["started"]);
  run.ended = instant_from(json["ended"]);
  run.tries = json["tries"].integer().value_or(json["try"].integer().value_or(0));
  run.tasks = json["tasks"].integer().value_or(0);
  run.tasks_over = json["tasks_over"].integer().value_or(run.tasks);
  run.tasks_succeeded = json["tasks_succeeded"].integer().value_or(0);
  run.progress_done = json["progress"]["done"].integer().value_or(0);
  run.progress_total = json["progress"]["total"].integer().value_or(0);
  run.pid = json["pid"].integer();
  run.next_try = instant_from(json["next_try"]);
  for (const Json& task : json["at_work"].items()) {
    auto next = instant_from(task["next_try"]);
    if (next && (!run.next_try || *next < *run.next_try)) run.next_try = next;
  }
  run.message = json["message"].text_or("");
  return run;
}

Result<JobStatus> job_from_json(const Json& json) {
  JobStatus job;
  auto name = json["name"].text();
  auto state = json["state"].text();
  if (!name) return missing("name");
  if (!state) return missing("state");
  job.name = *name;
  job.state = *state;
  job.schedule = json["schedule"].text_or("");
  job.note = json["note"].text_or("");
  if (json["current"].is_object()) job.current = run_from_json(json["current"]);
  if (json["last"].is_object()) job.last = run_from_json(json["last"]);
  job.next = instant_from(json["next"]);
  job.late_since = instant_from(json["late_since"]);
  job.waiting = json["waiting"].integer().value_or(0);
  job.skip = json["skip"].integer().value_or(0);
  return job;
}

Result<HeartbeatStatus> heartbeat_from_json(const Json& json) {
  HeartbeatStatus heartbeat;
  auto name = json["name"].text();
  auto status = json["status"].text();
  if (!name) return missing("name");
  if (!status) return missing("status");
  heartbeat.name = *name;
  heartbeat.status = *status;
  heartbeat.schedule = json["schedule"].text_or("");
  heartbeat.since = instant_from(json["since"]);
  heartbeat.last_ping = instant_from(json["last_ping"]);
  heartbeat.started = instant_from(json["started"]);
  heartbeat.expected = instant_from(json["expected"]);
  heartbeat.deadline = instant_from(json["deadline"]);
  heartbeat.note = json["note"].text_or("");
  return heartbeat;
}

PingRecord ping_from_json(const Json& json) {
  PingRecord ping;
  ping.number = json["n"].integer().value_or(0);
  ping.signal = json["signal"].text_or("");
  ping.ignored = json["ignored"].boolean().value_or(false);
  ping.at = instant_from(json["at"]);
  ping.exit_status = json["exit_status"].integer();
  if (auto took = json["duration_us"].integer()) ping.took = Duration(*took);
  ping.method = json["method"].text_or("");
  ping.remote = json["remote"].text_or("");
  ping.body = json["body"].text_or("");
  return ping;
}

Result<Status> status_from_json(const Json& json) {
  Status status;
  if (!json["services"].is_array()) return missing("services");
  status.name = json["name"].text();
  status.brain = process_from(json["brain"]);
  status.keeper = process_from(json["keeper"]);
  for (const Json& note : json["notes"].items())
    status.notes.push_back(note.text_or(""));
  for (const Json& item : json["services"].items()) {
    auto service = service_from_json(item);
    if (!service) return std::unexpected(std::move(service).error());
    status.services.push_back(std::move(*service));
  }
  for (const Json& item : json["jobs"].items()) {
    auto job = job_from_json(item);
    if (!job) return std::unexpected(std::move(job).error());
    status.jobs.push_back(std::move(*job));
  }
  for (const Json& item : json["timebombs"].items()) {
    auto timebomb = timebomb_from_json(item);
    if (!timebomb) return std::unexpected(std::move(timebomb).error());
    status.timebombs.push_back(std::move(*timebomb));
  }
  for (const Json& item : json["probes"].items()) {
    auto probe = probe_from_json(item);
    if (!probe) return std::unexpected(std::move(probe).error());
    status.probes.push_back(std::move(*probe));
  }
  for (const Json& item : json["heartbeats"].items()) {
    auto heartbeat = heartbeat_from_json(item);
    if (!heartbeat) return std::unexpected(std::move(heartbeat).error());
    status.heartbeats.push_back(std::move(*heartbeat));
  }
  return status;
}

std::string status_to_json(const Status& status) {
  JsonWriter writer;
  writer.object([&] {
    writer.member("name", status.name);
    if (status.from_ledger) writer.member("source", "ledger");
    write_process(writer, "brain", status.brain);
    write_process(writer, "keeper", status.keeper);
    writer.member("services");
    writer.array([&] {
      for (const ServiceStatus& service : status.services)
        write_service(writer, service);
    });
  });
  return writer.text();
}

std::vector<std::string> service_names(const Status& status) {
  std::vector<std::string> names;
  for (const ServiceStatus& service : status.services)
    names.push_back(service.name);
  return names;
}

std::vector<std::string> job_names(const Status& status) {
  std::vector<std::string> names;
  for (const JobStatus& job : status.jobs)
    names.push_back(job.name);
  return names;
}

std::vector<std::string> heartbeat_names(const Status& status) {
  std::vector<std::string> names;
  for (const HeartbeatStatus& heartbeat : status.heartbeats)
    names.push_back(heartbeat.name);
  return names;
}

}  // namespace hammock::cli
