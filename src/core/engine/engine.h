// The engine composes the rooms of the core: one step over all of them. It knows of a room that it
// has State, Event, Fact, Order, decide, apply and next_wake, and what one room says to another:
// what the job room starts, the service room runs, and tells how it goes.
//
// A turn of the shell:
//   for each event: Decision d = step(state, event, now)     state has changed already
//   record the facts of the turn: promises durable, samples batched, moments not at all
//   perform the orders of the turn, in order
//   sleep until next_wake(state) or the next event; then step(state, Wake) …
// A brain that dies anywhere in between has promised nothing that it will not do.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/heartbeat/heartbeat.h"
#include "core/job/job.h"
#include "core/probe/probe.h"
#include "core/service/facts_json.h"
#include "core/service/service.h"
#include "core/timebomb/timebomb.h"

namespace hammock::engine {

namespace rooms {
struct Service {
  static constexpr std::string_view kName = "service";
  using State = service::State;
  using Event = service::Event;
  using Fact = service::Fact;
};
struct Job {
  static constexpr std::string_view kName = "job";
  using State = job::State;
  using Event = job::Event;
  using Fact = job::Fact;
};
struct Heartbeat {
  static constexpr std::string_view kName = "heartbeat";
  using State = heartbeat::State;
  using Event = heartbeat::Event;
  using Fact = heartbeat::Fact;
};
struct Probe {
  static constexpr std::string_view kName = "probe";
  using State = probe::State;
  using Event = probe::Event;
  using Fact = probe::Fact;
};
struct Timebomb {
  static constexpr std::string_view kName = "timebomb";
  using State = timebomb::State;
  using Event = timebomb::Event;
  using Fact = timebomb::Fact;
};
}  // namespace rooms

template <class... Room>
struct Compose {
  using State = std::tuple<typename Room::State...>;
  using Event = std::variant<typename Room::Event...>;
  using Fact = std::variant<typename Room::Fact...>;
};
using Rooms = Compose<rooms::Service, rooms::Job, rooms::Heartbeat, rooms::Probe, rooms::Timebomb>;

using State = Rooms::State;  // std::get<service::State>(state)
using Event = Rooms::Event;
using Fact = Rooms::Fact;  // variant of the rooms' facts
// Those of other rooms are carried out by the service room.
using Order = std::variant<service::Order, probe::Order, timebomb::Order>;
using fact::Keep;

struct Decision {
  std::vector<Fact> facts;
  std::vector<Order> orders;
};

// A house that knows nothing. The seed makes the jitter: another one per installation.
State make_state(std::uint64_t seed);

// decide, then apply all its facts, until no room has anything to say to another.
Decision step(State& state, const Event& event, Now now);

// For replay of a journal.
void apply(State& state, const Fact& fact);

// When a Wake of each room is due; none: nothing waits.
std::optional<Steady> next_wake(const State& state);

// The journal's columns: the room, the name, how it is kept, what it is about, the flat JSON
// object.
std::string_view room_of(const Fact& fact);
std::string_view name_of(const Fact& fact);
Keep keep_of(const Fact& fact);
std::string_view subject_of(const Fact& fact);
std::string fields_json(const Fact& fact);
Result<Fact> fact_from_json(std::string_view room, std::string_view name, std::string_view json);

}  // namespace hammock::engine
