// The draft: a State as it will be once the facts decided so far are applied. It copies only the
// services that a decision touches, and keeps the queue of services that still have to be looked
// at.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "core/service/fold.h"
#include "core/service/service.h"

namespace hammock::service {

class Draft {
 public:
  // The state must outlive the draft.
  Draft(const State& state, Now now) : state_(state), house_(state.house), now_(now) {
    not_off_ = state.not_off;
  }

  Now now() const { return now_; }
  const State& state() const { return state_; }
  const House& house() const { return house_; }
  const Service& service(ServiceIndex index) const { return state_.services[index]; }
  const Setup& setup(ServiceIndex index) const { return state_.services[index].setup; }
  // The changing part, as decided so far. Valid until the service is first touched by record() or
  // open(), and from then on for good; its instances move when one is added.
  const Live& live(ServiceIndex index) const;
  std::optional<ServiceIndex> find(std::string_view name) const;
  bool everything_is_off() const { return not_off_ == 0; }
  std::size_t facts_so_far() const { return decision_.facts.size(); }

  void open(ServiceIndex index);

  void record(Fact fact);
  void order(Order order) { decision_.orders.push_back(std::move(order)); }

  // Services to look at, each once, in the order of asking.
  void enqueue(ServiceIndex index);
  bool is_queued(ServiceIndex index) const { return queued_.contains(index); }
  std::optional<ServiceIndex> dequeue();

  // Slots whose view was read in this turn: only then a watchdog may be declared dead.
  void mark_fresh(ServiceIndex index, std::uint32_t instance) {
    fresh_.insert(key(index, instance));
  }
  bool is_fresh(ServiceIndex index, std::uint32_t instance) const {
    return fresh_.contains(key(index, instance));
  }

  Decision take() { return std::move(decision_); }

 private:
  static std::uint64_t key(ServiceIndex index, std::uint32_t instance) {
    return (std::uint64_t{index} << 32) | instance;
  }

  const State& state_;
  House house_;
  Now now_;
  std::size_t not_off_ = 0;
  std::unordered_map<ServiceIndex, Live> touched_;
  std::deque<ServiceIndex> queue_;
  std::unordered_set<ServiceIndex> queued_;
  std::unordered_set<std::uint64_t> fresh_;
  Decision decision_;
};

}  // namespace hammock::service
