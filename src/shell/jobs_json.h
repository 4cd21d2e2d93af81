// Jobs and their runs as JSON, for the control socket (docs/formats/control.md). Pure.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "core/job/job.h"
#include "shell/journal.h"

namespace hammock::shell {

void write_job(JsonWriter& json, const job::Report& job);

// {"runs":[…]} of the journal's rows of "run ended", in their order.
std::string runs_json(const std::vector<FactRow>& rows);

}  // namespace hammock::shell
