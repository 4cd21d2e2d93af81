// The small vocabularies of the probe room.
#pragma once

#include <array>
#include <cstdint>

#include "base/words.h"

namespace hammock::probe {

// What one look at the target came to.
enum class Verdict : std::uint8_t {
  kGood,
  kBad,
  kUnknown,  // it could not be found out, which says nothing about the target
};

// What people are shown.
enum class Shown : std::uint8_t {
  kNew,  // not looked at yet
  kUp,
  kFailing,  // the newest results are bad, and that is borne still
  kDown,
  kUnknown,  // the newest look told nothing, or nobody has looked for a while
};

constexpr auto words(Verdict) {
  using W = Words<Verdict>;
  return std::array{W{Verdict::kGood, "good"}, W{Verdict::kBad, "bad"},
                    W{Verdict::kUnknown, "unknown"}};
}
constexpr auto words(Shown) {
  using W = Words<Shown>;
  return std::array{W{Shown::kNew, "new"}, W{Shown::kUp, "up"}, W{Shown::kFailing, "failing"},
                    W{Shown::kDown, "down"}, W{Shown::kUnknown, "unknown"}};
}

}  // namespace hammock::probe
