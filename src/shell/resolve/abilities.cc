// What `hammock doctor` prints. Each ability is tried, where trying is harmless, or asked of the
// kernel.
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/text.h"
#include "os/cgroup.h"
#include "os/unique_fd.h"
#include "shell/resolve/accounts.h"
#include "shell/resolve/files.h"
#include "shell/resolve/host.h"

namespace hammock::resolve {
namespace {

constexpr int kCapSetgid = 6;
constexpr int kCapSetuid = 7;
constexpr int kCapKill = 5;
constexpr long kPidfsMagic = 0x50494446;  // linux/magic.h of 6.9; older headers do not have it
constexpr std::uint64_t kOpenFilesEnough = 20'000;

Ability ability(std::string name, bool has, std::string detail) {
  return {std::move(name), has ? Verdict::kYes : Verdict::kNo, std::move(detail)};
}

// A refusal by a filter (EPERM) is not an answer about the kernel, but it is one for us.
Ability from_errno(std::string name, int error, std::string without) {
  if (error == 0) return {std::move(name), Verdict::kYes, ""};
  bool is_refused = error == ENOSYS || error == EPERM || error == EINVAL;
  return {std::move(name), is_refused ? Verdict::kNo : Verdict::kUnknown,
          std::string(std::strerror(error)) + "; " + without};
}

os::UniqueFd own_pidfd() {
  return os::UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
}

Ability handles() {
  os::UniqueFd pidfd = own_pidfd();
  return from_errno("process handles (pidfd)", pidfd ? 0 : errno,
                    "processes are told apart by pid, start time and boot");
}

Ability lasting_handles() {
  constexpr std::string_view without = "adoption goes by pid, start time and boot";
  os::UniqueFd pidfd = own_pidfd();
  struct statfs status{};
  if (!pidfd || ::fstatfs(pidfd.get(), &status) != 0) {
    return {"unique process identity (pidfs)", Verdict::kUnknown, std::string(without)};
  }
  return ability("unique process identity (pidfs)", status.f_type == kPidfsMagic,
                 status.f_type == kPidfsMagic ? "" : std::string(without));
}

Ability tree_kill() {
  std::optional<std::string> group = os::own_cgroup();
  if (!group) {
    return ability("killing a tree at once (cgroup.kill)", false,
                   "no cgroup v2 is mounted; process groups and the subreaper are used");
  }
  if (::access((*group + "/cgroup.kill").c_str(), F_OK) == 0) {
    bool may = ::access(group->c_str(), W_OK) == 0;
    return ability("killing a tree at once (cgroup.kill)", may,
                   may ? *group : "no permission to write to " + *group);
  }
  // The root of the hierarchy has no cgroup.kill, its children have one where the kernel does.
  return {"killing a tree at once (cgroup.kill)", Verdict::kUnknown,
          "known once there is a cgroup below " + *group};
}

Ability user_switching(const HostFacts& facts) {
  bool may = has_capability(facts.capabilities_effective, kCapSetuid) &&
             has_capability(facts.capabilities_effective, kCapSetgid);
  return ability("running programs as other users", may,
                 may ? "" : "Hammock runs without CAP_SETUID and CAP_SETGID");
}

Ability user_database() {
  Result<std::optional<Account>> found = find_account(::geteuid());
  if (!found) return {"user database", Verdict::kUnknown, found.error().message};
  return ability("user database", found->has_value(),
                 *found
                     ? "running as " + (*found)->name
                     : "the user with the number " + std::to_string(::geteuid()) + " is not in it");
}

Ability core_dumps() {
  Result<FileText> pattern = read_regular_file("/proc/sys/kernel/core_pattern", 4096);
  if (!pattern) return {"core dumps", Verdict::kUnknown, pattern.error().message};
  std::string where(trim(pattern->text));
  if (where.starts_with('|')) return {"core dumps", Verdict::kYes, "handed to " + where.substr(1)};
  return ability("core dumps", !where.empty(),
                 where.empty() ? "switched off" : "written to " + where);
}

Ability runtime_folder() {
  const char* folder = ::geteuid() == 0 ? "/run" : ::getenv("XDG_RUNTIME_DIR");
  if (!folder) {
    return {"runtime directory in memory", Verdict::kUnknown, "XDG_RUNTIME_DIR is not set"};
  }
  struct statfs status{};
  if (::statfs(folder, &status) != 0) {
    return {"runtime directory in memory", Verdict::kUnknown,
            std::string(folder) + ": " + std::strerror(errno)};
  }
  bool in_memory = status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC;
  return ability(
      "runtime directory in memory", in_memory,
      in_memory ? folder : std::string(folder) + " is on a disk, which makes starts slower");
}

}  // namespace

std::string_view verdict_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::kYes:
      return "yes";
    case Verdict::kNo:
      return "no";
    case Verdict::kUnknown:
      return "unknown";
  }
  return "unknown";
}

std::vector<Ability> host_abilities(const HostFacts& facts) {
  std::vector<Ability> list{user_database(),
                            user_switching(facts),
                            facts.memory_controller,
                            facts.processes_controller,
                            facts.cpu_controller,
                            tree_kill(),
                            handles(),
                            lasting_handles()};
  bool urgent = facts.nice_lowest < 0;
  list.push_back(ability("raising priorities", urgent,
                         "down to a nice value of " + std::to_string(facts.nice_lowest)));
  list.push_back(ability("protecting from the OOM killer", facts.oom_score_lowest < 0,
                         "down to an OOM score of " + std::to_string(facts.oom_score_lowest)));
  list.push_back(ability("signals to programs of other users",
                         has_capability(facts.capabilities_effective, kCapKill), ""));
  list.push_back(ability("open files for a thousand services",
                         facts.open_files_max >= kOpenFilesEnough,
                         "at most " + std::to_string(facts.open_files_max)));
  list.push_back(core_dumps());
  list.push_back(runtime_folder());
  list.push_back(ability("time zones", facts.has_time_zones,
                         facts.has_time_zones ? "" : "install the package tzdata"));
  return list;
}

}  // namespace hammock::resolve
