// What was seen over time, in a file of its own beside the journal (docs/formats/rolls.md): what
// results of probes came to, by minutes, hours and days, each in a ring of fixed size for each
// probe; and the newest samples of what fills, for the forecasts of time bombs.
//
// It is nothing that a person was promised: what gathers for kRollsLag is lost with the process,
// and a file that is damaged is moved aside and begun anew. So it can neither take the journal down
// nor push facts out of it. While the disk refuses, the newest kRollsWaiting rolls wait.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/forecast/forecast.h"
#include "core/probe/roll.h"
#include "shell/sqlite.h"

namespace hammock::shell {

inline constexpr Duration kRollsLag = std::chrono::seconds(5);
inline constexpr std::size_t kRollsAtOnce = 2'000;  // then at once
inline constexpr std::size_t kRollsWaiting = 20'000;

inline constexpr std::size_t kSamplesKept = 1'440;              // of each series
inline constexpr Duration kSeriesKept = std::chrono::days(60);  // after its newest sample

// Whose samples they are. Another identity of the same time bomb is a new beginning.
struct SeriesKey {
  std::string timebomb;
  std::string identity;
  std::string what;
};

enum class Tier : std::uint8_t { kMinute = 0, kHour = 1, kDay = 2 };

class Rolls {
 public:
  // Nothing is opened before it is needed.
  explicit Rolls(std::string path) : path_(std::move(path)) {}

  // A minute, or a part of one.
  void add(std::string_view probe, const probe::Roll& roll, Now now);
  // What gathered; call at next_flush().
  void flush(Now now);
  std::optional<Steady> next_flush() const { return next_flush_; }
  // Why nothing can be kept; empty when all is well.
  const std::string& trouble() const { return trouble_; }
  // What must be said loudly since the last call: a file was damaged, and is set aside.
  std::vector<std::string> take_alarms() { return std::exchange(alarms_, {}); }

  // Those that begin within [from, to), the oldest first; what was not flushed is not among them.
  // Periods without a result are missing. A probe that is not known has none.
  Result<std::vector<probe::Roll>> of(std::string_view probe, Tier tier, Instant from, Instant to);

  // Keeps it, and gives all of the series that are kept, the oldest first. Written at once; what a
  // power failure takes of it is seen again.
  Result<std::vector<forecast::Sample>> add_sample(const SeriesKey& key,
                                                   const forecast::Sample& sample);

 private:
  Result<std::vector<forecast::Sample>> keep_sample(const SeriesKey& key,
                                                    const forecast::Sample& sample);
  Result<std::int64_t> series_number(const SeriesKey& key, Instant newest);
  struct Waiting {
    std::string probe;
    probe::Roll roll;
  };
  Result<void> open();
  void move_aside(const Error& error);
  Result<void> write(std::span<const Waiting> rolls);
  Result<std::int64_t> number_of(std::string_view probe);

  std::string path_;
  std::optional<Database> database_;
  std::vector<Waiting> waiting_;
  std::optional<Steady> next_flush_;
  std::string trouble_;
  std::vector<std::string> alarms_;
};

}  // namespace hammock::shell
