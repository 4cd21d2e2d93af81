// What the ledger alone can tell, while everybody else may be dead.
#pragma once

#include <cstddef>

#include "cli/status.h"
#include "os/process.h"
#include "wire/ledger.h"

namespace hammock::cli {

// os::process_lives; a function, so that tests can invent processes.
using ProcessLives = bool (*)(pid_t pid, const os::ProcessIdentity& identity);

// The process that the slot names runs: not a later one with the same pid.
bool program_lives(const wire::SlotCopy& slot, ProcessLives process_lives);

// How many programs of the ledger run.
std::size_t programs_alive(const wire::Ledger& ledger, ProcessLives process_lives);

// The status shape, with what the ledger knows; `keeper_alive` when somebody holds the keeper's
// lock.
Status status_from_ledger(const wire::Ledger& ledger, ProcessLives process_lives,
                          bool keeper_alive);

}  // namespace hammock::cli
