// The draft: the jobs as they will be once the facts decided so far are applied. It copies only
// those that a decision touches, and keeps the queue of jobs that have to be looked at.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "core/job/job.h"

namespace hammock::job {

class Draft {
 public:
  // The state must outlive the draft.
  Draft(const State& state, Now now) : state_(state), now_(now), open_(state.open) {}

  Now now() const { return now_; }
  bool open() const { return open_; }
  const State& state() const { return state_; }
  // Null when nobody knows it.
  const Job* find(const std::string& name) const;
  const Job& job(const std::string& name) const { return *find(name); }

  void record(Fact fact);
  void order(Order order) { decision_.orders.push_back(std::move(order)); }
  void enqueue(const std::string& name);
  std::optional<std::string> dequeue();
  std::size_t facts_so_far() const { return decision_.facts.size(); }
  Decision take() { return std::move(decision_); }

 private:
  const State& state_;
  Now now_;
  bool open_;
  std::map<std::string, Job> touched_;
  std::deque<std::string> queue_;
  std::set<std::string> queued_;
  Decision decision_;
};

// The fold of one fact about one job.
void fold_into(Job& job, const Fact& fact);

}  // namespace hammock::job
