// The small vocabularies of the job room.
#pragma once

#include <array>
#include <cstdint>

#include "base/words.h"

namespace hammock::job {

// Why there is a run.
enum class Trigger : std::uint8_t {
  kSchedule,
  kCatchUp,   // it was due while Hammock was away
  kCommand,   // somebody asked
  kNewcomer,  // to completion: this configuration has not run yet
};

enum class Outcome : std::uint8_t {
  kSucceeded,  // code 0, or an expected exit
  kFailed,
  kTimedOut,
  kStuck,     // it was silent for too long
  kStopped,   // by an operator, or with the house
  kReplaced,  // by the next run
  kUnknown,   // nobody could learn how it ended
};

// Why a try, or a whole run, is asked to end.
enum class StopReason : std::uint8_t {
  kTimeout,
  kStuck,     // no output and no progress
  kReplaced,  // by the next run
  kCommand,
  kChanged,  // its tasks belong to a configuration that is no longer in force
};

// Why there was no run although it was due.
enum class PassReason : std::uint8_t { kBusy, kSkipped, kQueueFull };

enum class Doing : std::uint8_t { kIdle, kWaiting, kRunning, kStopping, kBackingOff, kUnknown };

enum class Verb : std::uint8_t { kRun, kStop, kSkip };

constexpr auto words(Trigger) {
  using W = Words<Trigger>;
  return std::array{W{Trigger::kSchedule, "schedule"}, W{Trigger::kCatchUp, "catch-up"},
                    W{Trigger::kCommand, "command"}, W{Trigger::kNewcomer, "newcomer"}};
}
constexpr auto words(Outcome) {
  using W = Words<Outcome>;
  return std::array{W{Outcome::kSucceeded, "succeeded"}, W{Outcome::kFailed, "failed"},
                    W{Outcome::kTimedOut, "timed-out"},  W{Outcome::kStuck, "stuck"},
                    W{Outcome::kStopped, "stopped"},     W{Outcome::kReplaced, "replaced"},
                    W{Outcome::kUnknown, "unknown"}};
}
constexpr auto words(StopReason) {
  using W = Words<StopReason>;
  return std::array{W{StopReason::kTimeout, "timeout"}, W{StopReason::kStuck, "stuck"},
                    W{StopReason::kReplaced, "replaced"}, W{StopReason::kCommand, "command"},
                    W{StopReason::kChanged, "changed"}};
}
constexpr auto words(PassReason) {
  using W = Words<PassReason>;
  return std::array{W{PassReason::kBusy, "busy"}, W{PassReason::kSkipped, "skipped"},
                    W{PassReason::kQueueFull, "queue-full"}};
}
constexpr auto words(Doing) {
  using W = Words<Doing>;
  return std::array{W{Doing::kIdle, "idle"},
                    W{Doing::kWaiting, "waiting"},
                    W{Doing::kRunning, "running"},
                    W{Doing::kStopping, "stopping"},
                    W{Doing::kBackingOff, "backing-off"},
                    W{Doing::kUnknown, "unknown"}};
}
constexpr auto words(Verb) {
  using W = Words<Verb>;
  return std::array{W{Verb::kRun, "run"}, W{Verb::kStop, "stop"}, W{Verb::kSkip, "skip"}};
}

}  // namespace hammock::job
