// The small vocabulary of the time bomb room.
#pragma once

#include <array>
#include <cstdint>

#include "base/words.h"

namespace hammock::timebomb {

// What people are shown.
enum class Shown : std::uint8_t {
  kNew,      // not looked at yet
  kQuiet,    // not in sight, or farther away than anybody wants to be told
  kTicking,  // within the ladder
  kGoneOff,
  kUnknown,  // nobody could find out for a while
};

constexpr auto words(Shown) {
  using W = Words<Shown>;
  return std::array{W{Shown::kNew, "new"}, W{Shown::kQuiet, "quiet"}, W{Shown::kTicking, "ticking"},
                    W{Shown::kGoneOff, "gone off"}, W{Shown::kUnknown, "unknown"}};
}

}  // namespace hammock::timebomb
