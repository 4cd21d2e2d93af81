// When `hammock up --detach` is over: everything that is wanted is ready, or something cannot be.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "cli/status.h"

namespace hammock::cli {

enum class Verdict { kReady, kWaiting, kFailed };

struct Readiness {
  Verdict verdict = Verdict::kWaiting;
  std::string progress;                // "2/5 ready; not yet: db (starting), web (waiting)"
  std::vector<std::string> not_ready;  // a line for each service that is not: which, what, why
};

// An end of a program before `began` says nothing about this start. A service that is wanted down
// is not waited for; one that is `expected` and not yet known is.
Readiness judge_readiness(const Status& status, const std::vector<std::string>& expected,
                          Instant began);

}  // namespace hammock::cli
