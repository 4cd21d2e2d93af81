#include "core/probe/roll.h"

#include <algorithm>
#include <utility>

namespace hammock::probe {
namespace {

Instant minute_of(Instant at) {
  return std::chrono::floor<std::chrono::minutes>(at);
}

void add_time(Roll& roll, Verdict verdict, Duration time) {
  (verdict == Verdict::kGood ? roll.up : roll.down) += time;
}

void add_result(Roll& roll, const Rolled& rolled) {
  if (rolled.verdict == Verdict::kBad) ++roll.bad;
  if (rolled.verdict != Verdict::kGood) return;
  ++roll.good;
  roll.took += rolled.took;
  roll.took_most = std::max(roll.took_most, rolled.took);
}

}  // namespace

void add(Roll& roll, const Rolled& rolled, std::vector<Roll>& over) {
  const Instant minute = minute_of(rolled.at);
  if (roll.begin != minute) {
    Roll before = std::exchange(roll, Roll{.begin = minute});
    if (before.begin != Instant{}) over.push_back(before);
  }
  add_result(roll, rolled);
  if (rolled.verdict == Verdict::kUnknown) return;
  Instant end = rolled.at;
  for (Duration left = std::min(rolled.time, kStandsLongest); left > Duration::zero();) {
    const Instant begin = minute_of(end - Duration(1));
    const Duration part = std::min(left, end - begin);
    if (begin != minute && (over.empty() || over.back().begin != begin)) {
      over.push_back({.begin = begin});
    }
    add_time(begin == minute ? roll : over.back(), rolled.verdict, part);
    end -= part;
    left -= part;
  }
}

}  // namespace hammock::probe
