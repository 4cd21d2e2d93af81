#include "report.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

struct place parse_place(int argc, char** argv) {
  struct place place = {0, -1, NULL};
  if (argc < 2) _exit(64);
  char* rest = NULL;
  place.index = (uint32_t)strtoul(argv[1], &rest, 10);
  if (*rest != ':') _exit(64);
  place.notify = (int)strtol(rest + 1, &rest, 10);
  if (*rest != ':' || rest[1] == '\0') _exit(64);
  place.fifo = rest + 1;
  return place;
}

void report(const struct place* place, enum report_event event, int64_t at_ns) {
  struct report record;
  memset(&record, 0, sizeof record);
  record.index = place->index;
  record.pid = (int32_t)getpid();
  record.at_ns = at_ns;
  record.event = event;
  record.parent = (uint32_t)getppid();
  const int fifo = open(place->fifo, O_WRONLY | O_CLOEXEC);
  if (fifo < 0 || write(fifo, &record, sizeof record) != (ssize_t)sizeof record) _exit(74);
  close(fifo);
}
