// Writes a numbered line every 5 ms, and keeps a diary of what it has written in FIFO.diary.PID:
// two 64-bit numbers, lines written and writes that failed. SIGPIPE is as its parent left it.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "report.h"

int main(int argc, char** argv) {
  const int64_t began = now_ns();
  const struct place place = parse_place(argc, argv);
  char path[4096];
  snprintf(path, sizeof path, "%s.diary.%d", place.fifo, (int)getpid());
  const int diary = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (diary < 0) return 74;
  report(&place, kStarted, began);
  if (place.notify >= 0 && write(place.notify, "\n", 1) != 1) return 74;
  uint64_t entry[2] = {0, 0};
  for (;;) {
    char line[64];
    const int size =
        snprintf(line, sizeof line, "%d %llu\n", (int)getpid(), (unsigned long long)entry[0] + 1);
    const ssize_t wrote = write(1, line, (size_t)size);
    entry[wrote == size ? 0 : 1] += 1;
    if (pwrite(diary, entry, sizeof entry, 0) != (ssize_t)sizeof entry) return 74;
    const struct timespec wait = {0, 5 * 1000 * 1000};
    nanosleep(&wait, NULL);
  }
}
