// One thread, one epoll, one heap of timers. Callbacks are called from turn() alone, never from
// within another call; each may watch, unwatch and set timers, also its own.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "base/time.h"
#include "os/poll.h"

namespace hammock::courier {

class Loop {
 public:
  using Ready = std::function<void(std::uint32_t events)>;  // EPOLL…
  using Due = std::function<void()>;
  using TimerId = std::uint64_t;  // never 0, never used again

  explicit Loop(os::Epoll epoll);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // A descriptor that is watched already gets the new events and callback.
  void watch(int fd, std::uint32_t events, Ready ready);
  // Before the descriptor is closed. One that is not watched is fine.
  void unwatch(int fd);

  TimerId at(Steady when, Due due);
  TimerId soon(Due due) { return at(Steady{}, std::move(due)); }
  void cancel(TimerId timer);  // one that was called or cancelled is fine

  // When this turn began; what happens in a turn is measured with os::read_clocks().
  Steady now() const { return now_; }
  // Waits for the next thing, and does all that is there.
  void turn();

 private:
  struct Watch {
    std::uint32_t generation = 0;
    std::shared_ptr<const Ready> ready;
  };
  int wait_ms() const;
  void run_timers();

  os::Epoll epoll_;
  Steady now_;
  std::uint32_t generation_ = 0;
  TimerId last_timer_ = 0;
  std::map<int, Watch> watches_;
  std::map<std::pair<Steady, TimerId>, Due> timers_;
  std::map<TimerId, Steady> times_;
};

}  // namespace hammock::courier
