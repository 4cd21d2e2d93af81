#include "keeper/keeper_rig.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "base/hash.h"
#include "base/text.h"
#include "os/file.h"
#include "os/process.h"

namespace hammock::keeper {
namespace {

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), address.sun_path);
  return address;
}

std::string self() {
  return std::filesystem::read_symlink("/proc/self/exe");
}

std::string keeper_binary() {
  const char* folder = std::getenv("HAMMOCK_BINARY_DIR");
  if (folder != nullptr) return std::string(folder) + "/hammock-keeper";
  return std::filesystem::path(self()).parent_path() / "hammock-keeper";
}

struct BrainHello {
  pid_t pid = 0;
};

}  // namespace

int brain_main(int, char** values) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  os::UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address = address_of(std::string(values[2]) + "/test.sock");
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return 1;
  BrainHello hello{::getpid()};
  if (os::send_packet(socket.get(), os::bytes_of(hello), wire::kLinkFd) != 0) return 1;
  ::close(wire::kLinkFd);
  char byte = 0;
  while (::read(socket.get(), &byte, 1) > 0) {
  }
  return 0;
}

Rig::Rig() {
  std::string pattern = "/tmp/hk-XXXXXX";
  base = mkdtemp(pattern.data());
  ::chmod(base.c_str(), 0755);
  runtime = base + "/run";
  state = base + "/state";
  std::filesystem::create_directory(runtime);
  listener_.reset(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address = address_of(path("test.sock"));
  EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::listen(listener_.get(), 8), 0);
}

// Nothing may survive: first the keeper, so that it starts nothing anew, then all programs.
Rig::~Rig() {
  brain_life.reset();
  if (keeper > 0) kill_keeper();
  // A start that was not claimed yet never will be; one that was may not carry our mark yet.
  auto file = os::LedgerFile::create(path("ledger"));
  for (std::uint32_t i = 0; file && i < file->ledger().header().slots_used; ++i) {
    wire::Slot& slot = file->ledger().slot(i);
    std::uint64_t life = wire::make_life(slot.data.generation, 0);
    slot.life.compare_exchange_strong(life, wire::make_life(slot.data.generation, wire::kRevoked));
    auto pid = static_cast<pid_t>(wire::life_pid(slot.life));
    if (slot.data.phase >= wire::Phase::kStarting && pid > 1 && pid != ::getpid()) {
      ::kill(pid, SIGKILL);
    }
  }
  // Whoever carries our mark; again, because they may have forked meanwhile.
  until([&] { return kill_marked() == 0; });
  if (auto groups = os::read_file(path("cgroup"))) {
    os::write_small((*groups + "/cgroup.kill").c_str(), "1");
    auto remove = [&] {
      std::error_code ignored;
      for (const auto& entry : std::filesystem::directory_iterator(*groups, ignored)) {
        if (entry.is_directory()) ::rmdir(entry.path().c_str());
      }
      return ::rmdir(groups->c_str()) == 0 || errno == ENOENT;
    };
    until(remove, 3000);
  }
  std::error_code ignored;
  std::filesystem::remove_all(base, ignored);
}

int Rig::kill_marked() {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    auto pid = static_cast<pid_t>(parse_decimal(entry.path().filename().string()).value_or(0));
    if (pid <= 1 || pid == ::getpid()) continue;
    auto environment = os::read_file(entry.path() / "environ");
    if (!environment || environment->find("HAMMOCK_RIG=" + base) == std::string::npos) continue;
    ::kill(pid, SIGKILL);
    ++count;
  }
  return count;
}

void Rig::spawn_keeper(int link_fd) {
  keeper = ::fork();
  if (keeper != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (link_fd >= 0) {
    if (link_fd == wire::kLinkFd)
      ::fcntl(link_fd, F_SETFD, 0);
    else
      ::dup2(link_fd, wire::kLinkFd);
  }
  if (as_user && ::setresgid(65534, 65534, 65534) + ::setresuid(65534, 65534, 65534) != 0)
    ::_exit(99);
  std::string binary = keeper_binary();
  std::string brain_path = self();
  const char* adopting = link_fd >= 0 ? "--adopt" : nullptr;
  ::execl(binary.c_str(), "hammock-keeper", runtime.c_str(), state.c_str(), brain_path.c_str(),
          "/dev/null", adopting, nullptr);
  ::_exit(99);
}

void Rig::start_keeper() {
  spawn_keeper(-1);
  accept_brain();
}

void Rig::accept_brain() {
  pollfd poll{listener_.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&poll, 1, 10'000), 1) << "the keeper started no brain";
  link.reset();  // not before: a brain that closes its link is replaced for that
  brain_life.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  BrainHello hello;
  poll.fd = brain_life.get();
  ASSERT_EQ(::poll(&poll, 1, 10'000), 1);
  ASSERT_EQ(os::receive_packet(brain_life.get(), os::bytes_into(hello), link),
            os::Received::kPacket);
  ASSERT_TRUE(link);
  brain = hello.pid;
  hints.clear();
}

void Rig::adopt() {
  auto pair = os::make_link_pair();
  ASSERT_TRUE(pair);
  spawn_keeper(pair->second.get());
  link = std::move(pair->first);
  brain = ::getpid();
  hints.clear();
}

void Rig::greet(bool holds_done) {
  ASSERT_TRUE(wait_hint(wire::Hint::kHello));
  ASSERT_TRUE(until([&] {
    return std::any_of(hints.begin(), hints.end(), [](const Hint& hint) {
      return hint.message.hint == wire::Hint::kHoldsDone;
    });
  }));
  auto file = os::LedgerFile::read(path("ledger"));
  ASSERT_TRUE(file) << file.error().message;
  ledger_.emplace(std::move(*file));
  wire::OrderMessage hello;
  hello.order = wire::Order::kHello;
  hello.value = wire::kLinkVersion;
  send(hello);
  if (!holds_done) return;
  wire::OrderMessage done;
  done.order = wire::Order::kHoldsDone;
  send(done);
}

void Rig::kill_keeper() {
  ::kill(keeper, SIGKILL);
  ::waitpid(keeper, nullptr, 0);
  keeper = 0;
}

int Rig::wait_keeper() {
  int status = 0;
  bool ended = until([&] { return ::waitpid(keeper, &status, WNOHANG) == keeper; });
  if (!ended) return -1;
  keeper = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

void Rig::send(const wire::OrderMessage& order, int fd) {
  bool sent = until([&] {
    int reason = os::send_packet(link.get(), os::bytes_of(order), fd);
    EXPECT_TRUE(reason == 0 || reason == EAGAIN) << std::strerror(reason);
    return reason != EAGAIN;
  });
  EXPECT_TRUE(sent);
}

wire::OrderMessage Rig::order(wire::Order kind, std::uint32_t index, std::int64_t value) {
  wire::OrderMessage message;
  message.order = kind;
  message.slot = index;
  message.value = value;
  message.generation = slot(index).data.generation;
  return message;
}

void Rig::define(std::uint32_t index, const std::string& service, std::uint32_t instance) {
  wire::OrderMessage message;
  message.order = wire::Order::kDefine;
  message.slot = index;
  message.instance = instance;
  std::copy(service.begin(), service.end(), message.service.begin());
  send(message);
  ASSERT_TRUE(until([&] { return slot(index).data.name() == service; }));
}

std::uint64_t Rig::write_spec(const wire::Spec& spec) {
  wire::Spec marked = spec;
  marked.environment.push_back("HAMMOCK_RIG=" + base);
  std::string image = wire::encode_spec(marked);
  std::uint64_t hash = wire::spec_hash(image);
  EXPECT_TRUE(os::write_file(path("spec/" + hex64(hash)), image, as_user ? 0644 : 0600));
  return hash;
}

void Rig::spawn(std::uint32_t index, const wire::Spec& spec) {
  wire::OrderMessage message = order(wire::Order::kSpawn, index);
  message.spec = write_spec(spec);
  send(message);
}

pid_t Rig::run(std::uint32_t index, const wire::Spec& spec) {
  std::uint64_t generation = slot(index).data.generation + 1;
  spawn(index, spec);
  EXPECT_TRUE(until([&] {
    wire::SlotCopy copy = slot(index);
    return copy.data.generation == generation && copy.data.phase == wire::Phase::kRunning &&
           wire::life_pid(copy.life) != 0;
  }));
  return main_of(index);
}

pid_t Rig::main_of(std::uint32_t index) {
  auto pid = [&] { return static_cast<pid_t>(wire::life_pid(slot(index).life)); };
  EXPECT_TRUE(until([&] { return pid() > 1; }));
  return pid();
}

void Rig::signal(std::uint32_t index, int number) {
  send(order(wire::Order::kSignal, index, number));
}

void Rig::arm(std::uint32_t index, const wire::Spec& spec, int tokens, std::vector<int> no_reflex) {
  wire::OrderMessage message = order(wire::Order::kArm, index, tokens);
  message.spec = write_spec(spec);
  for (int code : no_reflex) {
    auto& byte = message.no_reflex[static_cast<std::size_t>(code / 8)];
    byte = static_cast<std::uint8_t>(byte | 1 << (code % 8));
  }
  send(message);
}

void Rig::ping() {
  wire::OrderMessage message;
  message.order = wire::Order::kPing;
  message.value = 4711;
  send(message);
  EXPECT_TRUE(wait_hint(wire::Hint::kPong));
}

void Rig::receive_hints(int timeout_ms) {
  pollfd poll{link.get(), POLLIN, 0};
  if (::poll(&poll, link ? 1 : 0, timeout_ms) <= 0) return;
  while (true) {
    Hint hint;
    if (os::receive_packet(link.get(), os::bytes_into(hint.message), hint.fd) !=
        os::Received::kPacket) {
      // Closed: the rest of the wait must not spin.
      if ((poll.revents & POLLHUP) != 0) ::poll(nullptr, 0, timeout_ms);
      return;
    }
    hints.push_back(std::move(hint));
  }
}

bool Rig::until(const std::function<bool()>& is_true, int most_ms) {
  auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(most_ms);
  while (!is_true()) {
    if (std::chrono::steady_clock::now() > end) return false;
    receive_hints(2);
  }
  return true;
}

std::optional<Hint> Rig::wait_hint(wire::Hint kind) {
  std::optional<Hint> found;
  until([&] {
    auto at = std::find_if(hints.begin(), hints.end(),
                           [&](const Hint& hint) { return hint.message.hint == kind; });
    if (at == hints.end()) return false;
    found = std::move(*at);
    hints.erase(at);
    return true;
  });
  return found;
}

wire::SlotCopy Rig::slot(std::uint32_t index) {
  return wire::read_slot(ledger_->ledger().slot(index));
}

const wire::ExitRecord Rig::exit_of(std::uint32_t index, std::uint64_t generation) {
  return slot(index).data.exits[generation % wire::kExitsKept];
}

wire::SlotCopy Rig::wait_exit(std::uint32_t index, std::uint64_t generation) {
  EXPECT_TRUE(until([&] {
    wire::SlotCopy copy = slot(index);
    return copy.data.exits[generation % wire::kExitsKept].generation == generation &&
           (copy.data.phase == wire::Phase::kIdle || copy.data.generation > generation);
  })) << "no exit of generation "
      << generation;
  return slot(index);
}

std::string Rig::log(const std::string& service, std::uint32_t instance) {
  std::string folder = state + "/logs/" + service + "/" + std::to_string(instance);
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".log") names.push_back(entry.path());
  }
  std::sort(names.begin(), names.end());
  std::string all;
  for (const std::string& name : names)
    all += os::read_file(name, 1 << 30).value_or("");
  return all;
}

bool Rig::wait_log(const std::string& service, const std::string& text) {
  return until([&] { return log(service).find(text) != std::string::npos; });
}

wire::Spec shell_spec(const std::string& script) {
  wire::Spec spec;
  spec.command = {"/bin/sh", "-c", script};
  spec.environment = {"PATH=/usr/bin:/bin"};
  return spec;
}

wire::Spec program_spec(std::vector<std::string> mode) {
  wire::Spec spec;
  spec.command = {self(), "program"};
  spec.command.insert(spec.command.end(), mode.begin(), mode.end());
  return spec;
}

void kill_process(pid_t pid) {
  ASSERT_GT(pid, 1);
  ::kill(pid, SIGKILL);
}

bool process_lives(pid_t pid) {
  auto stat = os::proc_stat(pid);
  return stat && stat->state != 'Z' && stat->state != 'X';
}

}  // namespace hammock::keeper
