// Jobs and their runs as JSON, for the control socket (docs/formats/control.md). Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "core/job/job.h"
#include "shell/journal.h"
#include "wire/notify.h"

namespace hammock::shell {

// How far each task says it is, by job and task.
using TaskProgress = std::map<std::pair<std::string, std::uint32_t>, wire::Progress>;

void write_job(JsonWriter& json, const job::Report& job, const TaskProgress& progress);

// {"runs":[…]} of the journal's rows of "run ended", in their order.
std::string runs_json(const std::vector<FactRow>& rows);

}  // namespace hammock::shell
