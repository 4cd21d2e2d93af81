// forker [--processes N]: forks without end, up to N processes alive, across sessions, ignoring
// TERM; each new process forks on and the old ones leave, so that its pids never stand still. N
// bounds the harm.
#include <sys/mman.h>

#include <atomic>

#include "program.h"

int main(int argc, char** argv) {
  program::Options options(argc, argv);
  const auto limit = options.number("--processes", 64);
  void* shared = mmap(nullptr, sizeof(std::atomic<std::int64_t>), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 3;
  auto* alive = new (shared) std::atomic<std::int64_t>(1);
  program::say("forking " + std::to_string(getpid()));
  const pid_t first = getpid();
  signal(SIGTERM, SIG_IGN);
  signal(SIGCHLD, SIG_IGN);
  for (std::int64_t round = 0;; ++round) {
    if (alive->fetch_add(1) < limit) {
      const pid_t child = fork();
      if (child == 0) {
        if (round % 3 == 0) setsid();
        continue;
      }
      if (child > 0) {
        if (getpid() == first) continue;
        alive->fetch_sub(1);
        return 0;
      }
    }
    alive->fetch_sub(1);
    program::pause_us(2000);
  }
}
