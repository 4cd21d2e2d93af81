// What the command line answers to its caller. The numbers are those of sysexits.h where it has
// one; they are a promise, listed in `hammock help` and docs/cli.md.
#pragma once

namespace hammock::cli {

enum class Exit : int {
  kDone = 0,
  kRefused = 3,         // a guard said no
  kUsage = 64,          // the command line itself is wrong
  kNotRunning = 69,     // there is no Hammock to talk to
  kAgain = 75,          // it could not be done now; trying again is sensible
  kNotPermitted = 77,   // privilege is missing
  kConfiguration = 78,  // hammock.toml, or this host, does not allow it
};

constexpr int code(Exit exit) {
  return static_cast<int>(exit);
}

}  // namespace hammock::cli
