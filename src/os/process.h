// Processes by handle (pidfd) and by what /proc says of them.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "os/unique_fd.h"

namespace hammock::os {

struct ProcStat {
  char state = '?';  // R S D Z …
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;
  std::uint64_t start_ticks = 0;  // since boot, in clock ticks
  int exit_status = 0;            // of a zombie, as waitpid(2) gives it; 0 if we may not know
};
// Nothing when there is no such process. pid 0: the calling process.
std::optional<ProcStat> proc_stat(pid_t pid);

// The kernel's identifier of this boot, NUL-terminated; empty when /proc is not there.
std::array<char, 40> boot_id();

// A handle of an existing process; empty (errno set) when it is gone.
UniqueFd open_pidfd(pid_t pid);
// 0 or errno (ESRCH: it is gone).
int pidfd_signal(int pidfd, int signal);
// The number that names the process for this boot and is never reused; 0 where the kernel has none
// (before 6.9).
std::uint64_t pidfd_inode(int pidfd);

// Which process a pid meant, as the kernel gives pids again. One of the two suffices; 0: not known.
struct ProcessIdentity {
  std::uint64_t pidfs_inode = 0;
  std::uint64_t start_ticks = 0;
};
// Of the calling process: the inode, or where the kernel has none the start time, which costs ten
// times as much. Both 0 (errno set) when neither can be had.
ProcessIdentity own_identity();
// Is the process that the handle names, of which /proc says `stat`, the one meant? By the inode if
// both have one. No identity is nobody's.
bool has_identity(int pidfd, const std::optional<ProcStat>& stat, const ProcessIdentity& identity);
// The process that had this pid and identity is still there, and no zombie.
bool process_lives(pid_t pid, const ProcessIdentity& identity);

// How the process ended, for anybody who holds a handle: from the kernel's memory of it once it has
// been reaped (since 6.15), else from the zombie's stat, for whom the kernel lets know it. Nothing
// while neither can tell.
std::optional<int> exit_status(int pidfd, pid_t pid, std::uint64_t start_ticks);

struct PeerCredentials {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};
// Of a connected unix socket, as they were at connect(2) or socketpair(2).
std::optional<PeerCredentials> peer_credentials(int socket);

// Lifts the soft limit of open descriptors to the hard one; returns the limit now in force.
std::uint64_t raise_descriptor_limit();

}  // namespace hammock::os
