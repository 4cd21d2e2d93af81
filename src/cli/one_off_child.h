// The child of run_one_off(), between fork and exec.
#pragma once

#include "wire/ledger.h"
#include "wire/spec.h"

namespace hammock::cli {

struct OneOffFailure {
  wire::Stage stage = wire::Stage::kNone;
  int reason = 0;  // errno
};

// Does what the spec says, step by step, and becomes the command. A failure is written to `report`,
// a pipe that closes at exec.
[[noreturn]] void become_one_off(const wire::Spec& spec, int report);

}  // namespace hammock::cli
