// Answering what is asked on the control socket.
#include <algorithm>
#include <cstring>

#include "base/json.h"
#include "base/text.h"
#include "base/variant.h"
#include "shell/brain.h"
#include "shell/jobs_json.h"

namespace hammock::shell {
namespace {

constexpr std::string_view kVersion = HAMMOCK_VERSION;

service::Verb verb_of(CommandVerb verb) {
  switch (verb) {
    case CommandVerb::kStart:
      return service::Verb::kStart;
    case CommandVerb::kStop:
      return service::Verb::kStop;
    case CommandVerb::kRestart:
      return service::Verb::kRestart;
    case CommandVerb::kReload:
      return service::Verb::kReload;
    case CommandVerb::kDown:
      return service::Verb::kDown;
    case CommandVerb::kApply:
    case CommandVerb::kJobRun:
    case CommandVerb::kJobStop:
    case CommandVerb::kJobSkip:
    case CommandVerb::kHeartbeatPause:
    case CommandVerb::kHeartbeatResume:
    case CommandVerb::kHeartbeatRemove:
      break;
  }
  return service::Verb::kConfigure;
}

// Nothing: it is not about a job.
std::optional<job::Verb> job_verb_of(CommandVerb verb) {
  switch (verb) {
    case CommandVerb::kJobRun:
      return job::Verb::kRun;
    case CommandVerb::kJobStop:
      return job::Verb::kStop;
    case CommandVerb::kJobSkip:
      return job::Verb::kSkip;
    case CommandVerb::kStart:
    case CommandVerb::kStop:
    case CommandVerb::kRestart:
    case CommandVerb::kReload:
    case CommandVerb::kDown:
    case CommandVerb::kApply:
    case CommandVerb::kHeartbeatPause:
    case CommandVerb::kHeartbeatResume:
    case CommandVerb::kHeartbeatRemove:
      break;
  }
  return std::nullopt;
}

// Nothing: it is not about a heartbeat.
std::optional<heartbeat::Verb> heartbeat_verb_of(CommandVerb verb) {
  if (verb == CommandVerb::kHeartbeatPause) return heartbeat::Verb::kPause;
  if (verb == CommandVerb::kHeartbeatResume) return heartbeat::Verb::kResume;
  if (verb == CommandVerb::kHeartbeatRemove) return heartbeat::Verb::kRemove;
  return std::nullopt;
}

std::uint32_t restarts_of(std::uint32_t starts) {
  return starts == 0 ? 0 : starts - 1;
}

}  // namespace

void Brain::take_calls() {
  for (const Control::Asked& asked : control_.turn())
    answer_call(asked);
}

HouseReport Brain::house_report(std::vector<service::ServiceReport> services) const {
  const wire::Header& header = ledger_.header();
  HouseReport house;
  house.name = plan_.name;
  house.brain = {header.brain_pid, restarts_of(header.brain_starts)};
  house.keeper = {keeper_ready_ ? header.keeper_pid.load() : 0, restarts_of(header.keeper_starts)};
  house.notes = notes_;
  for (const std::string& trouble : {store_->trouble(), rolls_.trouble(), courier_->trouble()}) {
    if (!trouble.empty()) house.notes.push_back(trouble);
  }
  if (auto trouble = output_trouble(); !trouble.empty()) house.notes.push_back(std::move(trouble));
  house.services = std::move(services);
  house.jobs = job::report(std::get<job::State>(state_));
  house.progress = progress_of(house.jobs);
  if (const auto& heartbeats = std::get<heartbeat::State>(state_); heartbeats.known) {
    house.heartbeats = heartbeat::report(heartbeats, now_.wall);
  }
  if (const auto& probes = std::get<probe::State>(state_); probes.known) {
    house.probes = probe::report(probes, now_);
  }
  if (const auto& timebombs = std::get<timebomb::State>(state_); timebombs.known) {
    house.timebombs = timebomb::report(timebombs, now_);
  }
  house.listen = plan_.listen;
  if (!pings_trouble_.empty()) house.notes.push_back("nobody can ping: " + pings_trouble_);
  for (job::Report& job : house.jobs)
    add_obstacle(job);
  for (service::ServiceReport& service : house.services)
    add_obstacle(service);
  return house;
}

void Brain::add_obstacle(service::ServiceReport& service) const {
  auto obstacle = obstacles_.find(service.name);
  if (obstacle == obstacles_.end() || !service.note.empty()) return;
  service.note = "it cannot be started now: " + obstacle->second;
}

// The ledger has it; the core does not need it.
TaskProgress Brain::progress_of(const std::vector<job::Report>& jobs) const {
  TaskProgress progress;
  for (const job::Report& job : jobs) {
    for (std::uint32_t task = 0; job.run && task < job.run->tasks.size(); ++task) {
      if (!job.run->tasks[task].started) continue;
      auto slot = slots_.find(job::program_name(job.name), task + 1);
      if (!slot) continue;
      const wire::Said said = wire::read_slot(ledger_.slot(*slot)).data.said;
      if (said.progress_total == 0) continue;
      progress[{job.name, task}] = {said.progress_done, said.progress_total};
    }
  }
  return progress;
}

// What holds up a run that is due is known to the service room, or to us.
void Brain::add_obstacle(job::Report& job) const {
  const std::string program = job::program_name(job.name);
  const bool may_wait = job.doing == job::Doing::kWaiting || job.doing == job::Doing::kIdle;
  if (!may_wait || !job.note.empty()) return;
  const ServicePlan* plan = plan_.find(program);
  if (plan != nullptr && plan->blocked) {
    job.note = "it cannot be started now: " + *plan->blocked;
    return;
  }
  if (job.doing == job::Doing::kIdle) return;
  auto run = service::run_of(services(), program, 1);
  if (auto obstacle = obstacles_.find(program); obstacle != obstacles_.end()) {
    job.note = "it cannot be started now: " + obstacle->second;
  } else if (run && !run->waits_for.empty()) {
    job.note = "waits for service " + run->waits_for;
  }
}

// Which programs' output waits in their pipes, because the disk or a folder refuses it.
std::string Brain::output_trouble() const {
  std::vector<std::string> names;
  int reason = 0;
  std::uint32_t end = std::min(ledger_.header().slots_used.load(), ledger_.capacity());
  for (std::uint32_t slot = 0; slot < end; ++slot) {
    wire::SlotData data = wire::read_slot(ledger_.slot(slot)).data;
    if (data.phase == wire::Phase::kFree || data.log_errno == 0) continue;
    reason = data.log_errno;
    if (names.empty() || names.back() != data.name()) names.emplace_back(data.name());
  }
  if (names.empty()) return {};
  return "the log of " + join(names, ", ") + " cannot be written: " + std::strerror(reason) +
         "; what it says waits in its pipe";
}

void Brain::answer_call(const Control::Asked& asked) {
  match(
      asked.call,
      [&](const StatusAsked& status) {
        if (status.service.empty()) {
          control_.answer(asked.exchange,
                          {200, status_json(house_report(service::report(services())))});
        } else if (auto report = service::report(services(), status.service)) {
          add_obstacle(*report);
          control_.answer(asked.exchange, {200, service_json(*report)});
        } else {
          control_.answer(asked.exchange,
                          web::error_response(404, "not-found",
                                              "there is no service '" + status.service + "'"));
        }
      },
      [&](const EventsAsked& events) { answer_events(asked.exchange, events); },
      [&](const VersionAsked&) {
        JsonWriter json;
        json.object([&] {
          json.member("version", kVersion);
          json.member("configuration", plan_.digest);
          json.member("file", options_.config);
        });
        control_.answer(asked.exchange, {200, json.text() + "\n"});
      },
      [&](const RunsAsked& runs) { answer_runs(asked.exchange, runs); },
      [&](const PingsAsked& pings) { answer_pings_asked(asked.exchange, pings); },
      [&](const ProbeHistoryAsked& history) { answer_probe_history(asked.exchange, history); },
      [&](const PingHereAsked& ping) { take_local_ping(asked.exchange, ping, asked.user); },
      [&](const CommandAsked& command) { take_command(asked.exchange, command, asked.user); },
      [&](const web::Response& wrong) { control_.answer(asked.exchange, wrong); });
}

void Brain::answer_runs(web::ExchangeId exchange, const RunsAsked& asked) {
  const auto& jobs = std::get<job::State>(state_);
  if (!jobs.known) {
    return control_.answer(
        exchange, web::error_response(503, "unavailable", "Hammock is starting; ask again"));
  }
  if (!jobs.jobs.contains(asked.job)) {
    return control_.answer(
        exchange, web::error_response(404, "not-found", "there is no job '" + asked.job + "'"));
  }
  auto rows = store_->runs_of(asked.job, asked.limit);
  if (!rows) {
    return control_.answer(exchange, web::error_response(503, "unavailable", rows.error().message));
  }
  control_.answer(exchange, {200, runs_json(*rows)});
}

void Brain::answer_events(web::ExchangeId exchange, const EventsAsked& events) {
  flush_samples();
  auto facts = store_->facts_after(events.after, events.limit);
  if (!facts) {
    return control_.answer(exchange,
                           web::error_response(503, "unavailable", facts.error().message));
  }
  if (!events.follow) {
    return control_.answer(exchange, {200, events_json(*facts, store_->newest())});
  }
  control_.follow(exchange, events.after);
  publish_events();
}

// Followers get what is in the journal, in its order, and each event once.
void Brain::publish_events() {
  if (control_.has_followers()) flush_samples();
  while (control_.has_followers()) {
    auto facts = store_->facts_after(control_.followed_after(), kEventsMax);
    if (!facts || facts->empty()) return;
    control_.publish(*facts);
  }
}

void Brain::take_command(web::ExchangeId exchange, const CommandAsked& command,
                         std::uint32_t user) {
  bool stops = command.verb == CommandVerb::kStop || command.verb == CommandVerb::kDown ||
               command.verb == CommandVerb::kJobStop;
  if (!stops) {
    if (auto proof = store_->prove(now_); !proof) {
      return control_.answer(exchange,
                             web::error_response(503, "unavailable", proof.error().message));
    }
  }
  control_.await_command(exchange, command.id);
  if (command.verb == CommandVerb::kApply) return apply_file(command.id);
  if (auto verb = job_verb_of(command.verb)) {
    return happened(job::CommandGiven{command.id, *verb, command.subject, command.count,
                                      "uid " + std::to_string(user)});
  }
  if (auto verb = heartbeat_verb_of(command.verb)) {
    return happened(
        heartbeat::CommandGiven{command.id, *verb, command.subject, "uid " + std::to_string(user)});
  }
  service::CommandGiven given;
  given.id = command.id;
  given.verb = verb_of(command.verb);
  given.service = command.subject;
  given.by = "uid " + std::to_string(user);
  happened(std::move(given));
}

}  // namespace hammock::shell
