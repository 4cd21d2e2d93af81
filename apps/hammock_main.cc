#include <string_view>

#include "cli/cli.h"
#include "shell/shell.h"

// `hammock brain R S CONFIG` is how the keeper starts the brain; everything else is for people.
int main(int count, char** values) {
  if (count == 5 && std::string_view(values[1]) == "brain") {
    return hammock::shell::run_brain(values[2], values[3], values[4]);
  }
  return hammock::cli::main(count, values);
}
