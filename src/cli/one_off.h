// Runs a command once as a spec says: its user, groups, capabilities, directory, umask, limits,
// environment and secrets. The keeper's child does the same for services, without allocating; here
// is no need for that.
//
// Standard input, output and error are the caller's. Signals that the terminal sends reach the
// command directly; TERM and HUP are handed on to it.
#pragma once

#include <string>

#include "base/result.h"
#include "wire/spec.h"

namespace hammock::cli {

struct OneOffEnd {
  int code = 0;  // the command's, or 128 + signal
};

// Secrets are copied to a private folder below `runtime`, which is gone when this returns. A
// failure before exec is an Error that names the step: kNotPermitted, kNotFound (the command),
// kSystem.
Result<OneOffEnd> run_one_off(wire::Spec spec, const std::string& runtime);

}  // namespace hammock::cli
