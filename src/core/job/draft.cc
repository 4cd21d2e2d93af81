#include "core/job/draft.h"

namespace hammock::job {

const Job* Draft::find(const std::string& name) const {
  if (auto touched = touched_.find(name); touched != touched_.end()) return &touched->second;
  auto known = state_.jobs.find(name);
  return known == state_.jobs.end() ? nullptr : &known->second;
}

void Draft::record(Fact fact) {
  if (const auto* stood = std::get_if<HouseStood>(&fact)) open_ = stood->open;
  std::string name(job_of(fact));
  if (const Job* known = name.empty() ? nullptr : find(name)) {
    auto [place, is_new] = touched_.try_emplace(name, *known);
    fold_into(place->second, fact);
  }
  decision_.facts.push_back(std::move(fact));
}

void Draft::enqueue(const std::string& name) {
  if (queued_.insert(name).second) queue_.push_back(name);
}

std::optional<std::string> Draft::dequeue() {
  if (queue_.empty()) return std::nullopt;
  std::string name = std::move(queue_.front());
  queue_.pop_front();
  queued_.erase(name);
  return name;
}

}  // namespace hammock::job
