// Time as types. Nothing in the core reads a clock: the shell reads both clocks once a turn and
// passes a Now.
//
// Instant is a point of civil time (UTC): it is what people read, and it may jump. Steady is a
// point on CLOCK_BOOTTIME: it never jumps, it is meaningless after a reboot, and every deadline
// lives on it. Duration is a length of time. All three have microsecond resolution.
#pragma once

#include <chrono>
#include <compare>
#include <string>

namespace hammock {

using Duration = std::chrono::microseconds;
using Instant = std::chrono::sys_time<Duration>;

struct BootClock {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
};
using Steady = BootClock::time_point;

struct Now {
  Instant wall;
  Steady steady;
  friend bool operator==(const Now&, const Now&) = default;
};

// "2026-11-23T04:00:00Z"; with milliseconds "2026-11-23T04:00:00.250Z".
std::string format_instant(Instant instant);
std::string format_instant_ms(Instant instant);

// The two largest units, as the configuration accepts them: "1h30m", "2m5s", "250ms", "0s".
std::string format_duration(Duration duration);

// The largest unit only, for tables: "3d", "45s".
std::string format_age(Duration duration);

}  // namespace hammock
