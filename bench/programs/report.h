// How a program of the benchmarks tells that its main() runs: one record of 24 bytes into a FIFO
// that the harness holds open. A record is smaller than PIPE_BUF, so records of many programs never
// mix.
//
// A program takes one argument, INDEX:NOTIFY:FIFO. One argument, because then it can also be the
// interpreter of a `#!` line: supervisors that start a fixed `./run` need no shell in between.
#pragma once

#include <stdint.h>
#include <time.h>

struct report {
  uint32_t index;  // the program's number
  int32_t pid;
  int64_t at_ns;    // CLOCK_MONOTONIC, taken by the program
  uint32_t event;   // enum report_event
  uint32_t parent;  // getppid(), to see who adopted it
};

enum report_event { kStarted = 1, kFloodBegins = 2, kFloodEnds = 3 };

struct place {
  uint32_t index;
  int notify;  // descriptor that gets a newline once started, as s6 wants it; -1: none
  const char* fifo;
};

int64_t now_ns(void);
// Ends the program with status 64 when the argument is malformed.
struct place parse_place(int argc, char** argv);
// Ends the program with status 74 when the FIFO cannot be written.
void report(const struct place* place, enum report_event event, int64_t at_ns);
