// The time bomb room: what will go off by itself, when, and who is told of it in time.
//
//   look, each `every` ──▶ a reading (it goes off then, or is not in sight) ──▶ the ladder
//                     └──▶ nothing could be found out: what was read last stands for kTrust looks
//
//   new ──▶ quiet ──▶ ticking ──▶ gone off        from anywhere: unknown, when it could not be read
//             ▲────────┴── defused ──┘            for kTrust times `every`
//
// * Looking is the shell's; it says what goes off, when, and by what that is known. Here is kept
//   what was told, so that each rung is told of once (ladder.h), whatever dies in between.
// * What could not be read is not what has gone off: a registry that does not answer is unknown,
//   not an expired domain. The date that was read last is shown beside it, and its ladder is
//   climbed all the same, for nobody has said that it was moved.
// * A clock that is set back makes no reading younger than now.
// * That something is unknown is told once, after kUnknownLooks looks in a row told nothing, so not
//   because a network was away for a moment; and once again when it is over.
// * After a start nobody is told by what an earlier process has read: it is looked at first.
// * Readings go by the wall clock, for dates do. Looks go by the steady one.
// * Nothing is looked at while the house goes down.
//
// Limits: kTimebombsMost. One look at each is out at a time.
//
// At start: apply() the journaled facts in order, then ConfigurationGiven, then HouseSeen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "core/timebomb/facts.h"
#include "core/timebomb/state.h"

namespace hammock::timebomb {

inline constexpr std::size_t kTimebombsMost = 2'000;
inline constexpr int kTrust = 3;
// For how long a reading stands: so many looks, and the time of one.
inline Duration trust_of(const Config& config) {
  return config.every * kTrust + config.timeout;
}
inline constexpr std::uint32_t kUnknownLooks = 3;
// A reading that says nothing new is remembered after so long.
inline constexpr Duration kKeepEvery = std::chrono::days(1);
// All looks that are due at a start go out within this.
inline constexpr Duration kSpread = std::chrono::seconds(2);
// An answer that has not come so long after its time is waited for no more.
inline constexpr Duration kAnswerLate = std::chrono::minutes(5);

// --- orders ---
// Look at it; answered by Looked with the same `id`.
struct Look {
  std::uint64_t id = 0;
  std::string timebomb;
  friend bool operator==(const Look&, const Look&) = default;
};
// Nobody waits for that look any more.
struct Leave {
  std::uint64_t id = 0;
  friend bool operator==(const Leave&, const Leave&) = default;
};
using Order = std::variant<Look, Leave>;

// --- events ---
struct ConfigurationGiven {
  std::vector<Shared<Setup>> timebombs;
};
// Why there is no reading.
struct Unread {
  std::string why;
  // It was looked at, and it is too early to say anything: nothing has failed.
  bool is_early = false;
  friend bool operator==(const Unread&, const Unread&) = default;
};
using Sighting = std::variant<Reading, Unread>;
struct Looked {
  std::uint64_t id = 0;
  std::string timebomb;
  Sighting told;
};
struct HouseSeen {
  bool open = false;
};
// The instant of next_wake() has come.
struct Wake {};
// Somebody has set it: dates are nearer or farther than they were.
struct ClockSet {};
using Event = std::variant<ConfigurationGiven, Looked, HouseSeen, Wake, ClockSet>;

struct Decision {
  std::vector<Fact> facts;
  std::vector<Order> orders;
};

Decision decide(const State& state, const Event& event, Now now);
void apply(State& state, const Fact& fact);
std::optional<Steady> next_wake(const State& state);

// What is configured by that name; none: nothing is.
const Shared<Setup>* find_setup(const State& state, std::string_view timebomb);

// --- for people ---
struct Report {
  std::string name;
  Shared<Setup> setup;
  Shown shown{};
  std::optional<Reading> reading;  // the newest
  std::optional<Instant> seen;     // when
  std::optional<Duration> told;    // the lowest rung that was told of; zero: that it went off
  std::vector<Duration> rungs;     // the longest first
  std::string why;                 // the newest look told nothing
};
// In the order of the configuration.
std::vector<Report> report(const State& state, Now now);

}  // namespace hammock::timebomb
