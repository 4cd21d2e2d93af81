// What goes on with a probe in this process, and what it saw last. A new process begins with
// nothing of it.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "core/probe/roll.h"
#include "core/probe/words.h"

namespace hammock::probe {

struct Run {
  Steady due{};  // the next evaluation
  // The evaluation that goes on.
  bool going_on = false;
  std::uint64_t asked = 0;    // the try that is out; 0: it waits for its grounds
  Steady asked_at{};          // when that try went out
  std::uint32_t tries = 0;    // that have ended, each of them bad
  bool grounds_good = false;  // found out after the first of them
  Steady tried{};             // when the newest one ended
  Instant began{};
  std::string why_bad;
  // The newest result. `seen_at` in the epoch: there is none.
  Steady seen_at{};
  Instant seen{};
  Verdict verdict = Verdict::kUnknown;
  Duration took{};
  std::string said;
  std::string numbers;
  std::uint32_t good_in_row = 0;
  Instant good_since{};
  Roll roll;                  // of the minute that is not over
  std::uint64_t skipped = 0;  // evaluations, because the one before was not over
  friend bool operator==(const Run&, const Run&) = default;
};

// Whether something that a probe stands on can be reached now: a witness, or a probe that it
// depends on. One look at a time, for all that want to know.
struct Look {
  std::uint64_t asked = 0;  // 0: none is out
  Steady began{};           // of the one that is out
  Verdict last = Verdict::kUnknown;
  Steady last_began{};
  Steady last_ended{};
  friend bool operator==(const Look&, const Look&) = default;
};

}  // namespace hammock::probe
