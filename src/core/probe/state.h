// What the probe room knows. Read it through the functions of probe.h; it changes by apply() only.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/shared.h"
#include "base/time.h"
#include "core/probe/facts.h"

namespace hammock::probe {

struct Probe {
  bool configured = false;
  Shared<Setup> setup;
  std::string identity;  // of what was looked at
  bool down = false;
  Instant down_since{};
  std::string outcomes;  // while it is not down; empty: none of them is bad
  Instant bad_since{};   // the first bad one
  std::string message;   // of the newest bad result
  Run run;
};

struct State {
  bool known = false;  // it was said what is configured
  bool open = false;   // the house is not going down
  std::uint64_t asked = 0;
  std::map<std::string, Probe, std::less<>> probes;
  std::vector<std::string> order;  // of the configuration
  std::set<std::pair<Steady, std::string>> dues;
  std::map<std::string, Look, std::less<>> looks;
  std::map<std::string, std::set<std::string>, std::less<>> waiting;  // probes, by ground
  std::map<std::string, Instant, std::less<>> blind;  // since when, by the witnesses
  std::deque<Instant> falls;                          // the newest ones of this process
  std::optional<Instant> together;                    // when it was said last
};

}  // namespace hammock::probe
