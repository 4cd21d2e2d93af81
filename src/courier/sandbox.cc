#include "courier/sandbox.h"

#include <grp.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>

#include "wire/courier.h"

namespace hammock::courier {
namespace {

constexpr unsigned kNobody = 65534;
// A request in flight takes a few: its connections, two resolvers.
constexpr rlim_t kOpenFiles = 8 * wire::kCourierInFlightMax;

// None of them is needed by anybody here. A list of what may be done would break with the next
// release of a library, at night.
constexpr std::array kDenied = {
    SCMP_SYS(execve), SCMP_SYS(execveat),
    // other processes
    SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(kill),
    SCMP_SYS(tkill), SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_getfd), SCMP_SYS(pidfd_send_signal),
    SCMP_SYS(kcmp), SCMP_SYS(fork), SCMP_SYS(vfork),
    // being called, instead of calling
    SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4),
    // files and the machine
    SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(setns),
    SCMP_SYS(unshare), SCMP_SYS(open_by_handle_at), SCMP_SYS(name_to_handle_at), SCMP_SYS(fsopen),
    SCMP_SYS(fsmount), SCMP_SYS(move_mount), SCMP_SYS(open_tree), SCMP_SYS(unlink),
    SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(link),
    SCMP_SYS(linkat), SCMP_SYS(symlink), SCMP_SYS(symlinkat), SCMP_SYS(mkdir), SCMP_SYS(mkdirat),
    SCMP_SYS(rmdir), SCMP_SYS(mknod), SCMP_SYS(mknodat), SCMP_SYS(chmod), SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat), SCMP_SYS(chown), SCMP_SYS(fchown), SCMP_SYS(lchown), SCMP_SYS(fchownat),
    SCMP_SYS(truncate), SCMP_SYS(reboot), SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(acct),
    SCMP_SYS(settimeofday), SCMP_SYS(clock_settime), SCMP_SYS(adjtimex), SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname),
    // wide surfaces of the kernel
    SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup),
    SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(init_module),
    SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load), SCMP_SYS(quotactl), SCMP_SYS(personality)};

Result<void> limit(int resource, rlim_t most) {
  rlimit limits{};
  ::getrlimit(static_cast<__rlimit_resource>(resource), &limits);
  limits.rlim_max = std::min(limits.rlim_max, most);
  limits.rlim_cur = limits.rlim_max;
  if (::setrlimit(static_cast<__rlimit_resource>(resource), &limits) != 0) {
    return fail_errno("limit resource " + std::to_string(resource));
  }
  return {};
}

Result<void> become_nobody() {
  if (::geteuid() != 0) return {};
  if (::setgroups(0, nullptr) != 0) return fail_errno("drop the groups");
  if (::setresgid(kNobody, kNobody, kNobody) != 0) return fail_errno("become the group 65534");
  if (::setresuid(kNobody, kNobody, kNobody) != 0) return fail_errno("become the user 65534");
  return limit(RLIMIT_NPROC, 0);
}

Result<void> deny_calls() {
  // A kernel without seccomp: the rest of the walls stand.
  if (::prctl(PR_GET_SECCOMP) < 0) return {};
  struct Release {
    void operator()(void* filter) const { seccomp_release(filter); }
  };
  const std::unique_ptr<void, Release> filter(seccomp_init(SCMP_ACT_ALLOW));
  if (filter == nullptr) return fail(ErrorCode::kSystem, "cannot make a seccomp filter");
  for (const int call : kDenied) {
    const int error = seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), call, 0);
    // A call that this architecture does not have needs no denial.
    if (error != 0 && error != -EDOM) return fail_errno("deny a system call", -error);
  }
  const int error = seccomp_load(filter.get());
  if (error != 0) return fail_errno("load the seccomp filter", -error);
  return {};
}

}  // namespace

Result<void> enter_sandbox() {
  if (::close_range(wire::kCourierFd + 1, ~0U, 0) != 0) return fail_errno("close descriptors");
  if (::chdir("/") != 0) return fail_errno("go to /");
  ::umask(077);
  // Whoever writes to a closed connection is told so by errno.
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  HAMMOCK_TRY(limit(RLIMIT_CORE, 0));
  HAMMOCK_TRY(limit(RLIMIT_FSIZE, 0));
  HAMMOCK_TRY(limit(RLIMIT_NOFILE, kOpenFiles));
  HAMMOCK_TRY(become_nobody());
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno("set no_new_privs");
  // After the change of user, which takes it away. Who died before shows by the closed link.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return fail_errno("ask to die with the parent");
  return deny_calls();
}

}  // namespace hammock::courier
