// A time zone as a value: from when on which offset from UTC holds. Whoever has the zone database
// makes one (shell/zones); here it is only asked, so the same schedule gives the same instants in
// the daemon, the simulator and a test.
//
// A local time that a clock on the wall shows can be of one instant, of none (the clock was put
// forward over it) or of two (it was put back).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace hammock::schedule {

using LocalTime = std::chrono::local_seconds;

struct OffsetChange {
  Instant from;
  std::chrono::seconds offset{};  // local time less UTC
  friend bool operator==(const OffsetChange&, const OffsetChange&) = default;
};

class Zone {
 public:
  // `changes` in order of time, each with another offset than the one before. The first offset
  // holds for all time before as well.
  Zone(std::string name, std::vector<OffsetChange> changes);
  static Zone utc() { return Zone("UTC", {{Instant::min(), std::chrono::seconds(0)}}); }

  const std::string& name() const { return name_; }
  const std::vector<OffsetChange>& changes() const { return changes_; }
  // The change that holds at this instant.
  std::size_t period_at(Instant instant) const;
  std::chrono::seconds offset_at(Instant instant) const {
    return changes_[period_at(instant)].offset;
  }
  LocalTime local(Instant instant) const;
  // The instant that shows this time, the first when there are two. For a time that the clock was
  // put over: when it was put forward, or nothing when that was by more than three hours, as then
  // the day itself was given up (cron(8): such a change is a correction of the clock).
  std::optional<Instant> first_instant(LocalTime local) const;
  friend bool operator==(const Zone&, const Zone&) = default;

 private:
  std::string name_;
  std::vector<OffsetChange> changes_;
};

// RFC 3339 with the zone's offset: "2026-03-29T03:00:00+02:00".
std::string format_local(const Zone& zone, Instant instant);

}  // namespace hammock::schedule
