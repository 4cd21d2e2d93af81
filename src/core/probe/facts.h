// What has become true of probes. How facts are kept and written is told in core/fact/fact.h.
//
// A good result of a probe that is up is no fact: nobody needs to be told, and thousands come every
// second. Its time is in the rolls (see roll.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/shared.h"
#include "base/time.h"
#include "core/fact/fact.h"
#include "core/probe/config.h"
#include "core/probe/run.h"
#include "core/probe/words.h"

namespace hammock::probe {

using fact::Keep;

// One probe as configured.
struct Setup {
  Config config;
  std::vector<std::string> witnesses;  // "HOST:PORT"; empty: none is asked
  std::string identity;  // of what is looked at: another one, and all that was known is void
  std::string ca;        // PEM, the content of tls.ca
  std::string blocked;   // not empty: why it cannot be looked at
  friend bool operator==(const Setup&, const Setup&) = default;
};

// A result was bad and is borne, or moves those that were out of sight.
struct ProbeCounted {
  std::string probe;
  Instant at{};
  std::string outcomes;  // after it: see base/k_of_n.h; empty: none is bad
  Instant since{};       // of the first bad one; the epoch: none is
  std::string message;   // of the newest bad one
  HAMMOCK_FACT(ProbeCounted, "probe counted", Keep::kSample);
};
struct ProbeFell {
  std::string probe;
  Instant since{};  // the first of the bad results that took it down
  Instant noticed{};
  std::string message;  // why, of the last one
  HAMMOCK_FACT(ProbeFell, "probe fell", Keep::kPrompt);
};
struct ProbeRose {
  std::string probe;
  Instant at{};  // the first of the good results that brought it up
  Instant noticed{};
  Instant down_since{};
  HAMMOCK_FACT(ProbeRose, "probe rose", Keep::kPrompt);
};
// So many fell within kTogetherWithin that they have one cause.
struct ProbesFellTogether {
  Instant since{};
  Instant at{};
  std::uint32_t fallen = 0;
  std::uint32_t of = 0;
  HAMMOCK_FACT(ProbesFellTogether, "probes fell together", Keep::kPrompt);
};
// It looks at something else from here on; an empty identity: it is in no configuration.
struct ProbeDefined {
  std::string probe;
  std::string identity;
  HAMMOCK_FACT(ProbeDefined, "probe defined", Keep::kPrompt);
};
// None of the witnesses (their names with a space between) can be reached: it is we who cannot see.
struct BlindnessBegan {
  std::string witnesses;
  Instant since{};
  HAMMOCK_FACT(BlindnessBegan, "blindness began", Keep::kPrompt);
};
struct BlindnessEnded {
  std::string witnesses;
  Instant since{};
  Instant at{};
  HAMMOCK_FACT(BlindnessEnded, "blindness ended", Keep::kPrompt);
};

// --- of this process ---
struct ProbesConfigured {
  std::vector<Shared<Setup>> probes;
  Steady at{};
  HAMMOCK_FACT(ProbesConfigured, "probes configured", Keep::kMoment);
};
struct ProbeMoved {
  std::string probe;
  Run run;
  HAMMOCK_FACT(ProbeMoved, "probe moved", Keep::kMoment);
};
struct LookMoved {
  std::string ground;  // see grounds.h
  Look look;
  HAMMOCK_FACT(LookMoved, "look moved", Keep::kMoment);
};
struct Numbered {  // tries and looks, up to this
  std::uint64_t asked = 0;
  HAMMOCK_FACT(Numbered, "numbered", Keep::kMoment);
};
struct HouseStood {
  bool open = false;
  Steady at{};
  HAMMOCK_FACT(HouseStood, "house stood", Keep::kMoment);
};

using Fact = std::variant<ProbeCounted, ProbeFell, ProbeRose, ProbesFellTogether, ProbeDefined,
                          BlindnessBegan, BlindnessEnded, ProbesConfigured, ProbeMoved, LookMoved,
                          Numbered, HouseStood>;

// The probe that it is about; empty for facts about the house.
std::string_view probe_of(const Fact& fact);

std::string fields_json(const Fact& fact);
Result<Fact> fact_from_json(std::string_view name, std::string_view json);

}  // namespace hammock::probe
