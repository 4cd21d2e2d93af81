// What must hold of heartbeats, whatever dies: a ping that was acknowledged is in the journal, each
// has its own number, and nobody is down who was not silent for long enough by a clock that nobody
// can set.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/engine/engine.h"

namespace hammock::sim {

class HeartbeatRules {
 public:
  explicit HeartbeatRules(std::function<void(std::string)> broken) : broken_(std::move(broken)) {}

  // What a decision says. `clock` goes on over boots.
  void decided(std::span<const engine::Fact> facts, Steady clock);
  // The pinger was told that its ping is recorded.
  void acknowledged(const std::string& heartbeat);
  // What the journal has is all that there is.
  void replay(std::span<const engine::Fact> journal);
  // Having decided, nobody is left whose deadline has passed.
  void check_sleep(const heartbeat::State& state, Now now);

 private:
  struct Book {
    std::uint64_t number = 0;  // of the newest ping
    std::uint64_t acknowledged = 0;
    struct Times {
      std::optional<Steady> ended;  // by the last ping that ended a run
      std::optional<Steady> began;  // a run that is not over
      std::optional<Steady> succeeded;
    };
    Times times;
    Times before;     // the newest ping, which may be lost when nobody was told
    Times with_ping;  // by the newest ping; what was missed after it may be lost in a boot
    bool fallen = false;
    bool up = false;
    std::string outcomes;  // since it is up
  };
  void check_miss(Book& book, const heartbeat::HeartbeatMissed& missed, Steady clock);
  void take(Book& book, const heartbeat::PingTaken& ping);
  void count(Book& book, const heartbeat::PingTaken& ping);
  bool is_overdue(const Book& book, const heartbeat::Config& config, Steady clock) const;
  bool is_borne(const Book& book, const heartbeat::Config& config) const;
  void check_fall(const Book& book, const heartbeat::HeartbeatFell& fell, Steady clock);

  std::function<void(std::string)> broken_;
  std::map<std::string, Book> books_;
  std::map<std::string, heartbeat::Config> configs_;
};

}  // namespace hammock::sim
