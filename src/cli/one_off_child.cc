#include "cli/one_off_child.h"

#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "os/file.h"

namespace hammock::cli {
namespace {

constexpr int kCapabilitiesMax = 63;

bool contains(std::uint64_t set, int capability) {
  return (set >> capability & 1) != 0;
}

int set_limits(const wire::Spec& spec) {
  for (const wire::SpecLimit& one : spec.limits) {
    rlimit limit{one.soft, one.hard};
    if (prlimit(0, static_cast<__rlimit_resource>(one.resource), &limit, nullptr) != 0)
      return errno;
  }
  return 0;
}

int set_priority(const wire::Spec& spec) {
  if (spec.nice && setpriority(PRIO_PROCESS, 0, *spec.nice) != 0) return errno;
  if (!spec.oom_score) return 0;
  return os::write_small("/proc/self/oom_score_adj", std::to_string(*spec.oom_score));
}

int drop_bounding_set(const wire::Spec& spec) {
  if (!spec.capabilities) return 0;
  for (int capability = 0; capability <= kCapabilitiesMax; ++capability) {
    int bound = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
    if (bound < 0) break;  // beyond what this kernel knows
    if (bound == 0 || contains(*spec.capabilities, capability)) continue;
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return errno;
  }
  return 0;
}

int set_groups(const wire::Spec& spec) {
  if (!spec.gid && !spec.uid && spec.groups.empty()) return 0;
  if (setgroups(spec.groups.size(), spec.groups.data()) != 0) return errno;
  return spec.gid && setresgid(*spec.gid, *spec.gid, *spec.gid) != 0 ? errno : 0;
}

int set_user(const wire::Spec& spec) {
  if (!spec.uid) return 0;
  if (spec.capabilities && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return errno;
  return setresuid(*spec.uid, *spec.uid, *spec.uid) != 0 ? errno : 0;
}

int set_capabilities(const wire::Spec& spec) {
  if (!spec.capabilities) return 0;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  for (std::size_t half = 0; half < 2; ++half) {
    auto bits = static_cast<std::uint32_t>(*spec.capabilities >> (32 * half));
    data[half] = {bits, bits, bits};
  }
  if (syscall(SYS_capset, &header, data.data()) != 0) return errno;
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (int capability = 0; capability <= kCapabilitiesMax; ++capability) {
    if (!contains(*spec.capabilities, capability)) continue;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0) return errno;
  }
  return 0;
}

int change_directory(const wire::Spec& spec) {
  umask(spec.file_mode_mask);
  return chdir(spec.directory.empty() ? "/" : spec.directory.c_str()) != 0 ? errno : 0;
}

int set_no_new_privileges(const wire::Spec& spec) {
  return spec.no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ? errno : 0;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (const std::string& text : texts)
    result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

// The command is looked up in the PATH of its own environment, as a service's is.
int become(const wire::Spec& spec) {
  std::vector<char*> arguments = pointers(spec.command);
  std::vector<char*> environment = pointers(spec.environment);
  environ = environment.data();
  execvp(arguments.front(), arguments.data());
  return errno;
}

}  // namespace

void become_one_off(const wire::Spec& spec, int report) {
  auto step = [&](wire::Stage stage, int reason) {
    if (reason == 0) return;
    OneOffFailure failure{stage, reason};
    os::write_all(report, {reinterpret_cast<const char*>(&failure), sizeof failure});
    _exit(127);
  };
  step(wire::Stage::kLimits, set_limits(spec));
  step(wire::Stage::kPriority, set_priority(spec));
  step(wire::Stage::kCapabilities, drop_bounding_set(spec));
  step(wire::Stage::kGroups, set_groups(spec));
  step(wire::Stage::kUser, set_user(spec));
  step(wire::Stage::kCapabilities, set_capabilities(spec));
  step(wire::Stage::kDirectory, change_directory(spec));
  step(wire::Stage::kNoNewPrivileges, set_no_new_privileges(spec));
  step(wire::Stage::kExec, become(spec));
  _exit(127);
}

}  // namespace hammock::cli
