#include <algorithm>

#include "core/service/fold.h"
#include "core/service/query.h"

namespace hammock::service {
namespace {

using Due = std::optional<Steady>;

void sooner(Due& due, Due other) {
  if (other && (!due || *other < *due)) due = other;
}

Due due_of_ready(const House& house, const Setup& setup, const Instance& instance) {
  Due due;
  if (instance.failures > 0 && !instance.stable) {
    due = instance.ready_at + setup.config.restart.stable_after;
  }
  if (auto expiry = watchdog_expiry(house, setup, instance)) {
    sooner(due, std::max(*expiry, instance.look_at.value_or(*expiry)));
  }
  if (instance.reload) sooner(due, instance.reload->deadline);
  return due;
}

Due due_of_starting(const House& house, const Setup& setup, const Instance& instance) {
  Due due = start_deadline(house, setup, instance);
  if (instance.slot.phase != SlotPhase::kRunning) {
    sooner(due, instance.look_at);
  } else if (std::holds_alternative<ReadyWhenStarted>(setup.config.ready.how)) {
    sooner(due, instance.slot.started + kStartedGrace);
  } else {
    sooner(due, instance.check_at);
  }
  return due;
}

Due due_of_instance(const House& house, const Setup& setup, const Instance& instance) {
  if (over(instance)) return instance.look_at;
  if (const Stopping* stop = stop_of(instance)) return stop_deadline(instance, *stop);
  if (alive(instance)) {
    return became_ready(instance) ? due_of_ready(house, setup, instance)
                                  : due_of_starting(house, setup, instance);
  }
  Due due = instance.retry_at;
  if (instance.asked) sooner(due, instance.asked->again);
  return due;
}

}  // namespace

std::optional<Steady> due_of(const House& house, const Setup& setup, const Live& live) {
  Due due;
  for (const Instance& instance : live.instances) {
    sooner(due, due_of_instance(house, setup, instance));
  }
  return due;
}

}  // namespace hammock::service
