// What operators ask of a job.
#pragma once

#include "core/job/draft.h"

namespace hammock::job {

// Answers at once; the same id again gets the same answer, and does nothing again.
void command_given(Draft& draft, const CommandGiven& given);

}  // namespace hammock::job
