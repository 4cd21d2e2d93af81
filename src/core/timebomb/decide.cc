#include <algorithm>
#include <map>

#include "base/variant.h"
#include "core/timebomb/draft.h"
#include "core/timebomb/ladder.h"

namespace hammock::timebomb {
namespace {

// A look that told nothing is repeated after this part of `every`, then twice as long each time.
constexpr int kRetryPart = 64;
constexpr Duration kRetryLeast = std::chrono::seconds(1);
// A date that moved less than this, or than this part of what is left, is the same.
constexpr Duration kMovedLeast = std::chrono::hours(1);
constexpr int kMovedPart = 20;

void leave(const Run& run, Decision& decision) {
  if (run.asked != 0) decision.orders.emplace_back(Leave{run.asked});
}

void define(const State& state, const ConfigurationGiven& given, Now now, Decision& decision) {
  std::map<std::string_view, std::string_view> identities;
  for (const auto& [name, bomb] : state.bombs)
    identities.emplace(name, "");
  for (const Shared<Setup>& setup : given.timebombs)
    identities.insert_or_assign(setup->config.name, setup->identity);
  for (const auto& [name, identity] : identities) {
    auto known = state.bombs.find(name);
    const bool is_known = known != state.bombs.end();
    if (identity == (is_known ? std::string_view(known->second.identity) : "")) continue;
    if (is_known) leave(known->second.run, decision);
    decision.facts.emplace_back(TimebombDefined{std::string(name), std::string(identity)});
  }
  decision.facts.emplace_back(TimebombsConfigured{given.timebombs, now});
}

Duration retry_after(Duration every, std::uint32_t failed) {
  const Duration least = std::min(kRetryLeast, every);
  const std::uint32_t doublings = std::min(failed - 1, 16U);
  return std::clamp(every / kRetryPart * (1 << doublings), least, every);
}

bool is_news(const Bomb& bomb, const Reading& reading, Instant now) {
  if (!bomb.kept || now - bomb.kept_at >= kKeepEvery) return true;
  if (bomb.kept->identity != reading.identity) return true;
  if (bomb.kept->goes_off.has_value() != reading.goes_off.has_value()) return true;
  if (!reading.goes_off) return false;
  const Duration moved = std::chrono::abs(*reading.goes_off - *bomb.kept->goes_off);
  const Duration left = std::chrono::abs(*reading.goes_off - now);
  return moved > std::max(kMovedLeast, left / kMovedPart);
}

TimebombRead to_fact(const std::string& name, const Reading& reading, Instant at) {
  auto or_none = [](const std::optional<Instant>& instant) { return instant.value_or(Instant{}); };
  return {name,
          at,
          reading.identity,
          or_none(reading.goes_off),
          or_none(reading.early),
          or_none(reading.late),
          or_none(reading.begins),
          reading.evidence};
}

// In what is remembered the epoch says that there is none.
Reading unlike_none(Reading reading) {
  if (reading.goes_off == Instant{}) reading.goes_off = Instant(Duration(1));
  return reading;
}

void found_out(Draft& draft, const Reading& reading) {
  const Now now = draft.now();
  Run& run = draft.run();
  run.failed = 0;
  run.why.clear();
  run.due = now.steady + draft.config().every;
  if (draft.bomb().reading && draft.bomb().reading->identity != reading.identity) run.calm = 0;
  if (draft.bomb().is_unknown) draft.say(TimebombKnown{draft.name(), now.wall});
  if (is_news(draft.bomb(), reading, now.wall)) draft.say(to_fact(draft.name(), reading, now.wall));
  draft.see(reading);
  const bool is_near =
      reading.goes_off &&
      rung_at(rungs_of(draft.config(), reading), *reading.goes_off - now.wall).has_value();
  run.calm = is_near ? 0 : run.calm + 1;
}

void too_early(Draft& draft, const std::string& why) {
  Run& run = draft.run();
  run.failed = 0;
  run.why = why;
  run.due = draft.now().steady + draft.config().every;
}

void found_nothing(Draft& draft, const std::string& why) {
  const Now now = draft.now();
  const Bomb& bomb = draft.bomb();
  Run& run = draft.run();
  ++run.failed;
  run.why = why;
  run.due = now.steady + retry_after(draft.config().every, run.failed);
  const bool is_old = !bomb.reading || now.wall - bomb.read_at > trust_of(draft.config());
  if (bomb.is_unknown || !is_old || run.failed < kUnknownLooks) return;
  draft.say(TimebombUnknown{draft.name(), now.wall, bomb.read_at, why});
}

void looked(const State& state, const Looked& looked, Now now, Decision& decision) {
  auto found = state.bombs.find(looked.timebomb);
  if (found == state.bombs.end() || !found->second.configured) return;
  if (looked.id == 0 || found->second.run.asked != looked.id) return;
  Draft draft(looked.timebomb, found->second, now, decision);
  draft.run().asked = 0;
  draft.run().has_looked = true;
  match(
      looked.told, [&](const Reading& reading) { found_out(draft, unlike_none(reading)); },
      [&](const Unread& unread) {
        if (unread.is_early)
          too_early(draft, unread.why);
        else
          found_nothing(draft, unread.why);
      });
  climb(draft);
  draft.end();
}

void wake(const State& state, Now now, Decision& decision) {
  if (!state.open) return;
  std::uint64_t asked = state.asked;
  for (const auto& [at, name] : state.dues) {
    if (at > now.steady) break;
    Draft draft(name, state.bombs.find(name)->second, now, decision);
    Run& run = draft.run();
    if (run.asked != 0 && run.late <= now.steady) {
      leave(run, decision);
      run.asked = 0;
      run.has_looked = true;
      found_nothing(draft, "the look at it did not end");
    } else if (run.asked == 0 && run.due <= now.steady) {
      run.asked = ++asked;
      run.late = now.steady + draft.config().timeout + kAnswerLate;
      draft.order(Look{asked, name});
    }
    climb(draft);
    draft.end();
  }
  if (asked != state.asked) decision.facts.emplace_back(LooksNumbered{asked});
}

void clock_set(const State& state, Now now, Decision& decision) {
  for (const std::string& name : state.order) {
    Draft draft(name, state.bombs.find(name)->second, now, decision);
    draft.clock_set();
    climb(draft);
    draft.end();
  }
}

// What is out is of no interest any more: a database may go down.
void house_seen(const State& state, bool open, Now now, Decision& decision) {
  if (open == state.open) return;
  for (const std::string& name : state.order) {
    Draft draft(name, state.bombs.find(name)->second, now, decision);
    leave(draft.run(), decision);
    draft.run().asked = 0;
    draft.end();
  }
  decision.facts.emplace_back(HouseStood{open});
}

}  // namespace

Decision decide(const State& state, const Event& event, Now now) {
  Decision decision;
  match(
      event, [&](const ConfigurationGiven& given) { define(state, given, now, decision); },
      [&](const Looked& some) { looked(state, some, now, decision); },
      [&](const HouseSeen& seen) { house_seen(state, seen.open, now, decision); },
      [&](const Wake&) { wake(state, now, decision); },
      [&](const ClockSet&) { clock_set(state, now, decision); });
  return decision;
}

std::optional<Steady> next_wake(const State& state) {
  if (!state.open || state.dues.empty()) return std::nullopt;
  return state.dues.begin()->first;
}

}  // namespace hammock::timebomb
