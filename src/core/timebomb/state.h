// What the time bomb room knows. Read it through the functions of timebomb.h; it changes by apply()
// only.
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
#include "core/timebomb/facts.h"

namespace hammock::timebomb {

struct Bomb {
  bool configured = false;
  Shared<Setup> setup;
  std::string identity;            // of what was looked at
  std::optional<Reading> reading;  // the newest one
  Instant read_at{};               // when
  std::optional<Reading> kept;     // the newest one that is remembered …
  Instant kept_at{};               // … and when that was
  std::string told;                // see ladder.h
  bool is_unknown = false;         // and that was told
  Run run;
};

// When something has to be done about it, if nothing happens before.
Steady wake_of(const Bomb& bomb);

struct State {
  bool known = false;  // it was said what is configured
  bool open = false;   // the house is not going down
  std::uint64_t asked = 0;
  std::map<std::string, Bomb, std::less<>> bombs;
  std::vector<std::string> order;                 // of the configuration
  std::set<std::pair<Steady, std::string>> dues;  // what wakes us: looks and ladders
};

}  // namespace hammock::timebomb
