// What the ledger alone can tell, while everybody else may be dead.
#pragma once

#include <cstdint>
#include <optional>

#include "cli/status.h"
#include "wire/ledger.h"

namespace hammock::cli {

// Field 22 of /proc/PID/stat of a process that is not a zombie; nothing when there is none. A
// function, so that tests can invent processes.
using StartTicks = std::optional<std::uint64_t> (*)(std::uint32_t pid);
std::optional<std::uint64_t> start_ticks_of(std::uint32_t pid);

// The process that the slot names runs: not a later one with the same pid.
bool program_lives(const wire::SlotCopy& slot, StartTicks start_ticks);

// How many programs of the ledger run.
std::size_t programs_alive(const wire::Ledger& ledger, StartTicks start_ticks);

// The status shape, with what the ledger knows; `keeper_alive` when somebody holds the keeper's
// lock.
Status status_from_ledger(const wire::Ledger& ledger, StartTicks start_ticks, bool keeper_alive);

}  // namespace hammock::cli
