// `hammock brain R S CONFIG` is what the keeper starts; everything else is the command line.
#include <cstdio>
#include <string_view>

#include "shell/shell.h"
#ifdef HAMMOCK_HAS_CLI
#include "cli/cli.h"
#endif

int main(int argc, char** argv) {
  if (argc == 5 && std::string_view(argv[1]) == "brain") {
    return hammock::shell::run_brain(argv[2], argv[3], argv[4]);
  }
#ifdef HAMMOCK_HAS_CLI
  return hammock::cli::main(argc, argv);
#else
  std::fputs("usage: hammock brain RUNTIME_DIR STATE_DIR CONFIG\n", stderr);
  return 64;
#endif
}
