// Writes lines of 100 bytes to stdout: flood PLACE BYTES BLOCK [stay]. BLOCK is the size of each
// write (100: singly). It begins when somebody opens FIFO.go for writing. With `stay` it then waits
// to be killed, for supervisors that would start it again.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

enum { kLine = 100, kBlockMax = 65536 };

int main(int argc, char** argv) {
  const int64_t began = now_ns();
  const struct place place = parse_place(argc, argv);
  if (argc < 4) return 64;
  const uint64_t total = strtoull(argv[2], NULL, 10);
  const size_t block = strtoul(argv[3], NULL, 10);
  if (block == 0 || block > kBlockMax) return 64;

  // Lines straddle blocks: the pattern repeats every kLine bytes, and each write goes on where the
  // last one ended.
  static char text[kBlockMax + kLine];
  memset(text, 'x', sizeof text);
  for (size_t end = kLine - 1; end < sizeof text; end += kLine)
    text[end] = '\n';

  report(&place, kStarted, began);
  char go[4096];
  snprintf(go, sizeof go, "%s.go", place.fifo);
  if (open(go, O_RDONLY | O_CLOEXEC) < 0) return 74;
  report(&place, kFloodBegins, now_ns());
  for (uint64_t done = 0; done < total;) {
    const uint64_t left = total - done;
    const ssize_t wrote = write(1, text + done % kLine, left < block ? (size_t)left : block);
    if (wrote < 0) return 74;
    done += (uint64_t)wrote;
  }
  report(&place, kFloodEnds, now_ns());
  if (argc > 4 && strcmp(argv[4], "stay") == 0)
    for (;;)
      pause();
  return 0;
}
