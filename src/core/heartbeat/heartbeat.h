// The heartbeat room: dead-man's switches for what runs elsewhere.
//
// Somebody pings when his work is done; when the ping does not come in time, the heartbeat is down.
// The signals and what they change are those of the healthchecks pinging API
// (https://healthchecks.io/docs/http_api/):
//
//   new ──success──▶ up ──deadline──▶ down ──success──▶ up        any ──pause──▶ paused
//    └────fail──────────fail─────────▶ down                   paused ──success──▶ up
//
//   deadline = the sooner of "next ping expected" and "work began", plus grace
//
// * A start begins a run and ends none. Any fail ends it, and any success but one that names
// another
//   run, which goes on unless it is overdue. Its duration is known when the run is the same.
// * Nothing is expected of a heartbeat that was never pinged, is paused, or is down; a start makes
//   its grace time run all the same.
// * A log changes nothing. So does any ping of a paused heartbeat with `manual_resume`, and any
//   method but POST with `post_only`.
// * With `fail_after` a fail, a ping that does not come and a run that does not end are failures,
// and
//   it is down when k of its newest n outcomes are; the count begins anew when it is up again. With
//   `success_within` it is down when no success came for so long; without `fail_after` nothing else
//   takes it down then. Neither is of any help to one that has not succeeded yet: its first
//   failure takes it down.
// * When it is down, it is down since its deadline, whenever that was noticed.
// * Nobody is blamed for a time in which nobody listened (no Hammock, no socket, a disk
//   that takes nothing, a machine that slept, a clock that was put forward): deadlines that had not
//   passed before are later by it. Of `at`, only by what lies after the time at which the ping was
//   expected. The newest kBlindTimesMost such times count.
// * Nor is anybody blamed for silence before the heartbeat was configured as it is.
// * Work that began the same whole number of hours beside its time kBesideSaid times in a row is
//   taken for a mistake in the time zone; that is only said.
// * Every ping has a number, over all restarts; it is durable before it is acknowledged.
//
// Limits: kCreatedMost heartbeats that pings or the API made.
//
// At start: apply() the journaled facts in order, then ConfigurationGiven, then ListeningBegan once
// pings can come.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "core/heartbeat/facts.h"
#include "core/heartbeat/ping.h"
#include "core/heartbeat/state.h"
#include "core/service/orders.h"

namespace hammock::heartbeat {

inline constexpr std::size_t kCreatedMost = 1000;
inline constexpr std::size_t kNameBytesMax = 63;
inline constexpr Duration kWatchedEvery = std::chrono::minutes(10);
inline constexpr std::uint32_t kBesideSaid = 3;
inline constexpr Duration kClockSetLeast = std::chrono::milliseconds(100);  // less is slewing

// --- events ---
struct ConfigurationGiven {
  std::vector<Shared<Setup>> heartbeats;
  std::vector<schedule::Zone> zones{};  // those of zones_wanted() that this host knows
};
// Pings can come. A level: again and again does no harm. `waited`: those that came since somebody
// listened last have waited, so there is no time in which nobody did.
struct ListeningBegan {
  bool waited = false;
};
struct ListeningEnded {};
// Nobody could listen for so long until now, although we did: the machine slept. That the clock was
// put forward is seen from the clocks of any event.
struct Blinded {
  Duration length{};
};
// Makes one PingTaken or, when there is no such heartbeat and none may be made, one PingMissed.
struct PingGiven {
  std::string heartbeat;
  Ping ping;
  bool creates = false;  // one that is not there is made
  std::string uuid{};    // then this is its own
};
// Somebody makes a heartbeat that is in no configuration, or changes one. Refused when it is not so
// any more: somebody was first, and he may ask again.
struct SetupGiven {
  std::string id;
  Shared<Setup> setup;
  bool is_new = true;  // else one of that name and UUID is there
  std::string by;
};
// The instant of next_wake() has come, or the clock was set. Harmless at any time.
struct Wake {};
struct CommandGiven {
  std::string id;
  Verb verb{};
  std::string heartbeat;
  std::string by;
};
using Event = std::variant<ConfigurationGiven, ListeningBegan, ListeningEnded, Blinded, PingGiven,
                           SetupGiven, Wake, CommandGiven>;

using Order = std::variant<service::Reply>;

struct Decision {
  std::vector<Fact> facts;
  std::vector<Order> orders;
};

Decision decide(const State& state, const Event& event, Now now);
void apply(State& state, const Fact& fact);
// When Wake must come at the latest; none: nothing is due.
std::optional<Steady> next_wake(const State& state);

// --- whom a ping is for ---
// The name; none: there is no such heartbeat. In lower case.
std::optional<std::string> find_uuid(const State& state, std::string_view uuid);
std::optional<std::string> find_name(const State& state, std::string_view name);
// Whether one that is called so may be made.
bool may_create(const State& state, std::string_view name);
// The time zones of those that were made.
std::set<std::string> zones_wanted(const State& state);

// "every 24h", "at 15 3 * * * Europe/Berlin".
std::string schedule_text(const Setup& setup);

// --- for people ---
struct Report {
  std::string name;
  std::string uuid;
  Shared<Setup> setup;
  std::string schedule;
  std::string description;
  Shown shown{};
  bool created = false;
  std::uint64_t pings = 0;
  std::optional<Instant> since;  // of up, down, paused
  std::optional<Instant> last_ping;
  std::optional<Instant> last_success;
  std::optional<Instant> started;   // of a run that is not over
  std::optional<Instant> expected;  // the next ping; none: nothing is expected
  std::optional<Instant> deadline;  // then it is down, if nothing comes
  std::optional<Duration> last_duration;
  std::string note;  // what is worth a look; mostly empty
};
// In the order of the configuration; those that were made otherwise follow.
std::vector<Report> report(const State& state, Instant now);
// None: nothing is called so.
std::optional<Report> report(const State& state, std::string_view name, Instant now);

}  // namespace hammock::heartbeat
