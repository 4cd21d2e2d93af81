// Keeps everything that a supervisor starts together, so that nothing can stay behind: pen LOG
//
// It is the subreaper of all that runs below it. Commands come on stdin, one a line, arguments
// separated by NUL; each is started in a session of its own with its output appended to LOG, and
// its pid is written to stdout. When stdin ends, whether the harness closed it or died, everything
// below is killed: the children first, and then the grandchildren, which have become children,
// until none is left.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kArgumentsMax = 63 };

static char line[65536];
static size_t used = 0;

static void start(char* begin, char* end, int log) {
  char* arguments[kArgumentsMax + 1];
  int count = 0;
  *end = '\0';
  for (char* at = begin; at < end && count < kArgumentsMax; at += strlen(at) + 1)
    arguments[count++] = at;
  arguments[count] = NULL;
  const pid_t pid = fork();
  if (pid == 0) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    const int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(log, 1);
    dup2(log, 2);
    if (null > 2) close(null);
    execvp(arguments[0], arguments);
    dprintf(2, "pen: %s: %s\n", arguments[0], strerror(errno));
    _exit(127);
  }
  dprintf(1, "%d\n", (int)pid);
}

static int parent_of(const char* pid) {
  char path[64];
  char text[512];
  snprintf(path, sizeof path, "/proc/%.16s/stat", pid);
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  const ssize_t got = read(file, text, sizeof text - 1);
  close(file);
  if (got <= 0) return -1;
  text[got] = '\0';
  const char* name_ends = strrchr(text, ')');
  if (name_ends == NULL || strlen(name_ends) < 5) return -1;
  return (int)strtol(name_ends + 4, NULL, 10);
}

static void kill_children(void) {
  const int self = (int)getpid();
  DIR* processes = opendir("/proc");
  if (processes == NULL) return;
  for (const struct dirent* entry = readdir(processes); entry != NULL; entry = readdir(processes)) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    if (parent_of(entry->d_name) == self) kill((pid_t)strtol(entry->d_name, NULL, 10), SIGKILL);
  }
  closedir(processes);
}

// Orphans come here when their supervisor was killed; how they ended stands in the log.
static void reap(int log) {
  int status = 0;
  for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0; pid = waitpid(-1, &status, WNOHANG)) {
    if (WIFSIGNALED(status))
      dprintf(log, "pen: %d ended by signal %d\n", (int)pid, WTERMSIG(status));
    else
      dprintf(log, "pen: %d ended with code %d\n", (int)pid, WEXITSTATUS(status));
  }
}

static void empty(int log) {
  for (;;) {
    kill_children();
    reap(log);
    if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD) return;
    const struct timespec pause_ = {0, 1000 * 1000};
    nanosleep(&pause_, NULL);
  }
}

// Returns 0 when stdin has ended.
static int take_commands(int log) {
  const ssize_t got = read(0, line + used, sizeof line - used);
  if (got <= 0) return 0;
  used += (size_t)got;
  char* begin = line;
  for (;;) {
    char* end = memchr(begin, '\n', used - (size_t)(begin - line));
    if (end == NULL) break;
    start(begin, end, log);
    begin = end + 1;
  }
  used -= (size_t)(begin - line);
  memmove(line, begin, used);
  return 1;
}

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  const int log = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return 71;
  // A Ctrl-C is the harness's business: it closes stdin.
  sigset_t caught;
  sigemptyset(&caught);
  sigaddset(&caught, SIGCHLD);
  sigaddset(&caught, SIGINT);
  sigaddset(&caught, SIGTERM);
  sigaddset(&caught, SIGHUP);
  sigprocmask(SIG_BLOCK, &caught, NULL);
  const int signals = signalfd(-1, &caught, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) return 71;
  for (;;) {
    struct pollfd events[2] = {{0, POLLIN, 0}, {signals, POLLIN, 0}};
    if (poll(events, 2, -1) < 0 && errno != EINTR) break;
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) > 0) {
    }
    reap(log);
    if (events[0].revents != 0 && !take_commands(log)) break;
  }
  empty(log);
  return 0;
}
