#include "os/process.h"

#include <linux/capability.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <string_view>

#include "os/file.h"
#include "os/fixed_text.h"

namespace hammock::os {
namespace {

// Of <linux/pidfd.h> as of 6.15; older system headers lack it.
struct PidfdInfo {
  std::uint64_t mask;
  std::uint64_t cgroup_id;
  std::uint32_t pid, tgid, ppid;
  std::uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
  std::int32_t exit_code;
};
static_assert(sizeof(PidfdInfo) == 64);
constexpr std::uint64_t kPidfdInfoExit = 1U << 3;
constexpr unsigned long kPidfdGetInfo = _IOWR(0xFF, 11, PidfdInfo);
constexpr long kPidfsMagic = 0x50494446;

// Field `number` of a stat line, counted from 3 (state) on: the fields after the name, which may
// hold anything.
std::string_view stat_field(std::string_view after_name, int number) {
  for (int i = 3; i < number; ++i) {
    std::size_t space = after_name.find(' ');
    if (space == std::string_view::npos) return {};
    after_name.remove_prefix(space + 1);
  }
  return after_name.substr(0, after_name.find_first_of(" \n"));
}

bool has_ptrace_capability() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> sets{};
  return ::syscall(SYS_capget, &header, sets.data()) == 0 &&
         (sets[0].effective & (1U << CAP_SYS_PTRACE)) != 0;
}

// /proc shows 0, not nothing, to whom it does not tell how a process ended (ptrace(2), "access mode
// checking"): only then is a 0 one that counts.
bool may_know_exit(pid_t pid) {
  struct stat info{};
  if (::stat(Path("/proc/", pid).c_str(), &info) != 0) return false;
  return (info.st_uid == ::geteuid() && info.st_gid == ::getegid()) || has_ptrace_capability();
}

template <class T>
T number_of(std::string_view text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

std::optional<ProcStat> proc_stat(pid_t pid) {
  Path path("/proc/");
  if (pid == 0)
    path.add("self");
  else
    path.add(pid);
  path.add("/stat");
  std::array<char, 1024> line;
  ssize_t count = read_small(path.c_str(), line);
  if (count <= 0) return std::nullopt;
  std::string_view text(line.data(), static_cast<std::size_t>(count));
  std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos || name_end + 2 > text.size()) return std::nullopt;
  text.remove_prefix(name_end + 2);
  ProcStat stat;
  stat.state = text.empty() ? '?' : text.front();
  stat.parent = number_of<pid_t>(stat_field(text, 4));
  stat.group = number_of<pid_t>(stat_field(text, 5));
  stat.session = number_of<pid_t>(stat_field(text, 6));
  stat.start_ticks = number_of<std::uint64_t>(stat_field(text, 22));
  stat.exit_status = number_of<int>(stat_field(text, 52));
  return stat;
}

std::array<char, 40> boot_id() {
  std::array<char, 40> id{};
  std::array<char, 37> text{};
  ssize_t count = read_small("/proc/sys/kernel/random/boot_id", text);
  for (ssize_t i = 0; i < count && text[static_cast<std::size_t>(i)] != '\n'; ++i) {
    id[static_cast<std::size_t>(i)] = text[static_cast<std::size_t>(i)];
  }
  return id;
}

UniqueFd open_pidfd(pid_t pid) {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

int pidfd_signal(int pidfd, int signal) {
  return ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0 ? 0 : errno;
}

std::uint64_t pidfd_inode(int pidfd) {
  struct statfs fs{};
  struct stat info{};
  if (::fstatfs(pidfd, &fs) != 0 || fs.f_type != kPidfsMagic) return 0;
  if (::fstat(pidfd, &info) != 0) return 0;
  return info.st_ino;
}

ProcessIdentity own_identity() {
  UniqueFd self = open_pidfd(::getpid());
  if (const std::uint64_t inode = self ? pidfd_inode(self.get()) : 0; inode != 0) {
    return {.pidfs_inode = inode};
  }
  auto stat = proc_stat(0);
  return {.start_ticks = stat ? stat->start_ticks : 0};
}

bool has_identity(int pidfd, const std::optional<ProcStat>& stat, const ProcessIdentity& identity) {
  const std::uint64_t inode = pidfd_inode(pidfd);
  if (identity.pidfs_inode != 0 && inode != 0) return identity.pidfs_inode == inode;
  return stat && identity.start_ticks != 0 && stat->start_ticks == identity.start_ticks;
}

bool process_lives(pid_t pid, const ProcessIdentity& identity) {
  const UniqueFd handle = open_pidfd(pid);
  if (!handle) return false;
  auto stat = proc_stat(pid);
  if (!stat || stat->state == 'Z' || stat->state == 'X') return false;
  return has_identity(handle.get(), stat, identity);
}

std::optional<int> exit_status(int pidfd, pid_t pid, std::uint64_t start_ticks) {
  PidfdInfo info{};
  info.mask = kPidfdInfoExit;
  if (::ioctl(pidfd, kPidfdGetInfo, &info) == 0 && (info.mask & kPidfdInfoExit) != 0) {
    return info.exit_code;
  }
  auto stat = proc_stat(pid);
  if (!stat || stat->state != 'Z') return std::nullopt;
  if (start_ticks != 0 && stat->start_ticks != start_ticks) return std::nullopt;
  if (stat->exit_status == 0 && !may_know_exit(pid)) return std::nullopt;
  return stat->exit_status;
}

std::optional<PeerCredentials> peer_credentials(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return std::nullopt;
  return PeerCredentials{credentials.pid, credentials.uid, credentials.gid};
}

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace hammock::os
