// How a try ended, in the terms of a run.
#pragma once

#include <cstdint>
#include <string>

#include "core/job/job.h"

namespace hammock::job {

struct Ended {
  Outcome outcome = Outcome::kUnknown;
  ExitClass exit_class = ExitClass::kUnknown;
  std::int32_t code = -1;
  std::int32_t signal = 0;
  std::string message = "nobody knows how it ended";
};

// Of the present try of a task. The job must have a run.
Ended ended_of(const Job& job, const Task& task, const service::RunReport& report);

// Of what was stopped while it had no program at work.
Ended ended_at_rest(StopReason reason);

// Of an array whose tasks are all over, or will not be begun any more.
Ended ended_of_tasks(const Run& run);
std::uint32_t count_succeeded(const Run& run);

}  // namespace hammock::job
