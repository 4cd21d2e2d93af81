// What to do about the run of a job, and about each of its tasks.
#pragma once

#include <optional>
#include <string>

#include "core/job/draft.h"

namespace hammock::job {

// What its needs among the jobs hold it up with; empty: nothing.
std::string waits_for(const Draft& draft, const Setup& setup);

// The next run begins when there is none and one waits, or when the configuration is a new one.
void settle_waiting(Draft& draft, const std::string& name);
// There must be a run.
void settle_run(Draft& draft, const std::string& name);

// The service room tells how the program of a try is.
void program_seen(Draft& draft, const ProgramSeen& seen);

// When the present try of the task has taken too long; none: never.
std::optional<Steady> timeout_at(const Job& job, const Task& task);

// When it is to be looked whether the program of the present try is silent; none: never.
std::optional<Steady> next_look(const Job& job, const Task& task);

// An array that has begun goes on, whatever becomes of its needs.
bool is_under_way(const Run& run);

}  // namespace hammock::job
