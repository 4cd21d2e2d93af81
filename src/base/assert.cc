#include "base/assert.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace hammock {

void assertion_failed(const char* condition, const char* file, int line) {
  char text[512];
  int length = std::snprintf(text, sizeof text, "hammock: assertion failed: %s at %s:%d\n",
                             condition, file, line);
  if (length > 0) {
    auto size = static_cast<unsigned>(length) < sizeof text ? static_cast<unsigned>(length)
                                                            : sizeof text - 1;
    [[maybe_unused]] auto written = ::write(STDERR_FILENO, text, size);
  }
  std::abort();
}

}  // namespace hammock
