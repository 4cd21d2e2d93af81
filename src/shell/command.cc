#include "shell/command.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/signals.h"

namespace hammock::shell {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts)
    list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

std::string path_of(const wire::Spec& spec) {
  for (const std::string& entry : spec.environment) {
    if (entry.starts_with("PATH=")) return entry.substr(5);
  }
  return "/usr/local/bin:/usr/bin:/bin";
}

bool become_user(const wire::Spec& spec) {
  if (spec.gid) {
    std::vector<gid_t> groups(spec.groups.begin(), spec.groups.end());
    // Without the privilege only what one is already can be kept.
    bool may_not = geteuid() != 0 && *spec.gid == getegid();
    if (setgroups(groups.size(), groups.data()) != 0 && !may_not) return false;
    if (setresgid(*spec.gid, *spec.gid, *spec.gid) != 0) return false;
  }
  return !spec.uid || setresuid(*spec.uid, *spec.uid, *spec.uid) == 0;
}

void settle_descriptors(int output, int errors) {
  int null = open("/dev/null", O_RDWR);
  dup2(null, 0);
  dup2(output >= 0 ? output : null, 1);
  dup2(errors >= 0 ? errors : null, 2);
  syscall(SYS_close_range, 3U, ~0U, 0U);
}

[[noreturn]] void become(const wire::Spec& spec, char** arguments, char** environment, pid_t brain,
                         int output, int errors) {
  setsid();
  for (int signal = 1; signal < 65; ++signal)
    ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  settle_descriptors(output, errors);
  umask(spec.file_mode_mask);
  for (const wire::SpecLimit& limit : spec.limits) {
    rlimit value{limit.soft, limit.hard};
    if (setrlimit(static_cast<__rlimit_resource_t>(limit.resource), &value) != 0) _exit(127);
  }
  if (spec.nice && setpriority(PRIO_PROCESS, 0, *spec.nice) != 0) _exit(127);
  if (!become_user(spec)) _exit(127);
  // After the user, who takes it away. The next brain asks anew: two reloads at once is nothing
  // that a program expects.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != brain) _exit(127);
  if (spec.no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(127);
  if (chdir(spec.directory.empty() ? "/" : spec.directory.c_str()) != 0) _exit(127);
  execvpe(arguments[0], arguments, environment);
  _exit(127);
}

}  // namespace

Result<pid_t> start_command(const wire::Spec& spec, int output, bool with_errors) {
  if (spec.command.empty()) return fail(ErrorCode::kInvalid, "the command is empty");
  std::vector<char*> arguments = pointers(spec.command);
  std::vector<char*> environment = pointers(spec.environment);
  std::string path = path_of(spec);
  const pid_t brain = getpid();
  pid_t pid = fork();
  if (pid < 0) return fail_errno("fork");
  if (pid == 0) {
    setenv("PATH", path.c_str(), 1);  // where execvpe(3) looks
    become(spec, arguments.data(), environment.data(), brain, output, with_errors ? output : -1);
  }
  return pid;
}

void kill_command(pid_t pid) {
  if (kill(-pid, SIGKILL) != 0) kill(pid, SIGKILL);  // it may not lead its group yet
}

void kill_rest_of_command(pid_t pid) {
  kill(-pid, SIGKILL);
}

std::string describe_wait_status(int wait_status) {
  if (WIFEXITED(wait_status)) {
    if (WEXITSTATUS(wait_status) == 127) return "it could not be started (127)";
    return "it exited with " + std::to_string(WEXITSTATUS(wait_status));
  }
  return "it was killed by SIG" + signal_name(WTERMSIG(wait_status));
}

}  // namespace hammock::shell
