// What the control socket is asked and what it answers, as pure functions (docs/formats/control.md
// is the contract): a request becomes a Call, values become JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/heartbeat/heartbeat.h"
#include "core/job/job.h"
#include "core/probe/probe.h"
#include "core/service/service.h"
#include "core/timebomb/timebomb.h"
#include "shell/heartbeats_json.h"
#include "shell/jobs_json.h"
#include "shell/journal.h"
#include "web/server.h"

namespace hammock::shell {

inline constexpr std::size_t kEventsMax = 1000;  // in one answer
inline constexpr std::size_t kRunsDefault = 20;
inline constexpr std::size_t kRunsMax = 1000;
inline constexpr std::size_t kPingsDefault = 20;
inline constexpr std::size_t kPingsMax = 1000;
inline constexpr std::size_t kCommandIdMax = 64;

struct StatusAsked {
  std::string service;  // empty: all of it
};
struct EventsAsked {
  std::int64_t after = 0;
  std::size_t limit = kEventsMax;
  bool follow = false;
};
struct VersionAsked {};
struct RunsAsked {  // the newest runs of a job that have ended
  std::string job;
  std::size_t limit = kRunsDefault;
};
struct PingsAsked {  // the newest pings of a heartbeat
  std::string heartbeat;
  std::size_t limit = kPingsDefault;
};
struct PingHereAsked {  // a ping by somebody of this host; whose is filled in later
  std::string heartbeat;
  heartbeat::Ping ping;
};
struct ProbeHistoryAsked {
  std::string probe;
};
enum class CommandVerb {
  kStart,
  kStop,
  kRestart,
  kReload,
  kDown,
  kApply,
  kJobRun,
  kJobStop,
  kJobSkip,
  kHeartbeatPause,
  kHeartbeatResume,
  kHeartbeatRemove
};
struct CommandAsked {
  std::string id;
  CommandVerb verb{};
  std::string subject;      // empty for kDown and kApply
  std::uint32_t count = 1;  // of kJobSkip
};

// The Response says what is wrong with the request.
using Call = std::variant<StatusAsked, EventsAsked, VersionAsked, RunsAsked, PingsAsked,
                          PingHereAsked, ProbeHistoryAsked, CommandAsked, web::Response>;
Call parse_call(const web::Request& request);

struct ProcessReport {
  std::int32_t pid = 0;
  std::uint32_t restarts = 0;
};
struct HouseReport {
  std::string name;
  ProcessReport brain;
  ProcessReport keeper;
  std::vector<std::string> notes;  // what is not as it should be
  std::vector<service::ServiceReport> services;
  std::vector<job::Report> jobs;
  TaskProgress progress;
  std::optional<std::vector<heartbeat::Report>> heartbeats;     // none: not known yet
  std::string listen;                                           // where they are pinged
  std::optional<std::vector<probe::Report>> probes = {};        // none: not known yet
  std::optional<std::vector<timebomb::Report>> timebombs = {};  // none: not known yet
};
std::string status_json(const HouseReport& house);
std::string service_json(const service::ServiceReport& service);

std::string events_json(const std::vector<FactRow>& facts, std::int64_t newest);
// One line of a followed stream, with its newline.
std::string event_line(const FactRow& fact);

// One line of a command's answer, with its newline. `errors` is a JSON array or empty.
std::string command_line(std::string_view id, std::string_view state, std::string_view message,
                         std::string_view errors = {});

}  // namespace hammock::shell
