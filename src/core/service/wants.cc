#include "core/service/wants.h"

#include <algorithm>

#include "core/service/query.h"

namespace hammock::service {
namespace {

bool holds_up(Standing need) {
  return need != Standing::kReady && need != Standing::kUnderWay;
}

bool has_trouble(const Live& live) {
  return std::ranges::any_of(live.instances, [](const Instance& instance) {
    return instance.member && (instance.failures > 0 || instance.failed_config);
  });
}

Standing standing_of(const Draft& draft, ServiceIndex index) {
  const Live& live = draft.live(index);
  const Service& service = draft.service(index);
  if (want_of(draft, index) == Want::kDown) {
    return is_quiet(live) ? Standing::kOff : Standing::kStopping;
  }
  if (service.setup->config.on_demand) {
    if (any_alive(live)) return Standing::kReady;
    return std::ranges::any_of(live.instances, is_run_wanted) ? Standing::kUnderWay
                                                              : Standing::kOff;
  }
  if (ready_count(live) >= ready_floor(service.setup->config)) return Standing::kReady;
  bool held = std::ranges::any_of(
      service.needs, [&](ServiceIndex need) { return holds_up(draft.live(need).standing); });
  return held || has_trouble(live) ? Standing::kHeldUp : Standing::kUnderWay;
}

}  // namespace

Want want_of(const House& house, const Service& service, const Live& live) {
  if (house.stop || !service.configured) return Want::kDown;
  return live.pin.value_or(Want::kUp);
}

Want want_of(const Draft& draft, ServiceIndex index) {
  return want_of(draft.house(), draft.service(index), draft.live(index));
}

bool may_start(const Draft& draft, ServiceIndex index) {
  const Service& service = draft.service(index);
  auto is_ready_now = [&](ServiceIndex need) {
    return draft.live(need).standing == Standing::kReady;
  };
  auto is_settled = [&](ServiceIndex earlier) {
    return draft.live(earlier).standing != Standing::kUnderWay;
  };
  return std::ranges::all_of(service.needs, is_ready_now) &&
         std::ranges::all_of(service.after, is_settled);
}

bool may_stop(const Draft& draft, ServiceIndex index) {
  if (!draft.house().stop) return true;
  return std::ranges::all_of(draft.service(index).dependents, [&](ServiceIndex dependent) {
    return is_quiet(draft.live(dependent));
  });
}

std::string waits_for(const State& state, const Service& service) {
  for (ServiceIndex need : service.needs) {
    if (state.services[need].live.standing != Standing::kReady) return state.services[need].name;
  }
  for (ServiceIndex earlier : service.after) {
    if (state.services[earlier].live.standing == Standing::kUnderWay) {
      return state.services[earlier].name;
    }
  }
  return "";
}

void settle_standing(Draft& draft, ServiceIndex index) {
  Standing standing = standing_of(draft, index);
  if (standing == draft.live(index).standing) return;
  const Service& service = draft.service(index);
  draft.record(ServiceStood{service.name, standing});
  for (ServiceIndex dependent : service.dependents)
    draft.enqueue(dependent);
  if (draft.house().stop) {
    for (ServiceIndex need : service.needs)
      draft.enqueue(need);
    for (ServiceIndex earlier : service.after)
      draft.enqueue(earlier);
  }
}

}  // namespace hammock::service
