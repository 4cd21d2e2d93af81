// Memory that a process had for its start and does not need any more.
#pragma once

namespace hammock::os {

// Gives free pages of the heap back, and unmaps the pages of code and constants, which come back by
// themselves when they are used: a process that runs for weeks needs little of what it started
// with. Takes about a millisecond.
void give_back_memory();

}  // namespace hammock::os
