// sdclient ACTION…: a client of libsystemd. The actions are carried out in order:
//
//   ready  stopping  barrier  status=TEXT  errno=N  send=TEXT   what sd_notify sends
//   watchdog          ping at half of WATCHDOG_USEC until TERM (or until the file of hang=FILE
//   exists) watchdog-trigger  ask for the watchdog's action now listen            say what
//   sd_listen_fds_with_names gives, a line each store=NAME        store a memfd with this pid
//   inside;  unstore=NAME  remove it stored=NAME       say "stored PID" when the descriptor came
//   back, else "nothing stored" mainpid           fork a child, declare it as MAINPID, and be only
//   its parent say=TEXT  wait  exit=N   wait: until TERM, doing the reload protocol on HUP
#include <sys/mman.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>

#include "program.h"

namespace {

std::string hang_file;

void store(const std::string& name) {
  const int fd = memfd_create("stored", MFD_CLOEXEC);
  const std::string text = std::to_string(getpid());
  if (pwrite(fd, text.data(), text.size(), 0) < 0) _exit(3);
  const std::string message = "FDSTORE=1\nFDNAME=" + name;
  sd_pid_notify_with_fds(0, 0, message.c_str(), &fd, 1);
  close(fd);
}

void list_sockets(const std::string& wanted) {
  char** names = nullptr;
  const int count = sd_listen_fds_with_names(0, &names);
  bool found = false;
  for (int i = 0; i < count; ++i) {
    const int fd = SD_LISTEN_FDS_START + i;
    if (wanted.empty()) {
      program::say("socket " + std::to_string(fd) + " " + names[i] + " " +
                   (sd_is_socket(fd, 0, SOCK_STREAM, 1) > 0 ? "listening" : "other"));
    } else if (wanted == names[i]) {
      char text[32] = {};
      if (pread(fd, text, sizeof text - 1, 0) < 0) _exit(3);
      program::say(std::string("stored ") + text);
      found = true;
    }
  }
  if (wanted.empty())
    program::say("sockets " + std::to_string(count));
  else if (!found)
    program::say("nothing stored");
}

void feed_watchdog() {
  std::uint64_t usec = 0;
  if (sd_watchdog_enabled(0, &usec) <= 0) {
    program::say("no watchdog");
    _exit(6);
  }
  program::say("watchdog " + std::to_string(usec));
  while (program::term_seen == 0) {
    const bool hangs = !hang_file.empty() && access(hang_file.c_str(), F_OK) == 0;
    if (!hangs) sd_notify(0, "WATCHDOG=1");
    program::pause_us(static_cast<std::int64_t>(usec / 2));
  }
}

void wait_and_reload() {
  sigset_t block;
  sigset_t before;
  sigemptyset(&block);
  sigaddset(&block, SIGTERM);
  sigaddset(&block, SIGHUP);
  sigprocmask(SIG_BLOCK, &block, &before);
  while (program::term_seen == 0) {
    if (program::hup_seen != 0) {
      program::hup_seen = 0;
      timespec now{};
      clock_gettime(CLOCK_MONOTONIC, &now);
      sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
                 static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000);
      program::say("reloaded");
      sd_notify(0, "READY=1\nSTATUS=reloaded");
    }
    sigsuspend(&before);
  }
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

void hand_over_main_pid() {
  const pid_t child = fork();
  if (child == 0) return;
  sd_notifyf(0, "MAINPID=%d", child);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

void act(const std::string& action) {
  const std::size_t equals = action.find('=');
  const std::string verb = action.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : action.substr(equals + 1);
  if (verb == "ready")
    sd_notify(0, "READY=1");
  else if (verb == "stopping")
    sd_notify(0, "STOPPING=1");
  else if (verb == "barrier")
    program::say(sd_notify_barrier(0, 5'000'000) >= 0 ? "barrier" : "none");
  else if (verb == "status")
    sd_notifyf(0, "STATUS=%s", value.c_str());
  else if (verb == "errno")
    sd_notifyf(0, "ERRNO=%s", value.c_str());
  else if (verb == "send")
    sd_notify(0, value.c_str());
  else if (verb == "hang")
    hang_file = value;
  else if (verb == "watchdog")
    feed_watchdog();
  else if (verb == "watchdog-trigger")
    sd_notify(0, "WATCHDOG=trigger");
  else if (verb == "listen")
    list_sockets("");
  else if (verb == "store")
    store(value);
  else if (verb == "unstore")
    sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", value.c_str());
  else if (verb == "stored")
    list_sockets(value);
  else if (verb == "mainpid")
    hand_over_main_pid();
  else if (verb == "say")
    program::say(value);
  else if (verb == "wait")
    wait_and_reload();
  else if (verb == "exit")
    _exit(std::stoi(value));
  else
    _exit(64);
}

}  // namespace

int main(int argc, char** argv) {
  program::catch_term();
  program::on_signal(SIGHUP, [](int) { program::hup_seen = 1; });
  for (int i = 1; i < argc; ++i)
    act(argv[i]);
  return 0;
}
