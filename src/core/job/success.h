// The dead man's switch of a job: `success_every` says how often it has to succeed.
//
// It counts from the last success, or from when it was first asked for. Late is said once for each
// deadline; the next success ends it.
#pragma once

#include <optional>
#include <string>

#include "core/job/draft.h"

namespace hammock::job {

// When the next success is due at the latest; none: nobody asks for it.
std::optional<Instant> success_deadline(const Job& job);

// What is late is said, what is asked for anew is noted.
void settle_success(Draft& draft, const std::string& name);

}  // namespace hammock::job
