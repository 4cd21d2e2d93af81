// The small vocabularies of the heartbeat room.
#pragma once

#include <array>
#include <cstdint>

#include "base/words.h"

namespace hammock::heartbeat {

// What a ping says, as in the healthchecks pinging API.
enum class Signal : std::uint8_t {
  kSuccess,
  kStart,  // the work has begun; success or fail follows
  kFail,
  kLog,  // kept, and nothing else
};

// What pings, deadlines and people have made of it.
enum class Status : std::uint8_t {
  kNew,  // never pinged: nothing is expected yet
  kUp,
  kDown,
  kPaused,
};

// What people are shown: Status, and what the clock makes of it.
enum class Shown : std::uint8_t {
  kNew,
  kUp,
  kGrace,  // it is overdue, and the grace time runs
  kDown,
  kPaused,
  kUnknown,  // nobody listens for pings
};

// Why no ping came in time.
enum class Lack : std::uint8_t {
  kPing,     // nothing came when it was expected
  kEnd,      // a run began and did not end
  kSuccess,  // pings came, and no success for as long as it is allowed
};

enum class Verb : std::uint8_t { kPause, kResume, kRemove };

constexpr auto words(Signal) {
  using W = Words<Signal>;
  return std::array{W{Signal::kSuccess, "success"}, W{Signal::kStart, "start"},
                    W{Signal::kFail, "fail"}, W{Signal::kLog, "log"}};
}
constexpr auto words(Status) {
  using W = Words<Status>;
  return std::array{W{Status::kNew, "new"}, W{Status::kUp, "up"}, W{Status::kDown, "down"},
                    W{Status::kPaused, "paused"}};
}
constexpr auto words(Shown) {
  using W = Words<Shown>;
  return std::array{W{Shown::kNew, "new"},       W{Shown::kUp, "up"},
                    W{Shown::kGrace, "grace"},   W{Shown::kDown, "down"},
                    W{Shown::kPaused, "paused"}, W{Shown::kUnknown, "unknown"}};
}
constexpr auto words(Lack) {
  using W = Words<Lack>;
  return std::array{W{Lack::kPing, "ping"}, W{Lack::kEnd, "end"}, W{Lack::kSuccess, "success"}};
}
constexpr auto words(Verb) {
  using W = Words<Verb>;
  return std::array{W{Verb::kPause, "pause"}, W{Verb::kResume, "resume"},
                    W{Verb::kRemove, "remove"}};
}

}  // namespace hammock::heartbeat
