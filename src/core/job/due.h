// When a job is due, and what to do about it.
#pragma once

#include "core/job/draft.h"

namespace hammock::job {

// Every due time up to now is dealt with: run, queued, passed or missed.
void settle_dues(Draft& draft, const std::string& name);

// Begins a run. There must be none.
void open_run(Draft& draft, const std::string& name, Trigger trigger, Instant due,
              const std::string& command = {}, const std::string& by = {});
// Asks the present run to end.
void stop_run(Draft& draft, const std::string& name, StopReason reason,
              const std::string& command = {}, const std::string& by = {});

}  // namespace hammock::job
