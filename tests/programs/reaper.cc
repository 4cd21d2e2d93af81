// reaper COMMAND…: runs the command as an init would: every orphan below it becomes the reaper's
// child and is reaped at once. When the command has ended and processes are left, it names them,
// kills them and ends with 97: a test may leave no process behind.
#include <sys/prctl.h>
#include <sys/wait.h>

#include <fstream>
#include <iterator>

#include "program.h"

namespace {

std::string children() {
  std::ifstream file("/proc/self/task/" + std::to_string(getpid()) + "/children");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string command_line(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/cmdline");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  for (char& c : text)
    c = c == '\0' ? ' ' : c;
  return text;
}

bool reap_until(pid_t wanted, int* status) {
  for (;;) {
    int ended = 0;
    const pid_t pid = waitpid(-1, &ended, 0);
    if (pid < 0 && errno == ECHILD) return false;
    if (pid == wanted) {
      *status = ended;
      return true;
    }
  }
}

// What has ended on its own is no leftover, though nobody has waited for it yet.
void reap_dead() {
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  signal(SIGTERM, SIG_IGN);
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGTERM, SIG_DFL);
    execvp(argv[1], argv + 1);
    _exit(127);
  }
  int status = 0;
  if (!reap_until(child, &status)) return 70;
  reap_dead();
  bool clean = true;
  for (std::string left = children(); !left.empty(); left = children()) {
    const std::string pid = left.substr(0, left.find(' '));
    clean = false;
    program::write_block(STDERR_FILENO, "left behind: " + pid + " " + command_line(pid) + "\n");
    kill(std::stoi(pid), SIGKILL);
    int ended = 0;
    reap_until(std::stoi(pid), &ended);
    reap_dead();
  }
  if (!clean) return 97;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
