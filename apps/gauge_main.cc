#include <unistd.h>

#include <string_view>
#include <vector>

#include "gauge/gauge.h"
#include "os/file.h"

int main(int count, char** arguments) {
  const std::vector<std::string_view> given(arguments + 1, arguments + count);
  const auto printed = hammock::gauge::run(given);
  hammock::os::write_all(STDOUT_FILENO, printed.output);
  hammock::os::write_all(STDERR_FILENO, printed.error);
  // At once: whatever a library would still do on the way out is of no use.
  _exit(printed.exit_code);
}
