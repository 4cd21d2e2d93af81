#include "base/variant.h"
#include "core/probe/draft.h"
#include "core/probe/due.h"
#include "core/probe/grounds.h"

namespace hammock::probe {
namespace {

constexpr std::size_t kFallsMost = kProbesMost;

void set_due(State& state, const std::string& name, Probe& probe, Steady due) {
  state.dues.erase({probe.run.due, name});
  probe.run.due = due;
  state.dues.emplace(due, name);
}

bool is_waiting(const Run& run) {
  return run.going_on && run.asked == 0;
}

// The index of who waits for which ground.
void set_waiting(State& state, const std::string& name, const Probe& probe, bool waits) {
  for (const std::string& ground : grounds_of(*probe.setup)) {
    if (waits)
      state.waiting[ground].insert(name);
    else if (auto found = state.waiting.find(ground); found != state.waiting.end())
      found->second.erase(name);
  }
}

void fold(Probe& probe, const ProbeCounted& counted) {
  probe.down = false;
  probe.outcomes = counted.outcomes;
  probe.bad_since = counted.since;
  probe.message = counted.message;
}
void fold(Probe& probe, const ProbeFell& fell) {
  probe.down = true;
  probe.down_since = fell.since;
  probe.outcomes.clear();
  probe.bad_since = {};
  probe.message = fell.message;
}
void fold(Probe& probe, const ProbeRose&) {
  probe.down = false;
  probe.down_since = {};
  probe.outcomes.clear();
  probe.bad_since = {};
  probe.message.clear();
}

void fold(State&, const ProbeCounted&) {}
void fold(State& state, const ProbeFell& fell) {
  state.falls.push_back(fell.noticed);
  while (state.falls.size() > kFallsMost ||
         state.falls.front() + kTogetherWithin < state.falls.back())
    state.falls.pop_front();
}
void fold(State&, const ProbeRose&) {}
void fold(State& state, const ProbesFellTogether& together) {
  state.together = together.at;
}

// What was known of it was of something else.
void fold(State& state, const ProbeDefined& defined) {
  Probe& probe = state.probes[defined.probe];
  if (probe.configured) {
    set_waiting(state, defined.probe, probe, false);
    state.dues.erase({probe.run.due, defined.probe});
  }
  probe = Probe();
  probe.identity = defined.identity;
}

void fold(State& state, const BlindnessBegan& began) {
  state.blind.emplace(began.witnesses, began.since);
}
void fold(State& state, const BlindnessEnded& ended) {
  state.blind.erase(ended.witnesses);
}

void configure(State& state, const Shared<Setup>& setup, Steady now) {
  const std::string& name = setup->config.name;
  Probe& probe = state.probes[name];
  const bool is_timed = probe.configured && probe.setup->config.every == setup->config.every;
  if (probe.configured) set_waiting(state, name, probe, false);
  probe.configured = true;
  probe.setup = setup;
  if (!is_timed) set_due(state, name, probe, due_after(name, setup->config.every, now));
  if (is_waiting(probe.run)) set_waiting(state, name, probe, true);
  state.order.push_back(name);
  for (std::string& ground : grounds_of(*setup))
    state.looks.try_emplace(std::move(ground));
}

void fold(State& state, const ProbesConfigured& configured) {
  state.known = true;
  state.order.clear();
  std::erase_if(state.probes, [](const auto& one) { return one.second.identity.empty(); });
  for (const Shared<Setup>& setup : configured.probes)
    configure(state, setup, configured.at);
}

void fold(State& state, const ProbeMoved& moved) {
  auto found = state.probes.find(moved.probe);
  if (found == state.probes.end() || !found->second.configured) return;
  Probe& probe = found->second;
  const bool waited = is_waiting(probe.run);
  const Steady due = moved.run.due;
  if (due != probe.run.due) set_due(state, moved.probe, probe, due);
  probe.run = moved.run;
  if (waited != is_waiting(probe.run)) set_waiting(state, moved.probe, probe, !waited);
}
void fold(State& state, const LookMoved& moved) {
  state.looks[moved.ground] = moved.look;
}
void fold(State& state, const Numbered& numbered) {
  state.asked = numbered.asked;
}

// Those whose time came meanwhile are not late.
void fold(State& state, const HouseStood& stood) {
  state.open = stood.open;
  if (!stood.open) return;
  for (const std::string& name : state.order) {
    Probe& probe = state.probes.find(name)->second;
    if (probe.run.due > stood.at) continue;
    set_due(state, name, probe, due_after(name, probe.setup->config.every, stood.at));
  }
}

}  // namespace

void fold_into(Probe& probe, const Fact& fact) {
  std::visit(
      [&](const auto& some) {
        if constexpr (requires { fold(probe, some); }) fold(probe, some);
      },
      fact);
}

void apply(State& state, const Fact& fact) {
  const std::string_view name = probe_of(fact);
  if (auto found = state.probes.find(name); found != state.probes.end()) {
    fold_into(found->second, fact);
  }
  std::visit([&](const auto& some) { fold(state, some); }, fact);
}

const Shared<Setup>* find_setup(const State& state, std::string_view probe) {
  auto found = state.probes.find(probe);
  return found != state.probes.end() && found->second.configured ? &found->second.setup : nullptr;
}

}  // namespace hammock::probe
