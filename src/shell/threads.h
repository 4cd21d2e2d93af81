// Where the threads of a process wait, for whoever wants to know why it does not go on.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace hammock::shell {

inline constexpr std::size_t kThreadsShown = 16;

// A line for each thread, of the first kThreadsShown: its number and name, its state as /proc has
// it, and the kernel's functions that it is in, the innermost first, as far as we may see them (the
// stack root alone, wchan who may trace it). Empty when the process is gone.
std::vector<std::string> threads_of(pid_t pid);

}  // namespace hammock::shell
