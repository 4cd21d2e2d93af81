#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "keeper/child.h"
#include "os/file.h"

namespace hammock::keeper {
namespace {

constexpr int kCapabilitiesMax = 63;

bool in(std::uint64_t set, int capability) {
  return (set >> capability & 1) != 0;
}

// Raw system calls: the C library's wrappers of these speak to all threads, and we are a clone of
// which it knows nothing.
int change(long call, long a, long b, long c) {
  return ::syscall(call, a, b, c) != 0 ? errno : 0;
}

}  // namespace

int set_limits(const ChildPlan& plan) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = plan.descriptor_soft_limit;
  if (::setrlimit(RLIMIT_NOFILE, &files) != 0) return errno;
  for (std::uint32_t i = 0; i < plan.spec.image().limits.count; ++i) {
    const wire::SpecLimitEntry& entry = plan.spec.limit(i);
    rlimit limit{entry.soft, entry.hard};
    if (::prlimit(0, static_cast<__rlimit_resource>(entry.resource), &limit, nullptr) != 0) {
      return errno;
    }
  }
  return 0;
}

int set_priority(const ChildPlan& plan) {
  const wire::SpecImage& image = plan.spec.image();
  if (plan.spec.has(wire::kSpecNice) && ::setpriority(PRIO_PROCESS, 0, image.nice) != 0)
    return errno;
  if (!plan.spec.has(wire::kSpecOomScore)) return 0;
  os::FixedText<16> score(image.oom_score);
  return os::write_small("/proc/self/oom_score_adj", score.view());
}

int drop_bounding_set(const ChildPlan& plan) {
  if (!plan.spec.has(wire::kSpecCapabilities)) return 0;
  for (int capability = 0; capability <= kCapabilitiesMax; ++capability) {
    int bound = ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
    if (bound < 0) break;  // beyond what this kernel knows
    if (bound == 0 || in(plan.spec.image().capabilities, capability)) continue;
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return errno;
  }
  return 0;
}

int set_groups(const ChildPlan& plan) {
  const wire::SpecImage& image = plan.spec.image();
  const bool has_gid = plan.spec.has(wire::kSpecGid);
  if (!has_gid && !plan.spec.has(wire::kSpecUid) && image.groups.count == 0) return 0;
  const auto* groups = plan.spec.groups();
  if (int reason = change(SYS_setgroups, image.groups.count, reinterpret_cast<long>(groups), 0)) {
    return reason;
  }
  return has_gid ? change(SYS_setresgid, image.gid, image.gid, image.gid) : 0;
}

int set_user(const ChildPlan& plan) {
  if (!plan.spec.has(wire::kSpecUid)) return 0;
  // Kept over the change of user, for set_capabilities().
  if (plan.spec.has(wire::kSpecCapabilities) && ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) {
    return errno;
  }
  const wire::SpecImage& image = plan.spec.image();
  return change(SYS_setresuid, image.uid, image.uid, image.uid);
}

int set_capabilities(const ChildPlan& plan) {
  if (!plan.spec.has(wire::kSpecCapabilities)) return 0;
  const std::uint64_t wanted = plan.spec.image().capabilities;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  for (std::size_t half = 0; half < 2; ++half) {
    auto bits = static_cast<std::uint32_t>(wanted >> (32 * half));
    data[half] = {bits, bits, bits};
  }
  if (::syscall(SYS_capset, &header, data.data()) != 0) return errno;
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (int capability = 0; capability <= kCapabilitiesMax; ++capability) {
    if (!in(wanted, capability)) continue;
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0) return errno;
  }
  return 0;
}

}  // namespace hammock::keeper
