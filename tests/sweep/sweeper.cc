// sweeper COMMAND…: runs `hammock up …` under ptrace and kills the keeper or the brain with SIGKILL
// when it enters its n-th system call. It follows every process of Hammock, also the ones that
// replace the killed; the user's programs are let go at their exec.
//
// It is told what to do on stdin and answers on stdout, a line each:
//
//   arm keeper|brain N   from now on count the target's system calls, and kill it as it enters the
//   N-th
//                        (0: only count); a target not yet running is counted from its exec   →
//                        armed
//   count                how many were counted since arm; stops counting                      →
//   count N
//                                                   as soon as the target was killed          →
//                                                   killed N NR
//   (end of input)       lets all go and ends
//
// A kill at the entry of call n shows the world as call n-1 left it, so sweeping n visits every
// state between two calls.
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>

#include "program.h"

namespace {

enum class Role { kUnknown, kCommand, kKeeper, kBrain };

struct Tracee {
  Role role = Role::kUnknown;
  bool interrupted = false;  // an interrupt was asked for and no stop has come yet
};

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Who a process is, by what it has exec'ed; none for a program of the user.
std::optional<Role> role_of(pid_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  std::error_code error;
  const auto exe = std::filesystem::read_symlink(folder + "/exe", error).filename();
  if (exe == "hammock-keeper") return Role::kKeeper;
  if (exe == "setpriv") return Role::kCommand;  // on its way to becoming hammock
  if (exe != "hammock") return std::nullopt;
  const std::string line = file_text(folder + "/cmdline");
  const std::string_view first = std::string_view(line).substr(line.find('\0') + 1);
  return first.substr(0, first.find('\0')) == "brain" ? Role::kBrain : Role::kCommand;
}

class Sweeper {
 public:
  int run(char** command) {
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigset_t before;
    sigprocmask(SIG_BLOCK, &child, &before);
    const int signals = signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC);
    start(command, before);
    pollfd watched[2] = {{STDIN_FILENO, POLLIN, 0}, {signals, POLLIN, 0}};
    while (poll(watched, 2, -1) > 0 || errno == EINTR) {
      signalfd_siginfo ignored[16];
      while (read(signals, ignored, sizeof ignored) > 0) {
      }
      handle_stops();
      if (watched[0].revents != 0 && !handle_input()) break;
    }
    return 0;  // the kernel lets go of what is still traced
  }

 private:
  void start(char** command, const sigset_t& mask) {
    const pid_t pid = fork();
    if (pid == 0) {
      raise(SIGSTOP);
      sigprocmask(SIG_SETMASK, &mask, nullptr);
      execvp(command[0], command);
      _exit(127);
    }
    int status = 0;
    waitpid(pid, &status, WUNTRACED);
    const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                         PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
    if (ptrace(PTRACE_SEIZE, pid, nullptr, options) != 0) {
      program::say("cannot trace: " + std::string(strerror(errno)));
      kill(pid, SIGKILL);
      _exit(71);
    }
    tracees_[pid] = {Role::kCommand, false};
    kill(pid, SIGCONT);
  }

  bool counts(const Tracee& tracee) const { return armed_ && tracee.role == target_; }

  void resume(pid_t pid, int signal) {
    const auto request = counts(tracees_[pid]) ? PTRACE_SYSCALL : PTRACE_CONT;
    ptrace(request, pid, nullptr, signal);
    answer_if_armed();
  }

  void handle_stops() {
    int status = 0;
    for (pid_t pid = waitpid(-1, &status, WNOHANG | __WALL); pid > 0;
         pid = waitpid(-1, &status, WNOHANG | __WALL)) {
      if (WIFSTOPPED(status))
        handle_stop(pid, status);
      else
        tracees_.erase(pid);
      answer_if_armed();
    }
  }

  void handle_stop(pid_t pid, int status) {
    Tracee& tracee = tracees_[pid];
    tracee.interrupted = false;  // any stop will do: from here on it is resumed as is wanted now
    const int event = status >> 16;
    const int signal = WSTOPSIG(status);
    if (signal == (SIGTRAP | 0x80)) return handle_call(pid);
    if (event == PTRACE_EVENT_EXEC) return handle_exec(pid);
    if (event == PTRACE_EVENT_STOP) {
      if (signal == SIGTRAP || signal == SIGCONT) return resume(pid, 0);
      ptrace(PTRACE_LISTEN, pid, nullptr, nullptr);  // a group stop
      return;
    }
    if (event == PTRACE_EVENT_CLONE) inherit_if_thread(pid);
    resume(pid, event != 0 ? 0 : signal);
  }

  // A new thread of the target is the target; a new process is unknown until it execs.
  void inherit_if_thread(pid_t pid) {
    unsigned long child = 0;
    if (ptrace(PTRACE_GETEVENTMSG, pid, nullptr, &child) != 0) return;
    const std::string task = "/proc/" + std::to_string(pid) + "/task/" + std::to_string(child);
    if (access(task.c_str(), F_OK) == 0)
      tracees_[static_cast<pid_t>(child)].role = tracees_[pid].role;
  }

  void handle_exec(pid_t pid) {
    const std::optional<Role> role = role_of(pid);
    if (!role) {
      tracees_.erase(pid);
      ptrace(PTRACE_DETACH, pid, nullptr, nullptr);
      return;
    }
    tracees_[pid].role = *role;
    resume(pid, 0);
  }

  void handle_call(pid_t pid) {
    __ptrace_syscall_info info{};
    const bool known = ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) > 0;
    if (known && info.op == PTRACE_SYSCALL_INFO_ENTRY && counts(tracees_[pid])) {
      ++count_;
      if (count_ == wanted_) {
        armed_ = false;
        kill(pid, SIGKILL);
        program::say("killed " + std::to_string(count_) + " " + std::to_string(info.entry.nr));
        return;
      }
    }
    resume(pid, 0);
  }

  void answer_if_armed() {
    if (!answer_owed_) return;
    for (const auto& [pid, tracee] : tracees_) {
      if (tracee.interrupted) return;
    }
    answer_owed_ = false;
    program::say("armed");
  }

  bool handle_input() {
    char text[256];
    const ssize_t n = read(STDIN_FILENO, text, sizeof text);
    if (n <= 0) return n < 0 && errno == EINTR;
    std::istringstream words(std::string(text, static_cast<std::size_t>(n)));
    std::string verb;
    words >> verb;
    if (verb == "count") {
      armed_ = false;
      program::say("count " + std::to_string(count_));
    } else if (verb == "arm") {
      std::string who;
      words >> who >> wanted_;
      target_ = who == "keeper" ? Role::kKeeper : Role::kBrain;
      count_ = 0;
      armed_ = true;
      answer_owed_ = true;
      for (auto& [pid, tracee] : tracees_) {
        if (tracee.role != target_) continue;
        tracee.interrupted = ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr) == 0;
      }
      answer_if_armed();
    }
    return true;
  }

  std::map<pid_t, Tracee> tracees_;
  Role target_ = Role::kKeeper;
  bool armed_ = false;
  bool answer_owed_ = false;
  std::uint64_t wanted_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  Sweeper sweeper;
  return sweeper.run(argv + 1);
}
