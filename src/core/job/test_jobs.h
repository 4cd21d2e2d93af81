// Jobs for the tests of this room: the state, a service room that starts at once what it is told,
// and a clock that the test moves.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "core/job/job.h"

namespace hammock::job {

using namespace std::chrono_literals;  // of tests only

inline Setup setup_of(std::string name, When when = ToCompletion{}, std::uint64_t hash = 7) {
  Setup setup;
  setup.config.name = std::move(name);
  setup.config.when = std::move(when);
  setup.start_hash = hash;
  return setup;
}
inline When at_times(std::string_view cron) {
  return AtTimes{schema::read_cron(cron).value()};
}

class TestJobs {
 public:
  explicit TestJobs(std::vector<Setup> jobs) : setups(std::move(jobs)) { begin(); }

  void begin() {
    give(ConfigurationGiven{share_each(setups)});
    give(HouseSeen{true});
  }
  Now now() const { return {Instant(1'000'000'020s) + elapsed, Steady(100s) + elapsed}; }

  void give(const Event& event) {
    Decision decision = decide(state, event, now());
    for (Fact& fact : decision.facts) {
      job::apply(state, fact);
      facts.push_back(std::move(fact));
    }
    for (Order& order : decision.orders) {
      if (const auto* start = std::get_if<Start>(&order)) {
        std::string& id = out[{start->job, start->task}];
        if (id != start->id) ++starts[start->job];
        id = start->id;
      } else if (const auto* stop = std::get_if<Stop>(&order)) {
        stops.push_back(stop->job + " " + stop->id);
      } else if (const auto* look = std::get_if<Look>(&order)) {
        looks.push_back(look->task);
      } else if (const auto* reply = std::get_if<service::Reply>(&order)) {
        replies.push_back(std::string(service::reply_word(reply->kind)) + ": " + reply->message);
      }
    }
  }
  void running(const std::string& job, std::uint32_t task = 0, std::uint64_t spec = 0) {
    service::RunReport report;
    report.id = out[{job, task}];
    report.stage = service::RunStage::kRunning;
    report.pid = 42;
    report.spec = spec;
    report.started = now().steady;
    report.started_wall = now().wall;
    give(ProgramSeen{job, task, report});
  }
  void ended(const std::string& job, ExitClass exit_class, std::int32_t code = -1,
             std::uint32_t task = 0) {
    service::RunReport report;
    report.id = out[{job, task}];
    report.stage = service::RunStage::kOver;
    report.exit.emplace();
    report.exit->exit_class = exit_class;
    report.exit->code = code;
    report.exit->status_known = true;
    give(ProgramSeen{job, task, report});
  }
  void done(const std::string& job, std::uint32_t task = 0) {
    ended(job, ExitClass::kClean, 0, task);
  }
  void fails(const std::string& job, std::uint32_t task = 0) {
    ended(job, ExitClass::kError, 1, task);
  }
  // The try that its only task was started with last.
  std::string id_of(const std::string& job) const {
    auto found = out.find({job, 0});
    return found == out.end() ? "" : found->second;
  }
  // The tasks whose try is with the service room.
  std::vector<std::uint32_t> tasks_out(const std::string& job) const {
    std::vector<std::uint32_t> numbers;
    const auto& run = state.jobs.at(job).run;
    for (std::uint32_t i = 0; run && i < run->tasks.size(); ++i)
      if (run->tasks[i].out) numbers.push_back(i);
    return numbers;
  }
  void pass(Duration time) {
    Duration until = elapsed + time;
    for (auto next = next_wake(state); next && *next <= Steady(100s) + until;
         next = next_wake(state)) {
      elapsed = std::max(elapsed, Duration(*next - Steady(100s)));
      give(Wake{});
    }
    elapsed = until;
  }
  // The brain dies, and `away` later another one comes that knows what the journal has.
  void replace_brain(Duration away = 0s) {
    elapsed += away;
    state = State();
    for (const Fact& fact : facts) {
      if (fact::keep_of(fact) == Keep::kMoment) continue;
      auto copy = fact_from_json(fact::name_of(fact), fields_json(fact));
      ASSERT_TRUE(copy) << copy.error().message;
      EXPECT_EQ(fact, *copy);
      job::apply(state, *copy);
    }
    begin();
  }
  template <class Type>
  std::vector<Type> recorded() const {
    std::vector<Type> found;
    for (const Fact& fact : facts) {
      if (const auto* some = std::get_if<Type>(&fact)) found.push_back(*some);
    }
    return found;
  }
  std::vector<std::string> outcomes() const {
    std::vector<std::string> list;
    for (const RunEnded& run : recorded<RunEnded>())
      list.push_back(run.job + " " + std::to_string(run.number) + " " +
                     std::string(text_of(run.outcome)));
    return list;
  }
  Report report_of(const std::string& name) const {
    for (Report& one : report(state)) {
      if (one.name == name) return std::move(one);
    }
    ADD_FAILURE() << name;
    return {};
  }

  std::vector<Setup> setups;
  State state;
  Duration elapsed{};
  std::vector<Fact> facts;
  std::map<std::pair<std::string, std::uint32_t>, std::string> out;
  std::map<std::string, int> starts;
  std::vector<std::string> stops;
  std::vector<std::uint32_t> looks;  // tasks
  std::vector<std::string> replies;
};

}  // namespace hammock::job
