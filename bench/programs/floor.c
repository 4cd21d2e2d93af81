// The floor: the least that a supervisor must do. floor N PROGRAM FIFO starts PROGRAM N times and
// starts again each one that ends: fork, exec, waitpid, and nothing else.
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t start(const char* program, unsigned index, const char* fifo) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  char place[4096];
  snprintf(place, sizeof place, "%u:-1:%s", index, fifo);
  char* const arguments[] = {(char*)(size_t)program, place, NULL};
  execv(program, arguments);
  _exit(127);
}

int main(int argc, char** argv) {
  if (argc < 4) return 64;
  const unsigned count = (unsigned)strtoul(argv[1], NULL, 10);
  pid_t* pids = calloc(count, sizeof *pids);
  if (pids == NULL) return 71;
  for (unsigned i = 0; i < count; ++i) {
    pids[i] = start(argv[2], i, argv[3]);
    if (pids[i] < 0) return 71;
  }
  for (;;) {
    const pid_t dead = waitpid(-1, NULL, 0);
    if (dead < 0) return 71;
    for (unsigned i = 0; i < count; ++i) {
      if (pids[i] == dead) {
        pids[i] = start(argv[2], i, argv[3]);
        break;
      }
    }
  }
}
