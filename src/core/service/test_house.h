// A house for the tests of this room: State, a keeper that does at once what it is told, and
// programs that do only what the test says.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>

#include "core/service/facts_json.h"
#include "core/service/service.h"

namespace hammock::service {

using namespace std::chrono_literals;  // of tests only

inline Setup setup_of(std::string name, std::uint64_t hash = 7) {
  Setup setup;
  setup.config.name = std::move(name);
  setup.config.command = {"/bin/true"};
  setup.config.ready.how = ReadyByNotify{};
  setup.start_hash = hash;
  return setup;
}

// A house with a keeper that does at once what it is told; programs do only what the test says.
class TestHouse {
 public:
  explicit TestHouse(std::vector<Setup> services, std::uint64_t seed = 1) : state(seed) {
    setups = std::move(services);
    give(ConfigurationGiven{"d1", share_each(setups), ""});
    give(read());
    run();
  }

  LedgerRead read() const {
    LedgerRead event{"boot", false, {}};
    for (const auto& [key, view] : slots)
      event.slots.push_back(view);
    return event;
  }
  Now now() const { return {Instant(1'000'000s) + elapsed, Steady(100s) + elapsed}; }

  void give(const Event& event) {
    Decision decision = decide(state, event, now());
    for (Fact& fact : decision.facts) {
      service::apply(state, fact);
      facts.push_back(std::move(fact));
    }
    for (Order& order : decision.orders) {
      orders.push_back(order);
      pending.push_back(std::move(order));
    }
  }
  // The keeper carries out what was ordered, until nothing is left.
  void run() {
    while (!pending.empty() && keeper) {
      Order order = std::move(pending.front());
      pending.pop_front();
      if (auto* define = std::get_if<Define>(&order)) {
        SlotView& view = slots[{define->service, define->instance}];
        view.service = define->service;
        view.instance = define->instance;
        view.slot = static_cast<std::uint32_t>(slots.size());
        give(SlotSeen{view});
      } else if (auto* spawn = std::get_if<Spawn>(&order)) {
        SlotView& view = at(spawn->target.service, spawn->target.instance);
        if (view.phase == SlotPhase::kIdle && view.generation == spawn->target.generation) {
          begin(view, spawn->spec);
          give(SlotSeen{view});
        }
      } else if (auto* arm = std::get_if<Arm>(&order)) {
        SlotView& view = at(arm->target.service, arm->target.instance);
        view.reflex_tokens = arm->tokens;
        view.reflex_spec = arm->spec;
      } else if (auto* kill = std::get_if<Kill>(&order)) {
        exit(kill->target.service, kill->target.instance, 9);
      } else if (auto* forget = std::get_if<Forget>(&order)) {
        slots.erase({forget->service, forget->instance});
        give(SlotGone{forget->service, forget->instance});
      } else if (auto* look = std::get_if<Look>(&order)) {
        auto found = slots.find({look->service, look->instance});
        if (found != slots.end())
          give(SlotSeen{found->second});
        else
          give(SlotGone{look->service, look->instance});
      }
    }
  }
  void begin(SlotView& view, std::uint64_t spec) {
    ++view.generation;
    view.phase = SlotPhase::kRunning;
    view.spec = spec;
    view.pid = static_cast<std::int32_t>(1000 + view.generation);
    view.started = now().steady;
    view.ready = view.stopping = view.reloading = false;
    view.reloads_done = 0;
    view.watchdog_fed.reset();
  }
  SlotView& at(const std::string& service, std::uint32_t instance = 1) {
    auto found = slots.find({service, instance});
    EXPECT_NE(found, slots.end()) << service << '/' << instance;
    return found->second;
  }
  void ready(const std::string& service, std::uint32_t instance = 1) {
    at(service, instance).ready = true;
    give(SlotSeen{at(service, instance)});
    run();
  }
  void end(SlotView& view, std::int32_t wait_status, bool by_reflex) {
    SlotExit exit;
    exit.generation = view.generation;
    exit.at = now().wall;
    exit.ran = now().steady - view.started;
    exit.pid = view.pid;
    exit.wait_status = wait_status;
    exit.was_ready = view.ready;
    exit.by_reflex = by_reflex;
    view.exits.push_back(exit);
    if (view.exits.size() > 4) view.exits.erase(view.exits.begin());
    view.phase = SlotPhase::kIdle;
    view.pid = 0;
  }
  // It ends; the keeper restarts it when it holds a token.
  void exit(const std::string& service, std::uint32_t instance, std::int32_t wait_status) {
    SlotView& view = at(service, instance);
    bool reflex = view.reflex_tokens > 0;
    end(view, wait_status, reflex);
    if (reflex) {
      --view.reflex_tokens;
      begin(view, view.reflex_spec);
    }
    give(SlotSeen{view});
    run();
  }
  void pass(Duration time) {
    Duration until = elapsed + time;
    for (auto next = next_wake(state); next && *next <= Steady(100s) + until;
         next = next_wake(state)) {
      elapsed = std::max(elapsed, Duration(*next - Steady(100s)));
      give(Wake{});
      run();
    }
    elapsed = until;
  }
  void command(std::string id, Verb verb, std::string service) {
    give(CommandGiven{std::move(id), verb, std::move(service), "test", 0});
    run();
  }
  bool running(const std::string& service, std::uint32_t instance = 1) {
    auto found = slots.find({service, instance});
    return found != slots.end() && found->second.phase == SlotPhase::kRunning;
  }
  Health health(const std::string& service) { return report(state, service)->health; }
  template <class Type>
  std::vector<Type> all() const {
    std::vector<Type> found;
    for (const Order& order : orders) {
      if (const auto* some = std::get_if<Type>(&order)) found.push_back(*some);
    }
    return found;
  }
  template <class Type>
  std::vector<Type> recorded() const {
    std::vector<Type> found;
    for (const Fact& fact : facts) {
      if (const auto* some = std::get_if<Type>(&fact)) found.push_back(*some);
    }
    return found;
  }
  std::string replies(const std::string& id) const {
    std::string text;
    for (const Reply& reply : all<Reply>()) {
      if (reply.id == id) text += std::string(reply_word(reply.kind)) + ";";
    }
    return text;
  }
  void forget_past() {
    facts.clear();
    orders.clear();
  }
  // The brain dies and another one comes; `keep` says which facts the journal had.
  template <class Keeps>
  void replace_brain(Keeps&& keep) {
    State fresh(1);
    for (const Fact& fact : history()) {
      if (keep_of(fact) == Keep::kMoment || !keep(fact)) continue;
      auto copy = fact_from_json(name_of(fact), fields_json(fact));
      ASSERT_TRUE(copy) << copy.error().message;
      service::apply(fresh, *copy);
    }
    state = std::move(fresh);
    pending.clear();
    give(ConfigurationGiven{"d1", share_each(setups), ""});
    give(read());
    run();
  }
  const std::vector<Fact>& history() const { return facts; }

  std::vector<Setup> setups;
  State state;
  Duration elapsed{};
  std::map<std::pair<std::string, std::uint32_t>, SlotView> slots;
  std::vector<Fact> facts;
  std::vector<Order> orders;
  std::deque<Order> pending;
  bool keeper = true;
};

inline constexpr std::int32_t kCode1 = 1 << 8;
inline constexpr std::int32_t kSegv = 11;
inline constexpr std::int32_t kTerm = 15;

}  // namespace hammock::service
