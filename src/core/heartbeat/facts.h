// What has become true of heartbeats. How facts are kept and written is told in core/fact/fact.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/shared.h"
#include "base/time.h"
#include "core/fact/fact.h"
#include "core/heartbeat/config.h"
#include "core/heartbeat/words.h"
#include "core/schedule/zone.h"

namespace hammock::heartbeat {

using fact::Keep;

// One heartbeat as configured.
struct Setup {
  Config config;
  schedule::Zone zone = schedule::Zone::utc();
  std::string uuid;   // empty: it is pinged by its name only
  std::string title;  // how people call it; empty: by its name
  std::string tags;   // words with a space between
  friend bool operator==(const Setup&, const Setup&) = default;
};

inline constexpr Duration kNoDuration = Duration(-1);

// The newest one tells all that pings have made of the heartbeat: older ones may be forgotten.
struct PingTaken {
  std::string heartbeat;
  std::uint64_t number = 0;  // of this ping, from 1
  Signal signal{};
  bool ignored = false;  // it changed nothing
  std::int32_t exit_status = -1;
  std::string rid;
  Duration took = kNoDuration;  // since the start that it is the end of
  Instant at{};
  std::string scheme;
  std::string method;
  std::string agent;
  std::string remote;
  std::string body;         // when it is text
  std::string body_base64;  // when it is not
  // After it; instants of the epoch: never.
  Status status{};
  Instant since{};  // of the status
  Instant last_ping{};
  Instant last_success{};
  Instant started{};
  std::string started_rid;
  Duration last_duration = kNoDuration;
  std::int32_t beside_hours = 0;   // work begins so much later than it should, see hours_beside()
  std::uint32_t beside_count = 0;  // so many times in a row
  std::string outcomes;            // since it was down, if failures are counted: see base/k_of_n.h
  HAMMOCK_FACT(PingTaken, "ping taken", Keep::kPromise);
};
// No ping came in time.
struct HeartbeatFell {
  std::string heartbeat;
  Instant deadline{};  // it is down since then
  Instant noticed{};
  Lack lack{};
  HAMMOCK_FACT(HeartbeatFell, "heartbeat fell", Keep::kPrompt);
};
// The same, and it bears that.
struct HeartbeatMissed {
  std::string heartbeat;
  Instant deadline{};
  Instant noticed{};
  Lack lack{};
  Instant expected{};  // what was expected until then is waited for no more; the epoch: nothing was
  std::string outcomes;  // after it
  HAMMOCK_FACT(HeartbeatMissed, "heartbeat missed", Keep::kPrompt);
};
struct HeartbeatPaused {
  std::string heartbeat;
  Instant at{};
  std::string command;
  std::string by;
  HAMMOCK_FACT(HeartbeatPaused, "heartbeat paused", Keep::kPromise);
};
struct HeartbeatResumed {  // as if it had never been pinged
  std::string heartbeat;
  Instant at{};
  std::string command;
  std::string by;
  HAMMOCK_FACT(HeartbeatResumed, "heartbeat resumed", Keep::kPromise);
};
// Its time begins anew with this schedule; none: it is in no configuration.
struct HeartbeatScheduled {
  std::string heartbeat;
  Instant at{};
  std::string schedule;
  HAMMOCK_FACT(HeartbeatScheduled, "heartbeat scheduled", Keep::kPrompt);
};
// Not by the configuration: a ping has made it, or somebody by the API; or he has changed it since.
// What a fact does not say is as a ping makes it.
struct HeartbeatCreated {
  std::string heartbeat;
  Instant at{};
  std::string uuid;
  std::string title;
  std::string tags;
  std::string description;
  Duration every = std::chrono::days(1);
  std::string cron;  // not empty: instead of `every`
  std::string timezone;
  Duration grace = std::chrono::hours(1);
  bool manual_resume = false;
  bool post_only = false;
  std::string command;
  std::string by;
  HAMMOCK_FACT(HeartbeatCreated, "heartbeat created", Keep::kPromise);
};
struct HeartbeatRemoved {  // one that was created so
  std::string heartbeat;
  std::string command;
  std::string by;
  HAMMOCK_FACT(HeartbeatRemoved, "heartbeat removed", Keep::kPromise);
};

// --- whether anybody listens ---
// Somebody listens again; nobody did from `since` on.
struct WatchBegan {
  Instant since{};
  Instant at{};
  std::string blind;  // the newest times in which nobody listened, this one included: see blind.h
  HAMMOCK_FACT(WatchBegan, "watch began", Keep::kPrompt);
};
struct Watched {  // all the time until now
  Instant at{};
  HAMMOCK_FACT(Watched, "watched", Keep::kSample);
};
struct WatchEnded {
  HAMMOCK_FACT(WatchEnded, "watch ended", Keep::kMoment);
};

// --- of this process ---
struct HeartbeatsConfigured {
  std::vector<Shared<Setup>> heartbeats;
  HAMMOCK_FACT(HeartbeatsConfigured, "heartbeats configured", Keep::kMoment);
};
struct ZoneKnown {
  schedule::Zone zone = schedule::Zone::utc();
  HAMMOCK_FACT(ZoneKnown, "zone known", Keep::kMoment);
};
struct PingMissed {  // its heartbeat went in the same moment, or may not be made
  std::string heartbeat;
  HAMMOCK_FACT(PingMissed, "ping missed", Keep::kMoment);
};
struct ClocksSeen {  // the wall's clock stood at this when the steady one began
  Duration offset{};
  Steady at{};
  HAMMOCK_FACT(ClocksSeen, "clocks seen", Keep::kMoment);
};

using Fact =
    std::variant<PingTaken, HeartbeatFell, HeartbeatMissed, HeartbeatPaused, HeartbeatResumed,
                 HeartbeatScheduled, HeartbeatCreated, HeartbeatRemoved, WatchBegan, Watched,
                 WatchEnded, HeartbeatsConfigured, ZoneKnown, PingMissed, ClocksSeen>;

// The heartbeat that it is about; empty for facts about the house.
std::string_view heartbeat_of(const Fact& fact);

std::string fields_json(const Fact& fact);
Result<Fact> fact_from_json(std::string_view name, std::string_view json);

}  // namespace hammock::heartbeat
