#include "os/poll.h"

#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include <cerrno>
#include <csignal>

namespace hammock::os {
namespace {

int control(int epoll, int operation, int fd, std::uint32_t events, std::uint64_t tag) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = tag;
  return ::epoll_ctl(epoll, operation, fd, &event) == 0 ? 0 : errno;
}

}  // namespace

Result<Epoll> Epoll::make() {
  Epoll epoll;
  epoll.fd_.reset(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.fd_) return fail_errno("cannot create an epoll set");
  return epoll;
}

int Epoll::add(int fd, std::uint32_t events, std::uint64_t tag) {
  return control(fd_.get(), EPOLL_CTL_ADD, fd, events, tag);
}

int Epoll::change(int fd, std::uint32_t events, std::uint64_t tag) {
  return control(fd_.get(), EPOLL_CTL_MOD, fd, events, tag);
}

void Epoll::remove(int fd) {
  ::epoll_ctl(fd_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

std::size_t Epoll::wait(std::span<epoll_event> events, int timeout_ms) {
  const int most = static_cast<int>(events.size());
  int count = ::epoll_wait(fd_.get(), events.data(), most, timeout_ms);
  // After a stop (SIGCONT, signal(7)) whoever looks at his clock first would see deadlines that
  // have passed, and not what had come in time.
  if (count < 0 && errno == EINTR) count = ::epoll_wait(fd_.get(), events.data(), most, 0);
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

Result<UniqueFd> make_timer() {
  UniqueFd fd(::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC));
  if (!fd) return fail_errno("cannot create a timer");
  return fd;
}

namespace {
constexpr std::int64_t kFarSeconds = 1'000'000'000'000;  // never comes
}

Result<UniqueFd> make_clock_watch() {
  UniqueFd fd(::timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC));
  if (!fd) return fail_errno("cannot create a timer");
  clock_was_set(fd.get());
  return fd;
}

void clock_was_set(int fd) {
  itimerspec never{};
  never.it_value.tv_sec = kFarSeconds;
  ::timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, nullptr);
  drain_timer(fd);
}

void arm_timer(int fd, std::int64_t at_us) {
  itimerspec spec{};
  spec.it_value.tv_sec = at_us / 1'000'000;
  spec.it_value.tv_nsec = at_us % 1'000'000 * 1000;
  ::timerfd_settime(fd, TFD_TIMER_ABSTIME, &spec, nullptr);
}

void drain_timer(int fd) {
  std::uint64_t count = 0;
  while (::read(fd, &count, sizeof count) > 0) {
  }
}

Result<UniqueFd> make_signals(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : signals)
    sigaddset(&set, signal);
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return fail_errno("cannot block signals");
  UniqueFd fd(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd) return fail_errno("cannot create a signal descriptor");
  return fd;
}

int next_signal(int fd) {
  signalfd_siginfo info{};
  ssize_t count = ::read(fd, &info, sizeof info);
  return count == static_cast<ssize_t>(sizeof info) ? static_cast<int>(info.ssi_signo) : 0;
}

}  // namespace hammock::os
