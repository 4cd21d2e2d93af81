// crasher [--code C | --signal S] [--after-ms N] [--times T --counter FILE] [--notify]: says a
// line, waits N milliseconds, then ends as told. With --times it does so for its first T runs only
// (counted in FILE, a byte a run) and afterwards stays until TERM.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "program.h"

int main(int argc, char** argv) {
  program::Options options(argc, argv);
  const auto code = options.number("--code", 1);
  const auto number = options.number("--signal", 0);
  const auto after_ms = options.number("--after-ms", 0);
  const auto times = options.number("--times", -1);
  const std::string counter = options.text("--counter");
  program::catch_term();
  program::say("crasher " + std::to_string(getpid()));
  if (options.flag("--notify")) program::notify("READY=1");
  if (!counter.empty()) {
    const int fd = open(counter.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    struct stat status{};
    if (fd < 0 || !program::write_block(fd, ".") || fstat(fd, &status) != 0) return 3;
    close(fd);
    if (times >= 0 && status.st_size > times) {
      program::wait_for_term();
      return 0;
    }
  }
  if (after_ms > 0) program::pause_us(after_ms * 1000);
  if (program::term_seen != 0) return 0;
  if (number > 0) {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    signal(static_cast<int>(number), SIG_DFL);
    raise(static_cast<int>(number));
  }
  return static_cast<int>(code);
}
