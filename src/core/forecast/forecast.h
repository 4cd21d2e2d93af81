// When will something that fills be full: bytes or inodes of a file system, a sequence, a backlog.
//
// The past is a line through the samples, cut into 96 steps and 12 blocks. Two things are asked for
// each horizon. What was seen: of all stretches of the past as long as the horizon, the most, the
// middle and the least that one rose at its highest; this goes up to a quarter of the past, and
// knows the rhythm of the day and the jumps. What follows: if a block rises by m on average, with
// deviation s, the next k rise by m·k ± t·s·√(k + k²/12), the prediction interval of a random walk
// with drift (Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", the drift method);
// the same with the m of the younger half, for what speeds up or slows down. And rates change: over
// a future as long as the past m may double or lose a quarter; beyond ten times that, more. `early`
// is when the highest of all these reaches the room that is left, `late` when the lowest does.
//
// t is 3 upwards and 0.8 downwards, chosen on recorded series (recorded/): rises are rare and
// large. The test says how often `early` to `late` covers the truth, up to three times as far ahead
// as was seen. What never showed in the past is not foreseen: a first jump as large as all growth
// before it, a limit at which somebody begins to delete. Room for more than ten times the rise that
// was seen has no `late`, however steady the growth.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/time.h"

namespace hammock::forecast {

inline constexpr std::size_t kSamplesLeast = 8;
inline constexpr Duration kSpanLeast = std::chrono::hours(1);
inline constexpr Duration kHorizon = std::chrono::years(5);

struct Sample {
  Instant at;
  std::uint64_t used;
  friend bool operator==(const Sample&, const Sample&) = default;
};

// None: not in sight, which is beyond kHorizon or never. Otherwise now <= early <= at <= late, and
// what has a later one has the earlier ones.
struct Forecast {
  std::optional<Instant> at, early, late;
  Duration of{};  // the time that the samples span
  friend bool operator==(const Forecast&, const Forecast&) = default;
};

// Samples oldest first, of any distance; one that is not later than all before it is left out (a
// clock was set back). What was full when it was last seen is full `now`. nullopt: too little is
// known to say anything, which is never "fine": fewer than kSamplesLeast samples, less than
// kSpanLeast, samples in fewer than a quarter of the blocks, or the last sample is older than
// the span of all.
std::optional<Forecast> foresee(std::span<const Sample> samples, std::uint64_t most, Instant now);

}  // namespace hammock::forecast
