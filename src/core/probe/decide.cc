#include <map>
#include <set>

#include "base/variant.h"
#include "core/probe/blind.h"
#include "core/probe/due.h"
#include "core/probe/evaluation.h"
#include "core/probe/grounds.h"

namespace hammock::probe {
namespace {

void define(Draft& draft, const ConfigurationGiven& given) {
  std::map<std::string_view, std::string_view> identities;
  for (const auto& [name, probe] : draft.state().probes)
    identities.emplace(name, "");
  for (const Shared<Setup>& setup : given.probes)
    identities.insert_or_assign(setup->config.name, setup->identity);
  for (const auto& [name, identity] : identities) {
    auto known = draft.state().probes.find(name);
    const bool is_known = known != draft.state().probes.end();
    if (identity == (is_known ? std::string_view(known->second.identity) : "")) continue;
    draft.say(ProbeDefined{std::string(name), std::string(identity)});
  }
  forget_unused(draft, given.probes);
  draft.say(ProbesConfigured{given.probes, draft.now().steady});
}

void wake(Draft& draft) {
  const State& state = draft.state();
  if (!state.open) return;
  const Steady now = draft.now().steady;
  for (const auto& [due, name] : state.dues) {
    if (due > now) break;
    const Probe& probe = *draft.find(name);
    const Duration every = probe.setup->config.every;
    Run& run = draft.run(name);
    run.skipped += static_cast<std::uint64_t>((now - due) / every);
    run.due = due_after(name, every, now);
    if (run.going_on) {
      ++run.skipped;
      if (now < run.asked_at + kAnswerMost) continue;
      give_up(draft, name, "no answer came from our own courier");
    }
    begin(draft, name);
  }
}

// Whoever waits for this ground goes on.
void look_ended(Draft& draft, const std::string& ground, const Tried& tried) {
  if (draft.look(ground).asked != tried.id) return;
  Look& look = draft.change_look(ground);
  look.asked = 0;
  look.last = tried.verdict;
  look.last_began = look.began;
  look.last_ended = draft.now().steady;
  if (!tried.witness.empty() && tried.verdict == Verdict::kGood) witness_seen(draft, tried.witness);
  auto waiting = draft.state().waiting.find(ground);
  if (waiting == draft.state().waiting.end()) return;
  for (const std::string& name : waiting->second)
    consult_again(draft, name);
}

void tried(Draft& draft, const Tried& tried) {
  const Probe* probe = draft.find(tried.probe);
  if (probe != nullptr && probe->run.asked == tried.id) return end_try(draft, tried.probe, tried);
  look_ended(draft, tried.witness.empty() ? ground_of_probe(tried.probe) : tried.witness, tried);
}

void slept(Draft& draft) {
  for (const auto& [name, probe] : draft.state().probes) {
    if (probe.configured && probe.run.going_on) give_up(draft, name, "the machine slept meanwhile");
  }
}

// What is out is of no interest any more: the services that it looks at go down.
void house_seen(Draft& draft, bool open) {
  if (open == draft.state().open) return;
  if (!open) {
    for (const auto& [name, probe] : draft.state().probes) {
      if (!probe.configured) continue;
      Run& run = draft.run(name);
      run.going_on = false;
      run.asked = 0;
    }
  }
  draft.say(HouseStood{open, draft.now().steady});
}

}  // namespace

Decision decide(const State& state, const Event& event, Now now) {
  Draft draft(state, now);
  match(
      event, [&](const ConfigurationGiven& given) { define(draft, given); },
      [&](const Tried& some) { tried(draft, some); },
      [&](const HouseSeen& seen) { house_seen(draft, seen.open); },
      [&](const Slept&) { slept(draft); }, [&](const Wake&) { wake(draft); });
  return draft.take();
}

std::optional<Steady> next_wake(const State& state) {
  if (!state.open || state.dues.empty()) return std::nullopt;
  return state.dues.begin()->first;
}

}  // namespace hammock::probe
