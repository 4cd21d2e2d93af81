// What the heartbeat room knows. Read it through the functions of heartbeat.h; it changes by
// apply() only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/shared.h"
#include "base/time.h"
#include "core/heartbeat/blind.h"
#include "core/heartbeat/facts.h"
#include "core/heartbeat/made.h"

namespace hammock::heartbeat {

struct Heartbeat {
  bool configured = false;
  bool created = false;  // by a ping or the API; it may be configured as well
  std::optional<Shared<HeartbeatCreated>> made;  // how; while it is created
  Shared<Setup> setup;
  std::uint64_t pings = 0;
  Status status = Status::kNew;
  Instant since{};
  Instant last_ping{};
  Instant last_success{};
  Instant started{};
  std::string started_rid;
  Duration last_duration = kNoDuration;
  std::int32_t beside_hours = 0;
  std::uint32_t beside_count = 0;
  std::string outcomes;
  Instant missed{};      // what was expected until then is waited for no more
  std::string schedule;  // in force since `scheduled`; empty: it was in none
  Instant scheduled{};
  std::optional<Instant> deadline;  // then it is down; none: it does not run
};

struct State {
  bool known = false;     // it was said what is configured
  bool watching = false;  // somebody listens for pings
  std::map<std::string, Heartbeat, std::less<>> heartbeats;
  std::vector<std::string> order;  // of the configuration
  std::map<std::string, std::string, std::less<>> by_uuid;
  Zones zones;  // of those that were made, as far as this host knows them
  std::set<std::pair<Instant, std::string>> deadlines;
  Instant alive{};  // the newest time at which somebody listened, by the clock as it was; the
                    // epoch: never
  std::vector<BlindTime> blind;  // when nobody did, the oldest first
  Duration offset{};             // the wall's clock is ahead of the steady one by this
  Steady watched{};              // when that was written down
};

}  // namespace hammock::heartbeat
