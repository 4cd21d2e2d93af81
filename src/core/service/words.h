// The small vocabularies of the service room: enumerations and their stable texts. The texts stand
// in the journal, in JSON and on terminals; they never change.
#pragma once

#include <array>
#include <cstdint>

#include "base/words.h"

namespace hammock::service {

using hammock::from_text;
using hammock::text_of;

// What the configuration, or an operator's pin, asks for.
enum class Want : std::uint8_t { kDown, kUp };

// How a program ended.
enum class ExitClass : std::uint8_t {
  kClean,         // code 0, unasked
  kStopped,       // it was asked to end, and did (or was killed at the deadline)
  kExpected,      // listed in expected_exits
  kCrash,         // by a signal
  kError,         // with another code
  kOom,           // the kernel's memory killer
  kWatchdog,      // it stopped feeding its watchdog and was aborted
  kStartTimeout,  // not ready in time
  kConfig,        // listed in no_retry_exits: trying again is useless
  kStartFailed,   // it never came to exec: stage and errno tell
  kUnknown,       // nobody could learn it
};

// Why we ask a program to end.
enum class StopReason : std::uint8_t {
  kDown,     // the service is not wanted
  kRestart,  // replaced by a fresh copy of itself (restart, changed configuration)
  kSurplus,  // more instances than wanted, or an old one whose replacement is ready
  kStartTimeout,
  kWatchdog,
  kItself,  // it said STOPPING=1: no signal, but a deadline
};

// What the rest of the house needs to know of a service.
enum class Standing : std::uint8_t {
  kOff,       // not wanted, nothing runs
  kStopping,  // not wanted, something still runs
  kUnderWay,  // wanted, not ready yet, nothing went wrong
  kHeldUp,    // wanted, not ready, and a start failed or a need is held up or not wanted
  kReady,     // at least max(1, min_ready) instances are ready
};

enum class Health : std::uint8_t {
  kReady,
  kStarting,
  kDegraded,
  kDown,
  kCrashLooping,
  kStopped,
  kUnknown
};

// What one instance is doing.
enum class Doing : std::uint8_t {
  kStopped,
  kWaiting,
  kStarting,
  kReady,
  kReloading,
  kStopping,
  kBackingOff,
  kFailed,
  kUnknown
};

enum class Verb : std::uint8_t { kStart, kStop, kRestart, kReload, kDown, kConfigure };

// The orders that the keeper carries out and may refuse.
enum class KeeperOrder : std::uint8_t {
  kDefine,
  kForget,
  kSpawn,
  kSignal,
  kSignalGroup,
  kKill,
  kArm,
  kDropStored
};

constexpr auto words(Want) {
  return std::array{Words<Want>{Want::kDown, "down"}, Words<Want>{Want::kUp, "up"}};
}
constexpr auto words(ExitClass) {
  using W = Words<ExitClass>;
  return std::array{
      W{ExitClass::kClean, "clean"},       W{ExitClass::kStopped, "stopped"},
      W{ExitClass::kExpected, "expected"}, W{ExitClass::kCrash, "crash"},
      W{ExitClass::kError, "error"},       W{ExitClass::kOom, "oom"},
      W{ExitClass::kWatchdog, "watchdog"}, W{ExitClass::kStartTimeout, "start-timeout"},
      W{ExitClass::kConfig, "config"},     W{ExitClass::kStartFailed, "start-failed"},
      W{ExitClass::kUnknown, "unknown"}};
}
constexpr auto words(StopReason) {
  using W = Words<StopReason>;
  return std::array{
      W{StopReason::kDown, "down"},         W{StopReason::kRestart, "restart"},
      W{StopReason::kSurplus, "surplus"},   W{StopReason::kStartTimeout, "start-timeout"},
      W{StopReason::kWatchdog, "watchdog"}, W{StopReason::kItself, "itself"}};
}
constexpr auto words(Standing) {
  using W = Words<Standing>;
  return std::array{W{Standing::kOff, "off"}, W{Standing::kStopping, "stopping"},
                    W{Standing::kUnderWay, "under-way"}, W{Standing::kHeldUp, "held-up"},
                    W{Standing::kReady, "ready"}};
}
constexpr auto words(Health) {
  using W = Words<Health>;
  return std::array{W{Health::kReady, "ready"},
                    W{Health::kStarting, "starting"},
                    W{Health::kDegraded, "degraded"},
                    W{Health::kDown, "down"},
                    W{Health::kCrashLooping, "crash-looping"},
                    W{Health::kStopped, "stopped"},
                    W{Health::kUnknown, "unknown"}};
}
constexpr auto words(Doing) {
  using W = Words<Doing>;
  return std::array{W{Doing::kStopped, "stopped"},        W{Doing::kWaiting, "waiting"},
                    W{Doing::kStarting, "starting"},      W{Doing::kReady, "ready"},
                    W{Doing::kReloading, "reloading"},    W{Doing::kStopping, "stopping"},
                    W{Doing::kBackingOff, "backing-off"}, W{Doing::kFailed, "failed"},
                    W{Doing::kUnknown, "unknown"}};
}
constexpr auto words(Verb) {
  using W = Words<Verb>;
  return std::array{W{Verb::kStart, "start"},     W{Verb::kStop, "stop"},
                    W{Verb::kRestart, "restart"}, W{Verb::kReload, "reload"},
                    W{Verb::kDown, "down"},       W{Verb::kConfigure, "configure"}};
}

}  // namespace hammock::service
