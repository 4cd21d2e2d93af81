// Questions about one instance and one service that several parts of this room ask.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <variant>

#include "core/service/state.h"

namespace hammock::service {

// What to do is known: a configuration says what shall run, or nothing shall.
inline bool has_purpose(const House& house) {
  return house.configured || house.stop;
}

inline bool can_act(const House& house) {
  return has_purpose(house) && house.ledger_known && house.keeper_here;
}

// Something runs, or is being started, in its slot.
inline bool alive(const Instance& instance) {
  return instance.defined && instance.slot.phase != SlotPhase::kIdle;
}

// Its run was asked for, and has not ended.
inline bool is_run_open(const Instance& instance) {
  return instance.run && !instance.run->over;
}
inline bool is_run_wanted(const Instance& instance) {
  return is_run_open(instance) && !instance.run->dropped;
}

// The exit of what is in the slot is recorded; the keeper still cleans up after it.
inline bool over(const Instance& instance) {
  return alive(instance) && instance.recorded >= instance.slot.generation;
}

// The stop that was asked of the present copy; null when none was.
inline const Stopping* stop_of(const Instance& instance) {
  bool present =
      alive(instance) && instance.stop && instance.stop->generation == instance.slot.generation;
  return present ? &*instance.stop : nullptr;
}

inline bool became_ready(const Instance& instance) {
  return instance.ready != 0 && instance.ready == instance.slot.generation;
}

inline bool is_ready(const Instance& instance) {
  return alive(instance) && !over(instance) && became_ready(instance) &&
         stop_of(instance) == nullptr && !instance.slot.stopping;
}

// It runs, but another start would give another program, or it was asked to be replaced.
inline bool outdated(const Instance& instance, const Setup& setup) {
  return alive(instance) &&
         (instance.slot.generation <= instance.marked || instance.slot.spec != setup.start_hash);
}

inline bool any_alive(const Live& live) {
  return std::ranges::any_of(live.instances, alive);
}

// Its start was ordered, and nobody knows yet whether it happened.
inline bool is_start_under_way(const Instance& instance) {
  return !alive(instance) && instance.asked && instance.asked->order == KeeperOrder::kSpawn;
}

// Nothing runs, and nothing is about to.
inline bool is_quiet(const Live& live) {
  return std::ranges::none_of(live.instances, [](const Instance& instance) {
    return alive(instance) || is_start_under_way(instance);
  });
}

inline std::uint32_t ready_count(const Live& live) {
  return static_cast<std::uint32_t>(std::ranges::count_if(live.instances, is_ready));
}

inline const Instance* find_instance(const Live& live, std::uint32_t number) {
  for (const Instance& instance : live.instances) {
    if (instance.number == number) return &instance;
  }
  return nullptr;
}

inline std::uint32_t ready_floor(const Config& config) {
  return std::max<std::uint32_t>(1, config.min_ready);
}

// Where a copy stands when its time to become ready is up. Nothing counts from before we could see.
inline Steady start_deadline(const House& house, const Setup& setup, const Instance& instance) {
  bool running = instance.slot.phase == SlotPhase::kRunning;
  Steady begin =
      std::max(running ? instance.slot.started : instance.first_seen, house.watched_since);
  Steady deadline = begin + setup.config.ready.within;
  return std::max(deadline, instance.slot.extend_until.value_or(deadline));
}

inline Steady stop_deadline(const Instance& instance, const Stopping& stop) {
  if (stop.killed) return stop.deadline;
  return std::max(stop.deadline, instance.slot.extend_until.value_or(stop.deadline));
}

// When its watchdog runs out, as far as we have seen it fed; none: nobody watches it.
inline std::optional<Steady> watchdog_expiry(const House& house, const Setup& setup,
                                             const Instance& instance) {
  std::optional<Duration> timeout = instance.slot.watchdog_timeout;
  if (!timeout) timeout = setup.config.watchdog;
  if (!timeout || !is_ready(instance)) return std::nullopt;
  Steady base = std::max(instance.ready_at, house.watched_since);
  return std::max(base, instance.slot.watchdog_fed.value_or(base)) + *timeout;
}

inline bool asks_for_readiness(const Config& config) {
  return std::holds_alternative<ReadyByTcp>(config.ready.how) ||
         std::holds_alternative<ReadyByCommand>(config.ready.how);
}

}  // namespace hammock::service
