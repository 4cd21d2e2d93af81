#include "core/service/draft.h"

namespace hammock::service {

const Live& Draft::live(ServiceIndex index) const {
  auto found = touched_.find(index);
  return found == touched_.end() ? state_.services[index].live : found->second;
}

std::optional<ServiceIndex> Draft::find(std::string_view name) const {
  auto found = state_.by_name.find(std::string(name));
  if (found == state_.by_name.end()) return std::nullopt;
  return found->second;
}

void Draft::open(ServiceIndex index) {
  auto [place, is_new] = touched_.try_emplace(index);
  if (is_new) place->second = state_.services[index].live;
}

void Draft::record(Fact fact) {
  std::string_view name = service_of(fact);
  if (auto index = name.empty() ? std::nullopt : find(name)) {
    open(*index);
    Live& live = touched_.at(*index);
    bool was_off = live.standing == Standing::kOff;
    fold_into(live, fact);
    bool is_off = live.standing == Standing::kOff;
    if (was_off && !is_off) ++not_off_;
    if (!was_off && is_off) --not_off_;
  } else {
    fold_into(house_, fact);
  }
  decision_.facts.push_back(std::move(fact));
}

void Draft::enqueue(ServiceIndex index) {
  if (queued_.insert(index).second) queue_.push_back(index);
}

std::optional<ServiceIndex> Draft::dequeue() {
  if (queue_.empty()) return std::nullopt;
  ServiceIndex index = queue_.front();
  queue_.pop_front();
  queued_.erase(index);
  return index;
}

}  // namespace hammock::service
