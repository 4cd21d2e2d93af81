// Time bombs for the tests of this room, a clock that the test moves, and a world that says when
// they go off.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/timebomb/timebomb.h"

namespace hammock::timebomb {

using namespace std::chrono_literals;  // of tests only
using std::chrono::days;

inline Setup setup_of(const std::string& name) {
  Setup setup;
  setup.config.name = name;
  setup.config.target = Certificate{.host = name + ".example", .starttls = {}, .server_name = {}};
  setup.config.every = 12h;
  setup.identity = "certificate " + name;
  return setup;
}

class Timebombs : public testing::Test {
 protected:
  timebomb::Setup& add(const std::string& name) { return setups.emplace_back(setup_of(name)); }

  void begin() {
    give(ConfigurationGiven{share_each(setups)});
    give(HouseSeen{true});
  }
  Now now() const { return {at(elapsed) + clock_off, Steady(100s) + elapsed}; }
  Instant at(Duration since_begin) const { return Instant(1'000'000'000s) + since_begin; }

  void give(const Event& event) {
    Decision decision = decide(state, event, now());
    for (Fact& fact : decision.facts) {
      timebomb::apply(state, fact);
      if (fact::keep_of(fact) == Keep::kMoment) continue;
      said.push_back(text_of_fact(fact));
      journal.push_back(std::move(fact));
    }
    for (const Order& order : decision.orders) {
      if (const auto* look = std::get_if<Look>(&order)) out.push_back(*look);
      if (const auto* leave = std::get_if<Leave>(&order)) left.push_back(leave->id);
    }
  }
  // The process ends, and the next one knows what is in the journal.
  void restart() {
    state = State();
    out.clear();
    for (const Fact& fact : journal) {
      auto back = fact_from_json(fact::name_of(fact), fields_json(fact));
      ASSERT_TRUE(back) << back.error().message;
      timebomb::apply(state, *back);
    }
    begin();
  }
  // Lets time pass, waking when it wants to be woken and answering what it asks at once.
  void pass(Duration time) {
    const Duration until = elapsed + time;
    for (;;) {
      answer_all();
      const auto wake = next_wake(state);
      if (!wake || *wake - Steady(100s) > until) break;
      ASSERT_LT(++wakes, 100'000) << "it does not let us sleep";
      elapsed = std::max(elapsed, *wake - Steady(100s));
      give(Wake{});
    }
    elapsed = until;
  }
  void answer_all() {
    while (is_answered && !out.empty()) {
      const Look look = out.back();
      out.pop_back();
      ++looks;
      auto found = world.find(look.timebomb);
      if (found == world.end())
        give(Looked{look.id, look.timebomb, Unread{"no answer from it", is_early}});
      else
        give(Looked{look.id, look.timebomb, found->second});
    }
  }
  Reading goes_off(Duration since_begin, std::string identity = "a") const {
    Reading reading;
    reading.identity = std::move(identity);
    reading.goes_off = at(since_begin);
    reading.evidence = "seen";
    return reading;
  }
  Reading not_in_sight(std::string identity = "a") const {
    Reading reading;
    reading.identity = std::move(identity);
    reading.evidence = "seen";
    return reading;
  }
  Report report_of(std::string_view name) const {
    for (Report& one : report(state, now())) {
      if (one.name == name) return std::move(one);
    }
    return {};
  }
  Shown shown(std::string_view name) const { return report_of(name).shown; }
  // Without what is only remembered: "a warned 14", "a went off".
  std::vector<std::string> told() const {
    std::vector<std::string> told;
    for (const std::string& one : said) {
      if (!one.empty()) told.push_back(one);
    }
    return told;
  }
  static std::string text_of_fact(const Fact& fact) {
    const std::string name(timebomb_of(fact));
    if (const auto* warned = std::get_if<TimebombWarned>(&fact)) {
      return name + " " + format_age(warned->before);
    }
    if (std::holds_alternative<TimebombWentOff>(fact)) return name + " off";
    if (std::holds_alternative<TimebombDefused>(fact)) return name + " defused";
    if (std::holds_alternative<TimebombUnknown>(fact)) return name + " unknown";
    if (std::holds_alternative<TimebombKnown>(fact)) return name + " known";
    return "";
  }

  std::vector<timebomb::Setup> setups;
  std::map<std::string, Reading, std::less<>> world;  // who is missing cannot be found out
  State state;
  Duration elapsed{};
  Duration clock_off{};
  int wakes = 0;
  int looks = 0;
  bool is_answered = true;
  bool is_early = false;  // to say anything of who is missing
  std::vector<Look> out;
  std::vector<std::uint64_t> left;
  std::vector<std::string> said;
  std::vector<Fact> journal;
};

}  // namespace hammock::timebomb
