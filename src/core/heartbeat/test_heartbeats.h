// One heartbeat for the tests of this room, and a clock that the test moves.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "core/heartbeat/heartbeat.h"

namespace hammock::heartbeat {

using namespace std::chrono_literals;  // of tests only

inline Setup setup_of(std::string name, When when = Every{24h}) {
  Setup setup;
  setup.config.name = name;
  setup.config.when = std::move(when);
  setup.config.grace = 2h;
  setup.uuid = uuid_of("acme", name);
  return setup;
}

class Heartbeats : public testing::Test {
 protected:
  Heartbeats() { begin(); }

  void begin(bool waited = false) {
    give(ConfigurationGiven{share_each(setups)});
    give(ListeningBegan{waited});
  }
  Now now() const {
    return {Instant(1'000'000'000s) + elapsed + put_forward, Steady(100s) + elapsed};
  }
  Instant at(Duration since_begin) const { return Instant(1'000'000'000s) + since_begin; }

  void give(const Event& event) {
    Decision decision = decide(state, event, now());
    for (Fact& fact : decision.facts) {
      heartbeat::apply(state, fact);
      facts.push_back(std::move(fact));
    }
    for (const Order& order : decision.orders) {
      const auto& reply = std::get<service::Reply>(order);
      replies.push_back(std::string(service::reply_word(reply.kind)) + ": " + reply.message);
    }
  }
  void ping(Signal signal = Signal::kSuccess, std::string rid = "", std::string method = "GET") {
    Ping ping;
    ping.signal = signal;
    ping.rid = std::move(rid);
    ping.method = std::move(method);
    give(PingGiven{"copy", std::move(ping)});
  }
  // Lets time pass, waking when it wants to be woken.
  void pass(Duration time) {
    const Duration until = elapsed + time;
    for (auto wake = next_wake(state); wake && *wake <= Steady(100s) + until;
         wake = next_wake(state)) {
      elapsed = std::max(elapsed, *wake - Steady(100s));
      give(Wake{});
    }
    elapsed = until;
  }
  // Dies now, and is back after so long. `waited`: pings have waited meanwhile.
  void away(Duration time, bool waited = false) {
    elapsed += time;
    State fresh;
    for (const Fact& fact : facts) {
      if (fact::keep_of(fact) == Keep::kMoment) continue;
      auto back = fact_from_json(fact::name_of(fact), fields_json(fact));
      ASSERT_TRUE(back) << back.error().message;
      EXPECT_EQ(*back, fact);
      heartbeat::apply(fresh, *back);
    }
    state = std::move(fresh);
    begin(waited);
  }
  Report copy() const { return report(state, now().wall).front(); }
  Shown shown() const { return copy().shown; }
  const PingTaken& last_ping() const {
    for (auto fact = facts.rbegin(); fact != facts.rend(); ++fact)
      if (const auto* taken = std::get_if<PingTaken>(&*fact)) return *taken;
    throw std::logic_error("no ping was taken");
  }
  std::size_t falls() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        facts, [](const Fact& fact) { return std::holds_alternative<HeartbeatFell>(fact); }));
  }
  void reconfigure(heartbeat::Setup setup) {
    setups = {std::move(setup)};
    give(ConfigurationGiven{share_each(setups)});
  }

  std::vector<heartbeat::Setup> setups{setup_of("copy")};
  State state;
  Duration elapsed{};
  Duration put_forward{};
  std::vector<Fact> facts;
  std::vector<std::string> replies;
};

}  // namespace hammock::heartbeat
