#include "core/service/roll.h"

#include <algorithm>
#include <ranges>
#include <vector>

#include "core/service/instance.h"
#include "core/service/policy.h"
#include "core/service/query.h"
#include "core/service/wants.h"

namespace hammock::service {
namespace {

struct Census {
  std::uint32_t members = 0;
  std::uint32_t ready = 0;     // members or not
  std::uint32_t outdated = 0;  // members that are to be replaced and not yet asked to end
  bool fresh_pending = false;  // a member that is not outdated and not ready
  bool leaving = false;        // a copy is on its way out
};

Census count(const Live& live, const Setup& setup) {
  Census census;
  census.ready = ready_count(live);
  for (const Instance& it : live.instances) {
    bool stopping = stop_of(it) != nullptr;
    census.leaving = census.leaving || (alive(it) && (stopping || !it.member));
    if (!it.member) continue;
    ++census.members;
    if (outdated(it, setup) && !stopping)
      ++census.outdated;
    else if (!is_ready(it))
      census.fresh_pending = true;
  }
  return census;
}

bool begins_new_first(const Config& config) {
  return !config.listen.empty() || config.min_ready >= config.instances;
}

// The floor that our own actions respect.
bool can_spare(const Census& census, const Instance& it, const Config& config) {
  return !is_ready(it) || census.ready > std::min(config.min_ready, config.instances);
}

void set_member(Draft& draft, ServiceIndex index, std::uint32_t number, bool member) {
  draft.record(MemberSet{draft.service(index).name, number, member});
}

// The lowest number that is free: no member, and nothing left of an older copy.
std::optional<std::uint32_t> free_number(const Live& live, std::uint32_t highest) {
  for (std::uint32_t number = 1; number <= highest; ++number) {
    const Instance* it = find_instance(live, number);
    if (it == nullptr || (!it->member && !alive(*it))) return number;
  }
  return std::nullopt;
}

// A number that still runs, from before we remember or before it was to go, rather than a new one.
std::optional<std::uint32_t> number_to_add(const Live& live, std::uint32_t instances) {
  const Instance* running = nullptr;
  for (const Instance& it : live.instances) {
    if (it.member || !alive(it) || stop_of(it) != nullptr) continue;
    if (running == nullptr || (is_ready(it) && !is_ready(*running))) running = &it;
  }
  return running != nullptr ? running->number : free_number(live, instances + 1);
}

void add_members(Draft& draft, ServiceIndex index, std::uint32_t wanted) {
  std::uint32_t members = count(draft.live(index), draft.setup(index)).members;
  for (; members < wanted; ++members) {
    auto number = number_to_add(draft.live(index), wanted);
    if (!number) return;
    set_member(draft, index, *number, true);
  }
}

// Whom we miss least: not ready, then outdated, then the highest number.
const Instance* least_missed(const Live& live, const Setup& setup, bool only_outdated) {
  const Instance* choice = nullptr;
  auto rank = [&](const Instance& it) {
    return std::tuple(!is_ready(it), outdated(it, setup), it.number);
  };
  for (const Instance& it : live.instances) {
    if (!it.member || stop_of(it) != nullptr) continue;
    if (only_outdated && !outdated(it, setup)) continue;
    if (choice == nullptr || rank(it) > rank(*choice)) choice = &it;
  }
  return choice;
}

// Who does not run can go at once: those too many, and those whose number is beyond the spare one.
void drop_idle(Draft& draft, ServiceIndex index, std::uint32_t members, std::uint32_t allowed) {
  std::vector<std::uint32_t> idle;
  for (const Instance& it : draft.live(index).instances) {
    if (it.member && !alive(it)) idle.push_back(it.number);
  }
  std::uint32_t highest = draft.setup(index).config.instances + 1;
  for (std::uint32_t number : std::views::reverse(idle)) {
    if (members <= allowed && number <= highest) continue;
    set_member(draft, index, number, false);
    --members;
  }
}

void drop_surplus(Draft& draft, ServiceIndex index, const Census& census) {
  const Live& live = draft.live(index);
  const Setup& setup = draft.setup(index);
  if (census.leaving) return;
  const Instance* it = least_missed(live, setup, false);
  if (it != nullptr && can_spare(census, *it, setup.config)) {
    set_member(draft, index, it->number, false);
  }
}

void roll_new_first(Draft& draft, ServiceIndex index, const Census& census) {
  const Live& live = draft.live(index);
  const Setup& setup = draft.setup(index);
  if (census.members <= setup.config.instances) {
    if (census.leaving || census.fresh_pending) return;
    if (auto number = free_number(live, setup.config.instances + 1)) {
      set_member(draft, index, *number, true);
    }
  } else if (!census.fresh_pending) {
    const Instance* old = least_missed(live, setup, true);
    if (old != nullptr && can_spare(census, *old, setup.config)) {
      set_member(draft, index, old->number, false);
    }
  }
}

void roll_old_first(Draft& draft, ServiceIndex index, const Census& census) {
  const Live& live = draft.live(index);
  const Setup& setup = draft.setup(index);
  if (census.leaving || census.fresh_pending) return;
  const Instance* old = least_missed(live, setup, true);
  if (old != nullptr && can_spare(census, *old, setup.config)) {
    ask_stop(draft, index, old->number, StopReason::kRestart);
  }
}

void settle_roll(Draft& draft, ServiceIndex index, const Census& census) {
  const Roll& roll = draft.live(index).roll;
  const Config& config = draft.setup(index).config;
  const std::string& name = draft.service(index).name;
  if (census.outdated == 0) {
    if (roll.active && !census.leaving && !census.fresh_pending) draft.record(RollFinished{name});
    return;
  }
  if (!roll.active) draft.record(RollStarted{name, census.outdated});
  if (begins_new_first(config))
    roll_new_first(draft, index, census);
  else
    roll_old_first(draft, index, census);
}

}  // namespace

void settle_members(Draft& draft, ServiceIndex index) {
  const Config& config = draft.setup(index).config;
  if (config.on_demand) return;
  if (want_of(draft, index) == Want::kDown) {
    if (draft.live(index).roll.active) draft.record(RollFinished{draft.service(index).name});
    return;
  }
  const Roll& roll = draft.live(index).roll;
  Census before = count(draft.live(index), draft.setup(index));
  bool has_spare = begins_new_first(config) && before.outdated > 0 && !roll.halted;
  std::uint32_t allowed = config.instances + (has_spare ? 1 : 0);
  drop_idle(draft, index, before.members, allowed);
  add_members(draft, index, config.instances);
  Census census = count(draft.live(index), draft.setup(index));
  if (census.members > allowed) return drop_surplus(draft, index, census);
  if (!roll.halted) settle_roll(draft, index, census);
}

bool may_end(const Live& live, const Setup& setup, const Instance& instance) {
  return can_spare(count(live, setup), instance, setup.config);
}

void halt_roll_after(Draft& draft, ServiceIndex index, const InstanceExited& exit) {
  const Live& live = draft.live(index);
  const Setup& setup = draft.setup(index);
  const Instance* it = find_instance(live, exit.instance);
  if (!live.roll.active || exit.was_ready || it == nullptr) return;
  if (exit.generation <= it->marked || it->slot.spec != setup.start_hash) return;
  draft.record(RollHalted{exit.service, exit.instance,
                          "instance " + std::to_string(exit.instance) +
                              " did not become ready: " + describe_exit(exit)});
  Census census = count(live, setup);
  if (census.members > setup.config.instances) set_member(draft, index, exit.instance, false);
}

}  // namespace hammock::service
