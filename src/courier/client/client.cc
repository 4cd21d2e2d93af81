#include "courier/client/client.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace hammock::courier {
namespace {

constexpr std::size_t kTakenAtOnce = 1 << 20;

std::unexpected<Error> gone() {
  return fail(ErrorCode::kUnavailable, "the courier has ended");
}

// The child's end stays at a number that the child does not use for anything else.
Result<os::UniqueFd> out_of_the_way(os::UniqueFd end) {
  os::UniqueFd high(::fcntl(end.get(), F_DUPFD_CLOEXEC, wire::kCourierFd + 1));
  if (!high) return fail_errno("copy the courier's link");
  return high;
}

}  // namespace

std::string courier_beside(std::string_view program) {
  return std::string(program.substr(0, program.rfind('/') + 1)) + "hammock-courier";
}

Result<Client> Client::start(const std::string& courier) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) {
    return fail_errno("make the courier's link");
  }
  os::UniqueFd ours(ends[0]);
  auto theirs = out_of_the_way(os::UniqueFd(ends[1]));
  if (!theirs) return std::unexpected(theirs.error());

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, theirs->get(), wire::kCourierFd);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  sigfillset(&signals);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                            static_cast<short>(POSIX_SPAWN_SETSID));
  std::string name = courier;
  std::array<char*, 2> arguments = {name.data(), nullptr};
  std::array<char*, 1> environment = {nullptr};
  pid_t pid = 0;
  const int error = posix_spawn(&pid, courier.c_str(), &actions, &attributes, arguments.data(),
                                environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail_errno("start " + courier, error);
  return Client(pid, std::move(ours));
}

Client::Client(Client&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      link_(std::move(other.link_)),
      unsent_(std::move(other.unsent_)),
      frames_(std::move(other.frames_)) {}

Client& Client::operator=(Client&& other) noexcept {
  if (this == &other) return *this;
  end();
  pid_ = std::exchange(other.pid_, 0);
  link_ = std::move(other.link_);
  unsent_ = std::move(other.unsent_);
  frames_ = std::move(other.frames_);
  return *this;
}

Client::~Client() {
  end();
}

void Client::end() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
}

pid_t Client::give_up() {
  if (pid_ != 0) ::kill(pid_, SIGKILL);
  link_.reset();
  return std::exchange(pid_, 0);
}

Result<void> Client::ask(const wire::Request& request) {
  return send(request);
}

Result<void> Client::cancel(std::uint64_t id) {
  return send(wire::Cancel{id});
}

Result<void> Client::send(const wire::CourierOrder& order) {
  auto frame = wire::encode_order(order);
  if (!frame) return std::unexpected(frame.error());
  unsent_ += *frame;
  return flush();
}

Result<void> Client::flush() {
  std::size_t sent = 0;
  while (sent < unsent_.size()) {
    const ssize_t count = ::send(link_.get(), unsent_.data() + sent, unsent_.size() - sent,
                                 MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) break;
    if (count < 0) return gone();
    sent += static_cast<std::size_t>(count);
  }
  unsent_.erase(0, sent);
  return {};
}

Result<std::vector<wire::Answer>> Client::take() {
  std::array<char, 65536> buffer;
  bool ended = false;
  for (std::size_t taken = 0; taken < kTakenAtOnce;) {
    const ssize_t count = ::recv(link_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) break;
    ended = count <= 0;
    if (ended) break;
    taken += static_cast<std::size_t>(count);
    frames_.feed({buffer.data(), static_cast<std::size_t>(count)});
  }
  std::vector<wire::Answer> answers;
  for (;;) {
    auto payload = frames_.next();
    if (!payload) return std::unexpected(payload.error());
    if (!*payload) break;
    auto answer = wire::decode_answer(**payload);
    if (!answer) return std::unexpected(answer.error());
    answers.push_back(std::move(*answer));
  }
  if (ended && answers.empty()) return gone();
  return answers;
}

}  // namespace hammock::courier
