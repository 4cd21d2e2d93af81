#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "base/variant.h"
#include "core/timebomb/draft.h"

namespace hammock::timebomb {
namespace {

std::optional<Instant> unless_none(Instant at) {
  return at == Instant{} ? std::nullopt : std::optional(at);
}

void fold(Bomb& bomb, const TimebombRead& read) {
  bomb.kept = Reading{read.identity,          unless_none(read.goes_off), unless_none(read.early),
                      unless_none(read.late), unless_none(read.begins),   read.evidence};
  bomb.kept_at = read.at;
  bomb.reading = bomb.kept;
  bomb.read_at = read.at;
}
void fold(Bomb& bomb, const TimebombWarned& warned) {
  bomb.told = warned.told;
}
void fold(Bomb& bomb, const TimebombWentOff& off) {
  bomb.told = off.told;
}
void fold(Bomb& bomb, const TimebombDefused& defused) {
  bomb.told = defused.told;
}
void fold(Bomb& bomb, const TimebombEased& eased) {
  bomb.told = eased.told;
}
void fold(Bomb& bomb, const TimebombUnknown&) {
  bomb.is_unknown = true;
}
void fold(Bomb& bomb, const TimebombKnown&) {
  bomb.is_unknown = false;
}

// Calls `change`, and keeps the index of who wakes us when.
template <class Change>
void change(State& state, const std::string& name, Bomb& bomb, Change&& change) {
  if (bomb.configured) state.dues.erase({wake_of(bomb), name});
  change();
  if (bomb.configured) state.dues.emplace(wake_of(bomb), name);
}

// What was known of it was of something else.
void fold(State& state, const TimebombDefined& defined) {
  Bomb& bomb = state.bombs[defined.timebomb];
  change(state, defined.timebomb, bomb, [&] {
    bomb = Bomb();
    bomb.identity = defined.identity;
  });
}

Duration soon_of(const std::string& name) {
  return Duration(static_cast<std::int64_t>(fnv1a(name) % kSpread.count()));
}

// Whoever was read before is read again when its time comes, the others soon.
Steady first_look(const std::string& name, const Bomb& bomb, Now now) {
  const Duration soon = soon_of(name);
  if (!bomb.reading) return now.steady + soon;
  const Duration every = bomb.setup->config.every;
  return now.steady + std::clamp(bomb.read_at + every - now.wall, soon, every + soon);
}

void fold(State& state, const TimebombsConfigured& configured) {
  state.known = true;
  state.order.clear();
  state.dues.clear();
  std::erase_if(state.bombs, [](const auto& one) { return one.second.identity.empty(); });
  for (const Shared<Setup>& setup : configured.timebombs) {
    const std::string& name = setup->config.name;
    Bomb& bomb = state.bombs[name];
    const bool is_known = std::exchange(bomb.configured, true);
    const bool is_same = is_known && bomb.setup == setup;
    bomb.setup = setup;
    // The clock may have been set while no process was there.
    bomb.read_at = std::min(bomb.read_at, configured.at.wall);
    if (!is_known) {
      bomb.run.due = first_look(name, bomb, configured.at);
    } else if (!is_same) {
      // What was found out is judged anew.
      bomb.run.due = configured.at.steady + soon_of(name);
    }
    // Its ladder may be another one.
    bomb.run.check = configured.at.steady;
    state.dues.emplace(wake_of(bomb), name);
    state.order.push_back(name);
  }
}

void fold(State& state, const TimebombMoved& moved) {
  auto found = state.bombs.find(moved.timebomb);
  if (found == state.bombs.end() || !found->second.configured) return;
  change(state, moved.timebomb, found->second, [&] {
    found->second.run = moved.run;
    found->second.reading = moved.reading;
    found->second.read_at = moved.read_at;
  });
}
void fold(State& state, const LooksNumbered& numbered) {
  state.asked = numbered.asked;
}
void fold(State& state, const HouseStood& stood) {
  state.open = stood.open;
}

}  // namespace

Steady wake_of(const Bomb& bomb) {
  return std::min(bomb.run.check, bomb.run.asked != 0 ? bomb.run.late : bomb.run.due);
}

void fold_into(Bomb& bomb, const Fact& fact) {
  std::visit(
      [&](const auto& some) {
        if constexpr (requires { fold(bomb, some); }) fold(bomb, some);
      },
      fact);
}

void apply(State& state, const Fact& fact) {
  auto found = state.bombs.find(timebomb_of(fact));
  if (found != state.bombs.end()) fold_into(found->second, fact);
  std::visit(
      [&](const auto& some) {
        if constexpr (requires { fold(state, some); }) fold(state, some);
      },
      fact);
}

const Shared<Setup>* find_setup(const State& state, std::string_view timebomb) {
  auto found = state.bombs.find(timebomb);
  return found != state.bombs.end() && found->second.configured ? &found->second.setup : nullptr;
}

}  // namespace hammock::timebomb
