#include "core/probe/evaluation.h"

#include <algorithm>
#include <utility>

#include "core/probe/blind.h"
#include "core/probe/grounds.h"

namespace hammock::probe {
namespace {

// A roll of a minute is handed on when the minute is over, or at once where few results come.
constexpr Duration kOftenEnough = std::chrono::minutes(1);

void send_try(Draft& draft, const std::string& name) {
  Run& run = draft.run(name);
  run.asked = draft.ask({.id = 0, .probe = name, .witness = {}});
  run.asked_at = draft.now().steady;
}

void add_to_roll(Draft& draft, const std::string& name, Verdict verdict, Duration took) {
  Run& run = draft.run(name);
  const Duration every = draft.find(name)->setup->config.every;
  const Steady now = draft.now().steady;
  const bool is_first = run.seen_at == Steady{};
  const Duration time =
      is_first ? Duration::zero() : std::min(now - run.seen_at, every * kStandsMost);
  std::vector<Roll> over;
  add(run.roll, {draft.now().wall, time, verdict, took}, over);
  if (every >= kOftenEnough) over.push_back(std::exchange(run.roll, Roll()));
  for (Roll& roll : over)
    draft.order(Add{name, roll});
}

// So many fall together that it is said.
void compare_falls(Draft& draft) {
  const State& state = draft.state();
  const Instant now = draft.now().wall;
  if (state.together && now - *state.together < kTogetherWithin) return;
  std::size_t fallen = 1;
  Instant since = now;
  for (const Instant& fall : state.falls) {
    if (fall > now || now - fall > kTogetherWithin) continue;
    ++fallen;
    since = std::min(since, fall);
  }
  const std::size_t all = state.order.size();
  if (fallen < kTogetherLeast || fallen * 100 <= all * kTogetherPercent) return;
  draft.say(ProbesFellTogether{since, now, static_cast<std::uint32_t>(fallen),
                               static_cast<std::uint32_t>(all)});
}

void conclude_good(Draft& draft, const std::string& name) {
  const Probe& probe = *draft.find(name);
  const Config& config = probe.setup->config;
  Run& run = draft.run(name);
  if (run.good_in_row++ == 0) run.good_since = run.began;
  if (probe.down) {
    if (run.good_in_row < config.recover_after) return;
    draft.say(ProbeRose{name, run.good_since, draft.now().wall, probe.down_since});
  } else if (!probe.outcomes.empty()) {
    const std::uint32_t n = config.fail_after.value_or(KOfN()).n;
    ProbeCounted counted{name, draft.now().wall, with_outcome(probe.outcomes, kGoodOutcome, n),
                         probe.bad_since, probe.message};
    if (bad_outcomes(counted.outcomes, n) == 0) {
      counted.outcomes.clear();
      counted.since = {};
    }
    draft.say(std::move(counted));
  }
}

void conclude_bad(Draft& draft, const std::string& name, const std::string& message) {
  const Probe& probe = *draft.find(name);
  Run& run = draft.run(name);
  run.good_in_row = 0;
  if (probe.down) return;
  const KOfN rule = probe.setup->config.fail_after.value_or(KOfN());
  const Instant since = probe.outcomes.empty() ? run.began : probe.bad_since;
  std::string outcomes = with_outcome(probe.outcomes, kBadOutcome, rule.n);
  if (bad_outcomes(outcomes, rule.n) < rule.k) {
    draft.say(ProbeCounted{name, draft.now().wall, std::move(outcomes), since, message});
    return;
  }
  compare_falls(draft);
  draft.say(ProbeFell{name, since, draft.now().wall, message});
}

void conclude(Draft& draft, const std::string& name, Verdict verdict, Duration took,
              const std::string& message) {
  add_to_roll(draft, name, verdict, took);
  // What is good shows that we see.
  if (verdict == Verdict::kGood) {
    see_again(draft, witnesses_text(*draft.find(name)->setup));
    conclude_good(draft, name);
  } else if (verdict == Verdict::kBad) {
    conclude_bad(draft, name, message);
  }
  Run& run = draft.run(name);
  run.going_on = false;
  run.asked = 0;
  run.seen_at = draft.now().steady;
  run.seen = draft.now().wall;
  run.verdict = verdict;
  run.took = took;
  run.said = message;
}

// Whoever has grounds is tried once more after these were found good: they may have been bad
// before.
std::uint32_t tries_most(const Setup& setup) {
  const bool has_grounds = !setup.config.depends_on.empty() || !setup.witnesses.empty();
  return 1 + std::max(setup.config.retries, has_grounds ? 1U : 0U);
}

void go_on(Draft& draft, const std::string& name, Duration took) {
  const Setup& setup = draft.find(name)->setup;
  Run& run = draft.run(name);
  if (!run.grounds_good) {
    const Consulted grounds = consult(draft, setup, run.tried);
    if (grounds.standing == Standing::kPending) return;
    if (grounds.standing == Standing::kBad) {
      if (grounds.is_blind) go_blind(draft, witnesses_text(setup), run.began);
      return conclude(draft, name, Verdict::kUnknown, took, run.why_bad + "; but " + grounds.why);
    }
    run.grounds_good = true;
  }
  if (run.tries < tries_most(setup)) return send_try(draft, name);
  conclude(draft, name, Verdict::kBad, took, run.why_bad);
}

}  // namespace

void begin(Draft& draft, const std::string& name) {
  Run& run = draft.run(name);
  run.going_on = true;
  run.tries = 0;
  run.grounds_good = false;
  run.began = draft.now().wall;
  run.why_bad.clear();
  send_try(draft, name);
}

void end_try(Draft& draft, const std::string& name, const Tried& tried) {
  Run& run = draft.run(name);
  run.asked = 0;
  run.numbers = tried.numbers;
  if (tried.verdict != Verdict::kBad) {
    return conclude(draft, name, tried.verdict, tried.took, tried.message);
  }
  ++run.tries;
  run.tried = draft.now().steady;
  run.why_bad = tried.message;
  go_on(draft, name, tried.took);
}

void consult_again(Draft& draft, const std::string& name) {
  const Probe* probe = draft.find(name);
  if (probe == nullptr || !probe->run.going_on || probe->run.asked != 0) return;
  go_on(draft, name, Duration::zero());
}

void give_up(Draft& draft, const std::string& name, const std::string& why) {
  conclude(draft, name, Verdict::kUnknown, Duration::zero(), why);
}

}  // namespace hammock::probe
