// stubborn [--children K]: ignores TERM, INT and HUP, and so do its children. Only SIGKILL ends it.
#include "program.h"

int main(int argc, char** argv) {
  program::Options options(argc, argv);
  const auto children = options.number("--children", 0);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT})
    signal(number, SIG_IGN);
  for (std::int64_t i = 0; i < children; ++i) {
    if (fork() == 0) break;
  }
  program::say("stubborn " + std::to_string(getpid()));
  for (;;)
    pause();
}
