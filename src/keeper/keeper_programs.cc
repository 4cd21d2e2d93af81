// What the tests run under the keeper: this test program again, with argv[1] == "program".
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "base/text.h"
#include "keeper/keeper_rig.h"
#include "os/file.h"

namespace hammock::keeper {
namespace {

void print(const std::string& text) {
  (void)os::write_all(1, text);
}

const char* variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// One sd_notify datagram, with a descriptor beside it unless -1.
bool tell(std::string_view text, int fd = -1) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string_view path = variable("NOTIFY_SOCKET");
  std::copy(path.begin(), path.end(), address.sun_path);
  os::UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return false;
  iovec part{const_cast<char*>(text.data()), text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  return ::sendmsg(socket.get(), &message, 0) >= 0;
}

// READY etc. as given; '\n' inside one argument makes one datagram of several fields.
void notify(int count, char** values) {
  for (int i = 0; i < count; ++i)
    print(tell(values[i]) ? "told\n" : "not told\n");
}

// After the barrier's descriptor is closed, all that was said before has been heard.
void barrier() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  tell("STATUS=before the barrier");
  tell("BARRIER=1", ends[1]);
  ::close(ends[1]);
  char byte = 0;
  while (::read(ends[0], &byte, 1) > 0) {
  }
  print("barrier passed\n");
}

// Stores a file named "state" the first time; finds it the next time.
void store(const char* name) {
  if (parse_decimal(variable("LISTEN_FDS")).value_or(0) > 0) {
    std::array<char, 64> bytes{};
    ssize_t size = ::pread(3, bytes.data(), bytes.size() - 1, 0);
    print("found " + std::string(variable("LISTEN_FDNAMES")) + ": " +
          std::string(bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0) + "\n");
    return;
  }
  std::string path = "/tmp/hk-stored-XXXXXX";
  os::UniqueFd fd(::mkostemp(path.data(), O_CLOEXEC));
  ::unlink(path.c_str());
  (void)os::write_all(fd.get(), "kept");
  tell("FDSTORE=1\nFDNAME=" + std::string(name), fd.get());
  tell("FDSTORE=1\nFDNAME=" + std::string(name), fd.get());  // the same once more: kept once
  print(std::string("stored, FDSTORE=") + variable("FDSTORE") + "\n");
}

void show_sockets() {
  std::string text = "LISTEN_FDS=" + std::string(variable("LISTEN_FDS"));
  text += variable("LISTEN_PID") == std::to_string(::getpid()) ? " mine" : " not mine";
  text += " names=" + std::string(variable("LISTEN_FDNAMES"));
  for (int fd = 0; fd < 64; ++fd) {
    struct stat info{};
    if (::fstat(fd, &info) != 0) continue;
    text += " " + std::to_string(fd);
    text += S_ISSOCK(info.st_mode) ? "s" : S_ISFIFO(info.st_mode) ? "p" : "f";
  }
  print(text + (::fcntl(1, F_GETFL) & O_NONBLOCK ? " nonblocking\n" : " blocking\n"));
}

// Lines "1\n", "2\n" … as fast as the pipe takes them.
void count_lines(int lines) {
  std::string block;
  for (int i = 1; i <= lines; ++i) {
    block += std::to_string(i) + "\n";
    if (block.size() > 1000 || i == lines) {
      (void)os::write_all(1, block);
      block.clear();
    }
  }
}

volatile sig_atomic_t code_on_term = 0;

// Ends with the code when it is asked to.
void end_on_term(int code) {
  code_on_term = code;
  ::signal(SIGTERM, [](int) { ::_exit(code_on_term); });
  print("up\n");
}

// Giving back `megabytes` takes a while, so that its end can be seen from outside.
void fill_memory(std::size_t megabytes) {
  const std::size_t bytes = megabytes << 20;
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ::madvise(memory, bytes, MADV_NOHUGEPAGE);
  if (memory != MAP_FAILED) std::memset(memory, 1, bytes);
}

// A tree that does not want to end: two levels of children in sessions of their own, all ignoring
// SIGTERM.
void stubborn_tree(std::size_t megabytes) {
  ::signal(SIGTERM, SIG_IGN);
  if (::fork() == 0) {
    ::setsid();
    if (::fork() == 0) {
      ::setsid();
      fill_memory(megabytes);
      print("grandchild " + std::to_string(::getpid()) + "\n");
    }
  }
}

// A daemon of the old school: the main process says who it became, and ends.
void become_daemon() {
  pid_t pid = ::fork();
  if (pid == 0) {
    ::setsid();
    return;
  }
  tell("MAINPID=" + std::to_string(pid) + "\nREADY=1");
  ::_exit(0);
}

}  // namespace

int program_main(int count, char** values) {
  const std::string_view mode = count > 2 ? values[2] : "";
  if (mode == "notify")
    notify(count - 3, values + 3);
  else if (mode == "barrier")
    barrier();
  else if (mode == "store")
    store(values[3]);
  else if (mode == "unstore")
    tell("FDSTOREREMOVE=1\nFDNAME=state");
  else if (mode == "sockets")
    show_sockets();
  else if (mode == "stubborn")
    stubborn_tree(count > 3 ? std::stoul(values[3]) : 0);
  else if (mode == "daemon")
    become_daemon();
  else if (mode == "end-on-term")
    end_on_term(std::stoi(values[3]));
  else if (mode == "count") {
    count_lines(std::stoi(values[3]));
    return 0;
  }
  while (true)
    ::pause();
}

}  // namespace hammock::keeper
