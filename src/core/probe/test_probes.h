// Probes for the tests of this room, a clock that the test moves, and a network that it breaks.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/probe/probe.h"

namespace hammock::probe {

using namespace std::chrono_literals;  // of tests only

inline Setup setup_of(std::string name) {
  Setup setup;
  setup.config.name = name;
  Tcp tcp;
  tcp.host = name + ".example";
  tcp.port = 80;
  setup.config.target = tcp;
  setup.identity = "tcp " + name;
  return setup;
}

class Probes : public testing::Test {
 protected:
  void begin() {
    give(ConfigurationGiven{share_each(setups)});
    give(HouseSeen{true});
  }
  Now now() const { return {at(elapsed), Steady(100s) + elapsed}; }
  Instant at(Duration since_begin) const { return Instant(1'000'000'000s) + since_begin; }

  void give(const Event& event) {
    Decision decision = decide(state, event, now());
    for (Fact& fact : decision.facts) {
      probe::apply(state, fact);
      if (fact::keep_of(fact) == Keep::kMoment) continue;
      said.push_back(text_of_fact(fact));
      journal.push_back(std::move(fact));
    }
    for (Order& order : decision.orders)
      std::visit([&](auto& some) { take(some); }, order);
  }
  // The process ends, and the next one knows what is in the journal.
  void restart() {
    state = State();
    answers.clear();
    for (const Fact& fact : journal) {
      auto back = fact_from_json(fact::name_of(fact), fields_json(fact));
      ASSERT_TRUE(back) << back.error().message;
      probe::apply(state, *back);
    }
    begin();
  }
  // Lets time pass, waking when it wants to be woken and answering what it asks.
  void pass(Duration time) {
    const Duration until = elapsed + time;
    for (;;) {
      const auto wake = next_wake(state);
      Duration next = wake ? *wake - Steady(100s) : Duration::max();
      const bool answer_first = !answers.empty() && answers.begin()->first <= next;
      if (answer_first) next = answers.begin()->first;
      if (next > until) break;
      elapsed = std::max(elapsed, next);
      if (answer_first) {
        Ask ask = std::move(answers.begin()->second);
        answers.erase(answers.begin());
        answer(ask);
      } else {
        give(Wake{});
      }
    }
    elapsed = until;
  }
  void answer(const Ask& ask) {
    Tried tried{ask.id, ask.probe, ask.witness, Verdict::kGood, 10ms, "connected"};
    const std::string& target = ask.witness.empty() ? ask.probe : ask.witness;
    if (busy) {
      tried.verdict = Verdict::kUnknown;
      tried.message = "the courier is busy";
    } else if (!network || gone.contains(target)) {
      tried.verdict = Verdict::kBad;
      tried.message = "connection refused";
    }
    give(tried);
  }
  void take(const Ask& ask) {
    asked.push_back(ask.witness.empty() ? ask.probe : ask.witness);
    const std::string& target = asked.back();
    const bool is_bad = !network || gone.contains(target);
    if (!silent) answers.emplace(elapsed + (is_bad ? bad_takes : good_takes), ask);
  }
  void take(const Add& add) { added.push_back(add); }

  Report of(const std::string& name) const {
    for (Report& one : report(state, now())) {
      if (one.name == name) return one;
    }
    ADD_FAILURE() << "no probe is called " << name;
    return {};
  }
  std::size_t count(std::string_view word) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        said, [&](const std::string& text) { return text.starts_with(word); }));
  }
  static std::string text_of_fact(const Fact& fact) {
    return std::string(fact::name_of(fact)) + " " + std::string(probe_of(fact));
  }

  std::vector<probe::Setup> setups;
  State state;
  Duration elapsed{};
  std::vector<std::string> said;  // what will be remembered
  std::vector<Fact> journal;
  std::vector<std::string> asked;  // probes and witnesses
  std::vector<Add> added;
  std::multimap<Duration, Ask> answers;
  // The world.
  bool network = true;
  bool busy = false;    // our own courier
  bool silent = false;  // it never answers
  std::set<std::string> gone;
  Duration bad_takes = 2s;
  Duration good_takes = 10ms;
};

}  // namespace hammock::probe
