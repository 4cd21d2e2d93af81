// flooder [--bytes N] [--no-newline]: floods stdout with N bytes (for ever without it) in blocks of
// 64 KiB, then waits for TERM.
#include "program.h"

int main(int argc, char** argv) {
  program::Options options(argc, argv);
  const auto bytes = options.number("--bytes", 0);
  std::string block(65536, 'x');
  if (!options.flag("--no-newline")) {
    for (std::size_t i = 99; i < block.size(); i += 100)
      block[i] = '\n';
  }
  program::catch_term();
  std::int64_t written = 0;
  while (program::term_seen == 0 && (bytes == 0 || written < bytes)) {
    if (!program::write_block(STDOUT_FILENO, block)) break;
    written += static_cast<std::int64_t>(block.size());
  }
  program::wait_for_term();
  return 0;
}
