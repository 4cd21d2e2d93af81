// The program that is supervised in most measurements: says that its main() runs, and waits to be
// killed.
#include <unistd.h>

#include "report.h"

int main(int argc, char** argv) {
  const int64_t began = now_ns();
  const struct place place = parse_place(argc, argv);
  report(&place, kStarted, began);
  if (place.notify >= 0) {
    if (write(place.notify, "\n", 1) != 1) return 74;
    close(place.notify);
  }
  for (;;)
    pause();
}
