// What a program says of itself: one datagram of the sd_notify protocol (systemd
// man/sd_notify.xml), parsed without allocating. The views point into the datagram.
//
// Rules: lines of KEY=VALUE, the last newline optional. A NUL inside makes the whole datagram void
// (one at the end is allowed). Unknown keys and fields with malformed values are ignored, one by
// one. STOPPING wins over READY and RELOADING. BARRIER must be alone and bring exactly one
// descriptor, else the whole datagram is void.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hammock::wire {

inline constexpr std::size_t kNotifyBytesMax = 4096;  // longer datagrams are dropped whole
inline constexpr std::size_t kFdNameMax = 255;

enum class NotifyAccess : std::int32_t { kNone = 0, kMain = 1, kExec = 2, kAll = 3, kProgress = 4 };
// kProgress: everybody may speak, of progress and status alone.

struct Progress {  // of 1 or more in all
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};

struct Notify {
  bool ready = false;
  bool reloading = false;
  bool stopping = false;
  bool watchdog = false;          // WATCHDOG=1
  bool watchdog_trigger = false;  // WATCHDOG=trigger
  bool restart_reset = false;
  bool store = false;       // FDSTORE=1
  bool remove = false;      // FDSTOREREMOVE=1; store and remove together: remove counts
  bool poll_stored = true;  // FDPOLL=0 makes it false
  bool barrier = false;
  std::optional<std::uint64_t> monotonic_us;
  std::optional<std::string_view> status;  // valid UTF-8; empty clears
  std::optional<std::int32_t> error_number;
  std::optional<std::string_view> error_name;  // BUSERROR= or VARLINKERROR=
  std::optional<std::int32_t> main_pid;        // 2 or more
  std::optional<std::uint64_t> main_pidfd_inode;
  std::optional<std::uint64_t> watchdog_us;
  std::optional<std::uint64_t> extend_us;
  std::optional<NotifyAccess> access;
  std::optional<Progress> progress;  // X_PROGRESS=done/total
  std::string_view fd_name;          // FDNAME=; empty when not said or not valid
};

// Nothing when the datagram must be ignored. `fds` is the count of descriptors that came with it.
std::optional<Notify> parse_notify(std::string_view datagram, std::size_t fds);

// 1 to 255 printable ASCII characters without ':'.
bool is_fd_name(std::string_view name);

}  // namespace hammock::wire
