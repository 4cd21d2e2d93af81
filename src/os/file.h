// Files: whole reads and writes, folders, record locks.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "os/unique_fd.h"

namespace hammock::os {

// The whole content of a file; kInvalid when it is longer than `bytes_max`.
Result<std::string> read_file(const std::string& path, std::size_t bytes_max = 64 << 20);

// Writes to a temporary file beside it and renames: readers see the old or the new content, never a
// part. Not synced to the disk.
Result<void> write_file(const std::string& path, std::string_view content, mode_t mode);

// Creates path and its parents; what exists keeps its mode. 0, or errno.
int make_folders(const char* path, mode_t mode);

// The fifo, open for writing, if somebody has it open for reading: it lives, and goes on living
// while this is held. Empty otherwise.
UniqueFd open_read_fifo(const char* path);

// All bytes, over interrupts and short counts. Negative errno, or the count (shorter only at the
// end of the file).
ssize_t read_all(int fd, std::span<char> into);
ssize_t write_all(int fd, std::string_view bytes);

// Reads a small file, such as those in /proc, in one go: the count, or negative errno.
ssize_t read_small(const char* path, std::span<char> into);
// Writes a small file that exists, such as those of cgroups: 0 or errno.
int write_small(const char* path, std::string_view bytes);

// Whether two descriptors are copies of one (kcmp(2)). Where the kernel does not compare: whether
// they are open on the same file, which for an eventfd and its kind cannot be told, and is denied.
bool is_same_open_file(int a, int b);

// A lock that dies with the process and is not inherited (fcntl F_SETLK over the whole file).
// Opening and closing the same file again elsewhere in the process would drop it: keep the
// descriptor. kBusy when another process holds it.
Result<UniqueFd> lock_file(const std::string& path, mode_t mode = 0600);
// Who holds it; 0 when nobody does, -1 when that cannot be told.
pid_t lock_holder(const std::string& path);

}  // namespace hammock::os
