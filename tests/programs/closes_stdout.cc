// closes_stdout: says one line, closes stdin, stdout and stderr, and goes on until TERM.
#include "program.h"

int main() {
  program::catch_term();
  program::say("closing");
  for (int fd = 0; fd < 3; ++fd)
    close(fd);
  program::wait_for_term();
  return 0;
}
