// doubleforker [--leave]: a grandchild in a session of its own, ignoring TERM, its descriptors
// closed, as daemons of old did it. The first process stays, or leaves at once with --leave.
#include <sys/wait.h>

#include "program.h"

namespace {

void become_grandchild(const std::string& pid_file) {
  if (setsid() < 0) _exit(3);
  if (fork() != 0) _exit(0);
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  if (!pid_file.empty()) {
    const std::string line = std::to_string(getpid()) + "\n";
    FILE* file = fopen(pid_file.c_str(), "w");
    if (file == nullptr) _exit(3);
    fputs(line.c_str(), file);
    fclose(file);
  }
  for (int fd = 0; fd < 3; ++fd)
    close(fd);
  for (;;)
    pause();
}

}  // namespace

int main(int argc, char** argv) {
  program::Options options(argc, argv);
  const std::string pid_file = options.text("--pid-file");
  const bool leave = options.flag("--leave");
  program::catch_term();
  const pid_t child = fork();
  if (child == 0) become_grandchild(pid_file);
  waitpid(child, nullptr, 0);
  program::say("doubleforker " + std::to_string(getpid()));
  if (!leave) program::wait_for_term();
  return 0;
}
