// The probe room: looks at what others reach over the network, and says when it is down.
//
//   new ──good──▶ up ──k of the newest n results are bad──▶ down ──recover_after good──▶ up
//
// An evaluation, every `every`, at a moment of its own that the name decides, so that a thousand
// probes do not go out at once, and each is evaluated within one interval after a start:
//
//   try ──good──────────────────────────────────────────────▶ the result is good
//    └───bad──▶ its grounds are looked at ──good──▶ next try, up to `retries` ──bad──▶ it is bad
//                └──bad──▶ the result is unknown
//
// * Grounds are what a probe stands on: the probes in `depends_on`, each of which must be good, and
//   the witnesses, one of which must be. A look at a ground that began before the try ended does
//   not count as good, and whoever has grounds is tried once more when they are. So an own network
//   that is gone, or a dead router with two hundred hosts behind it, takes nothing down that could
//   not be reached because of it.
// * An unknown result changes nothing: neither what is counted nor who is up or down; its time is
//   left out of the uptime. That we are blind is said once, and once again when it is over.
// * Known of a process before are who is down and which results are counted. Who is up has to be
//   seen anew: until then it is new.
// * When many fall at once, that is one event more, and the others say so.
// * Nothing is looked at while the house goes down.
//
// Limits: kProbesMost probes. One try and one look at a ground are out at a time.
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
#include "core/probe/facts.h"
#include "core/probe/state.h"

namespace hammock::probe {

inline constexpr std::size_t kProbesMost = 10'000;
inline constexpr Duration kWitnessWithin = std::chrono::seconds(5);
// Dues are put on such a grid, so that one waking serves many.
inline constexpr Duration kDueGrid = std::chrono::milliseconds(50);
// More than this share of all within this time, and at least so many, fall together.
inline constexpr Duration kTogetherWithin = std::chrono::minutes(1);
inline constexpr std::size_t kTogetherPercent = 30;
inline constexpr std::size_t kTogetherLeast = 5;

// --- orders ---
// Try it once; answered by Tried with the same `id`. Without an answer it is asked for no more.
struct Ask {
  std::uint64_t id = 0;
  std::string probe;    // one of the two: …
  std::string witness;  // … "HOST:PORT", connect to it within kWitnessWithin
  friend bool operator==(const Ask&, const Ask&) = default;
};
// A minute of the probe is over.
struct Add {
  std::string probe;
  Roll roll;
  friend bool operator==(const Add&, const Add&) = default;
};
using Order = std::variant<Ask, Add>;

// --- events ---
struct ConfigurationGiven {
  std::vector<Shared<Setup>> probes;
};
struct Tried {
  std::uint64_t id = 0;
  std::string probe;
  std::string witness;
  Verdict verdict{};
  Duration took{};           // as the target took, without what was waited here
  std::string message;       // a sentence for people; of a good one what was seen
  std::string numbers = {};  // of a command: what it measured, as it says it
};
struct HouseSeen {
  bool open = false;
};
struct Slept {};  // the machine did: nobody knows what became of what was out
// The instant of next_wake() has come.
struct Wake {};
using Event = std::variant<ConfigurationGiven, Tried, HouseSeen, Slept, Wake>;

struct Decision {
  std::vector<Fact> facts;
  std::vector<Order> orders;
};

Decision decide(const State& state, const Event& event, Now now);
void apply(State& state, const Fact& fact);
std::optional<Steady> next_wake(const State& state);

// What is configured by that name; none: nothing is.
const Shared<Setup>* find_setup(const State& state, std::string_view probe);

// Of the minute that is not over.
Roll running_roll(const State& state, std::string_view probe);

// --- for people ---
struct Report {
  std::string name;
  Shared<Setup> setup;
  Shown shown{};
  std::optional<Instant> since;  // it is failing or down
  std::optional<Instant> seen;   // the newest result of this process
  Verdict verdict{};             // of it
  Duration took{};
  std::string message;  // why it is not good, or what was seen
  std::string numbers;  // what its command measured, in its own words
};
// In the order of the configuration.
std::vector<Report> report(const State& state, Now now);

}  // namespace hammock::probe
