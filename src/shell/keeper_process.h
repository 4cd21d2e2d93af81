// Starting a new keeper when ours has died.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "os/unique_fd.h"

namespace hammock::shell {

// This program's own file, and the keeper's, which sits beside it. Found once, at the start: after
// an upgrade the old file may be gone, and its name then stands for the new one.
struct Binaries {
  std::string hammock;
  std::string keeper;
};
Result<Binaries> find_binaries();

struct StartedKeeper {
  pid_t pid = 0;
  os::UniqueFd link;
};
// hammock-keeper R S HAMMOCK CONFIG --adopt, in a session of its own, with the other end of a new
// link on descriptor 3.
Result<StartedKeeper> start_keeper(const Binaries& binaries, const std::string& runtime,
                                   const std::string& state, const std::string& config);

}  // namespace hammock::shell
