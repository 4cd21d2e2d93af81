// What has become true of time bombs. How facts are kept and written is told in core/fact/fact.h.
//
// Instants that there are none of are the epoch. `told` is the whole of what was told, see
// ladder.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/shared.h"
#include "base/time.h"
#include "core/fact/fact.h"
#include "core/timebomb/config.h"
#include "core/timebomb/reading.h"
#include "core/timebomb/words.h"

namespace hammock::timebomb {

using fact::Keep;

// One time bomb as configured.
struct Setup {
  Config config;
  std::string identity;         // of what is looked at: another one, and all that was known is void
  std::optional<Instant> date;  // of those that have one in the configuration
  friend bool operator==(const Setup&, const Setup&) = default;
};

// It is in the configuration, and looks at this; an empty identity: it is in no configuration.
struct TimebombDefined {
  std::string timebomb;
  std::string identity;
  HAMMOCK_FACT(TimebombDefined, "time bomb defined", Keep::kPrompt);
};
// A look told something that was not known yet, or not for a day.
struct TimebombRead {
  std::string timebomb;
  Instant at{};
  std::string identity;
  Instant goes_off{};
  Instant early{};
  Instant late{};
  Instant begins{};
  std::string evidence;
  HAMMOCK_FACT(TimebombRead, "time bomb read", Keep::kSample);
};
// It goes off within `before`: a rung of its ladder.
struct TimebombWarned {
  std::string timebomb;
  Instant at{};
  Duration before{};
  Instant goes_off{};
  std::string evidence;
  std::string told;
  HAMMOCK_FACT(TimebombWarned, "time bomb warned", Keep::kPrompt);
};
struct TimebombWentOff {
  std::string timebomb;
  Instant at{};
  Instant goes_off{};  // when it did
  std::string evidence;
  std::string told;
  HAMMOCK_FACT(TimebombWentOff, "time bomb went off", Keep::kPrompt);
};
// What was told of is out of sight again: renewed, or made room for.
struct TimebombDefused {
  std::string timebomb;
  Instant at{};
  Instant goes_off{};
  std::string evidence;
  std::string told;
  HAMMOCK_FACT(TimebombDefused, "time bomb defused", Keep::kPrompt);
};
// It is so much farther away than when it was told of that its rungs will be told of again; or out
// of sight, and people know already that what they were told of last is over.
struct TimebombEased {
  std::string timebomb;
  Instant at{};
  std::string told;
  HAMMOCK_FACT(TimebombEased, "time bomb eased", Keep::kPrompt);
};
struct TimebombUnknown {
  std::string timebomb;
  Instant at{};
  Instant seen{};  // when it was read last
  std::string why;
  HAMMOCK_FACT(TimebombUnknown, "time bomb unknown", Keep::kPrompt);
};
// It can be read again.
struct TimebombKnown {
  std::string timebomb;
  Instant at{};
  HAMMOCK_FACT(TimebombKnown, "time bomb known", Keep::kPrompt);
};

// --- of this process ---

// What goes on with one in this process. A new process begins with nothing of it.
struct Run {
  Steady due{};                  // the next look
  Steady check = Steady::max();  // when it comes to a rung
  std::uint64_t asked = 0;       // the look that is out; 0: none is
  Steady late{};                 // when that one is waited for no more
  bool has_looked = false;       // a look has ended, whatever it told
  std::uint32_t failed = 0;      // looks in a row
  std::uint32_t calm = 0;        // looks in a row that saw the same thing out of sight
  std::string why;               // the newest look told nothing
  friend bool operator==(const Run&, const Run&) = default;
};
struct TimebombsConfigured {
  std::vector<Shared<Setup>> timebombs;
  Now at{};
  HAMMOCK_FACT(TimebombsConfigured, "time bombs configured", Keep::kMoment);
};
struct TimebombMoved {
  std::string timebomb;
  Run run;
  std::optional<Reading> reading;  // the newest one
  Instant read_at{};
  HAMMOCK_FACT(TimebombMoved, "time bomb moved", Keep::kMoment);
};
struct LooksNumbered {
  std::uint64_t asked = 0;
  HAMMOCK_FACT(LooksNumbered, "looks numbered", Keep::kMoment);
};
struct HouseStood {
  bool open = false;
  HAMMOCK_FACT(HouseStood, "house stood", Keep::kMoment);
};

using Fact = std::variant<TimebombDefined, TimebombRead, TimebombWarned, TimebombWentOff,
                          TimebombDefused, TimebombEased, TimebombUnknown, TimebombKnown,
                          TimebombsConfigured, TimebombMoved, LooksNumbered, HouseStood>;

// The time bomb that it is about; empty for facts about the house.
std::string_view timebomb_of(const Fact& fact);

std::string fields_json(const Fact& fact);
Result<Fact> fact_from_json(std::string_view name, std::string_view json);

}  // namespace hammock::timebomb
