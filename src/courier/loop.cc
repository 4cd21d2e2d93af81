#include "courier/loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "base/assert.h"
#include "os/clock.h"

namespace hammock::courier {
namespace {

constexpr std::size_t kEventsATurn = 256;

// Of a watch, so that an event of a descriptor that was closed meanwhile, and whose number is in
// use again, is nobody's.
std::uint64_t tag_of(int fd, std::uint32_t generation) {
  return std::uint64_t{generation} << 32 | static_cast<std::uint32_t>(fd);
}

}  // namespace

Loop::Loop(os::Epoll epoll) : epoll_(std::move(epoll)), now_(os::read_clocks().steady) {}

void Loop::watch(int fd, std::uint32_t events, Ready ready) {
  auto [at, is_new] = watches_.try_emplace(fd);
  at->second = {++generation_, std::make_shared<const Ready>(std::move(ready))};
  const std::uint64_t tag = tag_of(fd, generation_);
  int error = is_new ? epoll_.add(fd, events, tag) : epoll_.change(fd, events, tag);
  // A library closed it without a word, and the number is in use again.
  if (error == ENOENT) error = epoll_.add(fd, events, tag);
  HAMMOCK_ASSERT(error == 0);
}

void Loop::unwatch(int fd) {
  if (watches_.erase(fd) > 0) epoll_.remove(fd);
}

Loop::TimerId Loop::at(Steady when, Due due) {
  const TimerId timer = ++last_timer_;
  timers_.emplace(std::pair(when, timer), std::move(due));
  times_.emplace(timer, when);
  return timer;
}

void Loop::cancel(TimerId timer) {
  auto time = times_.find(timer);
  if (time == times_.end()) return;
  timers_.erase({time->second, timer});
  times_.erase(time);
}

int Loop::wait_ms() const {
  if (timers_.empty()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first.first -
                                                                 os::read_clocks().steady);
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
}

void Loop::run_timers() {
  // Those set meanwhile wait for the next turn, so that nobody keeps the descriptors waiting.
  const TimerId last = last_timer_;
  for (auto next = timers_.begin(); next != timers_.end() && next->first.first <= now_;) {
    if (next->first.second > last) {
      ++next;
      continue;
    }
    const Due due = std::move(next->second);
    times_.erase(next->first.second);
    timers_.erase(next);
    due();
    next = timers_.begin();
  }
}

void Loop::turn() {
  std::array<epoll_event, kEventsATurn> events;
  const std::size_t count = epoll_.wait(events, wait_ms());
  now_ = os::read_clocks().steady;
  for (std::size_t i = 0; i < count; ++i) {
    const int fd = static_cast<int>(events[i].data.u64 & 0xffffffff);
    auto watch = watches_.find(fd);
    if (watch == watches_.end() || tag_of(fd, watch->second.generation) != events[i].data.u64) {
      continue;
    }
    const auto ready = watch->second.ready;  // lives on when the callback ends its own watch
    (*ready)(events[i].events);
  }
  run_timers();
}

}  // namespace hammock::courier
