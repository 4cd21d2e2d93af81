// `hammock up --detach`: the keeper in the background, and the wait for readiness.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/session.h"
#include "os/unique_fd.h"

namespace hammock::cli {

inline constexpr std::size_t kOwnLogBytesMax = 1 << 20;

// Where what Hammock itself says goes when it has no terminal: S/hammock.log. What is larger than
// kOwnLogBytesMax at start becomes hammock.log.1, whose predecessor is forgotten.
std::string own_log(const Places& places);

struct Detached {
  int pid = 0;
  os::UniqueFd handle;  // pidfd
};
// Starts the program in a session of its own.
Result<Detached> start_detached(const Session& session, const std::vector<std::string>& command);

// Until all services (those of the configuration, at least) are ready: 0; or one cannot be, or time
// is up: 75 and the reasons. `keeper` may be empty; else its end is noticed, and nothing is
// returned when it found another: a surviving brain was quicker, or a killed keeper was not yet
// gone.
std::optional<int> wait_until_ready(const Session& session, const Detached& keeper,
                                    const std::vector<std::string>& services, Duration within);

}  // namespace hammock::cli
