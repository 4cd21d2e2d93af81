// What the courier gives up before it reads its first byte: it needs sockets, and a few world-
// readable files (resolv.conf, hosts, the machine's certificates).
#pragma once

#include "base/result.h"

namespace hammock::courier {

// Descriptors from 4 on are closed; as root the process becomes nobody (65534) without groups and
// capabilities; no file can be written (RLIMIT_FSIZE 0), no core left, as nobody no process or
// thread begun; no privilege can come back (no_new_privs); it dies with its parent; and the kernel
// refuses what an intruder would want and the libraries do not: exec, ptrace, mount, listening …
// (seccomp, where the kernel has it). What cannot be given up is an error: then it does not go out.
Result<void> enter_sandbox();

}  // namespace hammock::courier
