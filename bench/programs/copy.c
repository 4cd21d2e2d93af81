// The floor of output capture: copies stdin to a file with read and write. copy FILE
#include <fcntl.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  const int file = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return 74;
  static char buffer[65536];
  for (;;) {
    const ssize_t got = read(0, buffer, sizeof buffer);
    if (got == 0) return 0;
    if (got < 0) return 74;
    for (ssize_t done = 0; done < got;) {
      const ssize_t wrote = write(file, buffer + done, (size_t)(got - done));
      if (wrote < 0) return 74;
      done += wrote;
    }
  }
}
