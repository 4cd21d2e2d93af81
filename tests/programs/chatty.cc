// chatty NAME: writes numbered lines "NAME PID START SEQUENCE" until TERM, as fast as it can.
//
//   --pause-us N     wait between writes          --burst N       lines per write (at most PIPE_BUF
//   bytes)
//   --children K     K children that do the same  --exit-after N  end after N lines
//   --exit-code C    with which code              --notify        say READY=1 before the first line
//   --ready-fd N     write a newline to N         --counters DIR  see below
//
// START is CLOCK_BOOTTIME in microseconds, so (PID, START) names a run, and each run counts from 1.
// With
// --counters each run keeps, in a mapped file DIR/NAME.PID.START that outlives a kill -9, how many
// lines its writes returned for, and how many lines a write has: linecheck compares them with the
// log.
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "program.h"

namespace {

struct Settings {
  std::string name;
  std::string counters;
  std::int64_t pause_us = 0;
  std::int64_t burst = 1;
  std::int64_t exit_after = 0;
};

struct Counter {
  std::uint64_t written = 0;
  std::uint64_t burst = 0;
};

Counter* open_counter(const Settings& settings, const std::string& run) {
  static Counter unshared;
  if (settings.counters.empty()) return &unshared;
  std::string file = settings.counters + "/" + run;
  for (char& c : file)
    c = c == ' ' ? '.' : c;
  const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0 || ftruncate(fd, sizeof(Counter)) != 0) _exit(3);
  void* mapped = mmap(nullptr, sizeof(Counter), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) _exit(3);
  close(fd);
  return static_cast<Counter*>(mapped);
}

void talk(const Settings& settings) {
  const std::string run =
      settings.name + " " + std::to_string(getpid()) + " " + std::to_string(program::boot_us());
  Counter* counter = open_counter(settings, run);
  counter->burst = static_cast<std::uint64_t>(settings.burst);
  std::uint64_t sequence = 0;
  std::string block;
  while (program::term_seen == 0) {
    block.clear();
    std::uint64_t lines = 0;
    for (; lines < counter->burst; ++lines) {
      const std::string line = run + " " + std::to_string(sequence + lines + 1) + "\n";
      if (block.size() + line.size() > PIPE_BUF) break;
      block += line;
    }
    if (!program::write_block(STDOUT_FILENO, block)) break;
    sequence += lines;
    __atomic_store_n(&counter->written, sequence, __ATOMIC_RELEASE);
    if (settings.exit_after > 0 && sequence >= static_cast<std::uint64_t>(settings.exit_after))
      break;
    if (settings.pause_us > 0) program::pause_us(settings.pause_us);
  }
}

}  // namespace

int main(int argc, char** argv) {
  program::Options options(argc, argv);
  Settings settings;
  settings.pause_us = options.number("--pause-us", 0);
  settings.burst = options.number("--burst", 1);
  settings.exit_after = options.number("--exit-after", 0);
  settings.counters = options.text("--counters");
  const auto children = options.number("--children", 0);
  const auto exit_code = options.number("--exit-code", 0);
  const auto ready_fd = options.number("--ready-fd", -1);
  const bool notify = options.flag("--notify");
  if (options.rest().size() != 1) return 64;
  settings.name = options.rest()[0];

  program::catch_term();
  std::vector<pid_t> started;
  for (std::int64_t i = 0; i < children; ++i) {
    const pid_t pid = fork();
    if (pid == 0) {
      talk(settings);
      _exit(0);
    }
    started.push_back(pid);
  }
  if (notify && !program::notify("READY=1\nSTATUS=chatting")) return 4;
  if (ready_fd >= 0) {
    if (!program::write_block(static_cast<int>(ready_fd), "\n")) return 4;
    close(static_cast<int>(ready_fd));
  }
  talk(settings);
  for (const pid_t pid : started)
    kill(pid, SIGTERM);
  for (const pid_t pid : started) {
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  return static_cast<int>(exit_code);
}
