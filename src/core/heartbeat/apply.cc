
#include "base/variant.h"
#include "core/heartbeat/deadline.h"
#include "core/heartbeat/heartbeat.h"
#include "core/heartbeat/judge.h"

namespace hammock::heartbeat {
namespace {

void set_deadline(State& state, const std::string& name, Heartbeat& heartbeat) {
  std::optional<Instant> deadline;
  if (state.known && (heartbeat.configured || heartbeat.created)) {
    if (const auto next = deadline_of(state, heartbeat)) deadline = next->at;
  }
  if (deadline == heartbeat.deadline) return;
  if (heartbeat.deadline) state.deadlines.erase({*heartbeat.deadline, name});
  if (deadline) state.deadlines.emplace(*deadline, name);
  heartbeat.deadline = deadline;
}

void set_all_deadlines(State& state) {
  for (auto& [name, heartbeat] : state.heartbeats)
    set_deadline(state, name, heartbeat);
}

void set_indexes(State& state) {
  state.by_uuid.clear();
  for (auto& [name, heartbeat] : state.heartbeats) {
    if (!heartbeat.configured && heartbeat.created) {
      heartbeat.setup = setup_of(**heartbeat.made, state.zones);
    }
    const std::string& uuid = heartbeat.setup->uuid;
    // Where somebody gives one that was made a place in the configuration, under another name.
    if (heartbeat.configured)
      state.by_uuid.insert_or_assign(uuid, name);
    else if (!uuid.empty())
      state.by_uuid.emplace(uuid, name);
  }
}

void fold(State& state, Heartbeat& heartbeat, const PingTaken& ping) {
  if (state.watching) state.alive = ping.at;
  heartbeat.pings = ping.number;
  heartbeat.status = ping.status;
  heartbeat.since = ping.since;
  heartbeat.last_ping = ping.last_ping;
  heartbeat.last_success = ping.last_success;
  heartbeat.started = ping.started;
  heartbeat.started_rid = ping.started_rid;
  heartbeat.last_duration = ping.last_duration;
  heartbeat.beside_hours = ping.beside_hours;
  heartbeat.beside_count = ping.beside_count;
  heartbeat.outcomes = ping.outcomes;
}
void fold(State& state, Heartbeat& heartbeat, const HeartbeatFell& fell) {
  heartbeat::fold(heartbeat, fell);
  state.alive = fell.noticed;
}
void fold(State& state, Heartbeat& heartbeat, const HeartbeatMissed& missed) {
  heartbeat::fold(heartbeat, missed);
  state.alive = missed.noticed;
}
void fold(State&, Heartbeat& heartbeat, const HeartbeatPaused& paused) {
  heartbeat.status = Status::kPaused;
  heartbeat.since = paused.at;
  heartbeat.started = {};
  heartbeat.started_rid.clear();
}
void fold(State&, Heartbeat& heartbeat, const HeartbeatResumed& resumed) {
  heartbeat.status = Status::kNew;
  heartbeat.since = resumed.at;
}
void fold(State&, Heartbeat& heartbeat, const HeartbeatScheduled& scheduled) {
  heartbeat.schedule = scheduled.schedule;
  heartbeat.scheduled = scheduled.at;
}
void fold(State& state, Heartbeat& heartbeat, const HeartbeatCreated& created) {
  heartbeat.created = true;
  heartbeat.made = created;
  if (heartbeat.configured) return;
  heartbeat.setup = setup_of(created, state.zones);
  if (!created.uuid.empty()) state.by_uuid.emplace(created.uuid, created.heartbeat);
}

void fold(State& state, const WatchBegan& began) {
  state.watching = true;
  state.alive = began.at;
  state.blind = blind_from(began.blind);
  set_all_deadlines(state);
}
void fold(State& state, const Watched& watched) {
  state.alive = watched.at;
}
void fold(State& state, const ZoneKnown& known) {
  state.zones.insert_or_assign(known.zone.name(), known.zone);
}
void fold(State&, const PingMissed&) {}
void fold(State& state, const WatchEnded&) {
  state.watching = false;
}
void fold(State& state, const HeartbeatsConfigured& configured) {
  // What a journal told of a watch was of another process.
  if (!state.known) state.watching = false;
  state.known = true;
  state.order.clear();
  for (auto& [name, heartbeat] : state.heartbeats)
    heartbeat.configured = false;
  for (const Shared<Setup>& setup : configured.heartbeats) {
    Heartbeat& heartbeat = state.heartbeats[setup->config.name];
    heartbeat.configured = true;
    heartbeat.setup = setup;
    state.order.push_back(setup->config.name);
  }
  set_indexes(state);
  set_all_deadlines(state);
}
void fold(State& state, const ClocksSeen& seen) {
  state.offset = seen.offset;
  state.watched = seen.at;
}
void fold(State& state, const HeartbeatRemoved& removed) {
  auto found = state.heartbeats.find(removed.heartbeat);
  if (found == state.heartbeats.end()) return;
  found->second.created = false;
  found->second.made.reset();
  if (!found->second.configured) {
    if (found->second.deadline) {
      state.deadlines.erase({*found->second.deadline, removed.heartbeat});
    }
    state.heartbeats.erase(found);
  }
  set_indexes(state);
}

}  // namespace

void apply(State& state, const Fact& fact) {
  std::visit(
      [&]<class Some>(const Some& some) {
        if constexpr (requires(Heartbeat& one) { fold(state, one, some); }) {
          Heartbeat& heartbeat = state.heartbeats[some.heartbeat];
          fold(state, heartbeat, some);
          set_deadline(state, some.heartbeat, heartbeat);
        } else {
          fold(state, some);
        }
      },
      fact);
}

}  // namespace hammock::heartbeat
