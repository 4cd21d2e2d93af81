// epoll, timerfd and signalfd, thinly.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <initializer_list>
#include <span>

#include "base/result.h"
#include "os/unique_fd.h"

namespace hammock::os {

class Epoll {
 public:
  static Result<Epoll> make();
  // `tag` comes back with each event. 0 or errno.
  int add(int fd, std::uint32_t events, std::uint64_t tag);
  int change(int fd, std::uint32_t events, std::uint64_t tag);
  void remove(int fd);
  // How many events; 0 on timeout, or after an interrupt when nothing has come. timeout_ms -1 waits
  // for ever.
  std::size_t wait(std::span<epoll_event> events, int timeout_ms);
  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

// On CLOCK_BOOTTIME, non-blocking.
Result<UniqueFd> make_timer();
// Becomes readable when somebody sets the clock of the machine (TFD_TIMER_CANCEL_ON_SET,
// timerfd_create(2)); clock_was_set() makes it wait for the next time.
Result<UniqueFd> make_clock_watch();
void clock_was_set(int fd);
// At the absolute time (microseconds, CLOCK_BOOTTIME); 0 disarms.
void arm_timer(int fd, std::int64_t at_us);
// Takes the expirations, so that it is no longer readable.
void drain_timer(int fd);

// Blocks the signals and returns a non-blocking descriptor that delivers them.
Result<UniqueFd> make_signals(std::initializer_list<int> signals);
// The next signal's number; 0 when there is none.
int next_signal(int fd);

}  // namespace hammock::os
