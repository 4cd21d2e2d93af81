// Times in which nobody listened for pings, and what deadlines gain by them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace hammock::heartbeat {

struct BlindTime {
  Instant from{};
  Instant to{};
  friend bool operator==(const BlindTime&, const BlindTime&) = default;
};
inline constexpr std::size_t kBlindTimesMost = 32;  // older ones are forgotten

// "from-to from-to …", microseconds since 1970. What is no such text gives none.
std::string blind_text(std::span<const BlindTime> times);
std::vector<BlindTime> blind_from(std::string_view text);

// `deadline`, and later by what lies after `from`; a time that began when it had passed already
// changes nothing any more.
Instant credited(Instant from, Instant deadline, std::span<const BlindTime> times);

}  // namespace hammock::heartbeat
