#include <unistd.h>

#include "courier/courier.h"

int main() {
  // At once: nothing is saved at exit, and nobody waits for what is still open.
  _exit(hammock::courier::run());
}
