// A short-lived command of a service (readiness check, reload) as a child of the brain: the user,
// folder, environment and limits of the service. The brain waits for it, with a deadline; it ends
// with the brain.
#pragma once

#include <sys/types.h>

#include "base/result.h"
#include "wire/spec.h"

namespace hammock::shell {

// The child leads a session and process group of its own. What fails before exec makes it exit with
// 127. Secrets as files, sockets, capabilities and cgroups of the spec are not given to it.
// `output`: where it writes to, -1: nowhere; its error output goes there too, or nowhere.
Result<pid_t> start_command(const wire::Spec& spec, int output = -1, bool with_errors = true);

// SIGKILL to its whole group; harmless when it is gone.
void kill_command(pid_t pid);
// The same to what it has left behind in its group: right after it was reaped.
void kill_rest_of_command(pid_t pid);

// "exited with 3", "was killed by SIGKILL".
std::string describe_wait_status(int wait_status);

}  // namespace hammock::shell
