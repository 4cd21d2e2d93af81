#include "core/heartbeat/judge.h"

#include <algorithm>

#include "core/heartbeat/deadline.h"

namespace hammock::heartbeat {

bool bears_all_failures(const Heartbeat& heartbeat) {
  const Config& config = heartbeat.setup->config;
  return heartbeat.status == Status::kUp && config.success_within && !config.fail_after;
}

bool is_down_by(const Heartbeat& heartbeat, const std::string& outcomes) {
  if (heartbeat.status != Status::kUp) return true;
  const auto& fail_after = heartbeat.setup->config.fail_after;
  if (fail_after) return bad_outcomes(outcomes, fail_after->n) >= fail_after->k;
  return !bears_all_failures(heartbeat);
}

std::string outcomes_with(const Heartbeat& heartbeat, char outcome) {
  const auto& fail_after = heartbeat.setup->config.fail_after;
  return fail_after ? with_outcome(heartbeat.outcomes, outcome, fail_after->n) : std::string();
}

void fold(Heartbeat& heartbeat, const HeartbeatFell& fell) {
  heartbeat.status = Status::kDown;
  heartbeat.since = fell.deadline;
}

void fold(Heartbeat& heartbeat, const HeartbeatMissed& missed) {
  heartbeat.outcomes = missed.outcomes;
  heartbeat.missed = std::max(heartbeat.missed, missed.expected);
  if (missed.lack == Lack::kEnd) {
    heartbeat.started = {};
    heartbeat.started_rid.clear();
  }
}

namespace {

Heartbeat judged_at(const State& state, const std::string& name, Heartbeat heartbeat, Instant at,
                    std::vector<Fact>& facts) {
  // Each one that is borne uses up an expected ping or a run; k of n of them are not borne.
  while (const auto deadline = deadline_of(state, heartbeat)) {
    if (deadline->at > at + kClockNoise) break;
    std::string outcomes = outcomes_with(heartbeat, kBadOutcome);
    if (deadline->lack == Lack::kSuccess || is_down_by(heartbeat, outcomes)) {
      const HeartbeatFell fell{name, deadline->at, at, deadline->lack};
      fold(heartbeat, fell);
      facts.emplace_back(fell);
      break;
    }
    // A run that does not end is the one whose ping is expected: that is one failure, not two. And
    // what comes next has its whole time, whatever time was credited to this one.
    Instant expected = expected_at(heartbeat).value_or(Instant::max());
    expected = expected <= deadline->at
                   ? std::max(expected, deadline->at - heartbeat.setup->config.grace)
                   : Instant{};
    const HeartbeatMissed missed{name,           deadline->at, at,
                                 deadline->lack, expected,     std::move(outcomes)};
    fold(heartbeat, missed);
    facts.emplace_back(missed);
  }
  return heartbeat;
}

}  // namespace

Heartbeat judged(const State& state, const std::string& name, Heartbeat heartbeat, Now now,
                 std::vector<Fact>& facts) {
  if (!state.watching) return heartbeat;
  return judged_at(state, name, std::move(heartbeat), now.wall, facts);
}

std::optional<Instant> falls_at(const State& state, const Heartbeat& heartbeat) {
  std::vector<Fact> facts;
  const Instant never = Instant::max() - kClockNoise;
  const Heartbeat then = judged_at(state, {}, heartbeat, never, facts);
  const bool falls = heartbeat.status != Status::kDown && then.status == Status::kDown;
  return falls ? std::optional(then.since) : std::nullopt;
}

}  // namespace hammock::heartbeat
