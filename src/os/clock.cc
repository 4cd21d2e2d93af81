#include "os/clock.h"

#include <ctime>

namespace hammock::os {
namespace {

std::int64_t read_us(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1000;
}

}  // namespace

std::int64_t wall_us() {
  return read_us(CLOCK_REALTIME);
}
std::int64_t steady_us() {
  return read_us(CLOCK_BOOTTIME);
}
std::int64_t monotonic_us() {
  return read_us(CLOCK_MONOTONIC);
}

Now read_clocks() {
  return {Instant(Duration(wall_us())), Steady(Duration(steady_us()))};
}

}  // namespace hammock::os
