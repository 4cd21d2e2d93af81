#include <algorithm>
#include <map>

#include "base/text.h"
#include "base/variant.h"
#include "core/heartbeat/beside.h"
#include "core/heartbeat/heartbeat.h"
#include "core/heartbeat/judge.h"

namespace hammock::heartbeat {
namespace {

// When this becomes another one, time begins anew: nobody is blamed by a rule for what was before
// it.
std::string timing_of(const Setup& setup) {
  std::string text = schedule_text(setup);
  const auto& within = setup.config.success_within;
  return within ? text + ", a success within " + format_duration(*within) : text;
}

bool is_there(const Heartbeat& heartbeat) {
  return heartbeat.configured || heartbeat.created;
}

const Heartbeat* find(const State& state, std::string_view name) {
  auto found = state.heartbeats.find(name);
  return found != state.heartbeats.end() && is_there(found->second) ? &found->second : nullptr;
}

// Those whose deadlines have passed.
void judge(const State& state, Now now, Decision& decision) {
  if (!state.watching) return;
  for (const auto& [deadline, name] : state.deadlines) {
    if (deadline > now.wall + kClockNoise) return;
    judged(state, name, state.heartbeats.find(name)->second, now, decision.facts);
  }
}

// How it was before this event: as it is, or as judge() has just found it.
Heartbeat before(const State& state, const std::string& name, Now now) {
  const Heartbeat* found = find(state, name);
  std::vector<Fact> said;
  return found != nullptr ? judged(state, name, *found, now, said) : Heartbeat();
}

bool is_ignored(const Heartbeat& heartbeat, const Ping& ping) {
  const Config& config = heartbeat.setup->config;
  const bool other_method = config.post_only && !ping.method.empty() && ping.method != "POST";
  return other_method || (config.manual_resume && heartbeat.status == Status::kPaused);
}

// The run that a ping belongs to is over with it. One of another run goes on, unless it is overdue.
void end_run(PingTaken& taken, const Ping& ping, Duration grace) {
  if (taken.started == Instant{}) return;
  if (taken.started_rid == ping.rid) {
    taken.took = std::max(taken.at - taken.started, Duration::zero());
    taken.last_duration = taken.took;
  } else if (ping.signal == Signal::kSuccess && !ping.rid.empty() &&
             taken.started + grace > taken.at) {
    return;
  }
  taken.started = {};
  taken.started_rid.clear();
}

void compare_with_schedule(PingTaken& taken, const Setup& setup) {
  const bool has_begun = taken.took != kNoDuration;
  const std::int32_t hours = hours_beside(setup, has_begun ? taken.at - taken.took : taken.at);
  const bool again = hours == taken.beside_hours;
  taken.beside_count = hours == 0 ? 0 : again ? taken.beside_count + 1 : 1;
  taken.beside_hours = hours;
}

// Counts the outcome. Whether it is a failure that is borne; one that is not ends the count, and so
// does being up again.
bool count(PingTaken& taken, const Heartbeat& heartbeat, Signal signal) {
  const bool is_bad = signal == Signal::kFail;
  taken.outcomes = outcomes_with(heartbeat, is_bad ? kBadOutcome : kGoodOutcome);
  if (is_bad && !is_down_by(heartbeat, taken.outcomes)) return true;
  if (is_bad || heartbeat.status != Status::kUp) taken.outcomes.clear();
  return false;
}

void take(PingTaken& taken, const Ping& ping, const Heartbeat& heartbeat) {
  const Setup& setup = heartbeat.setup;
  if (ping.signal == Signal::kStart) {
    taken.started = taken.at;
    taken.started_rid = ping.rid;
    return;
  }
  const bool is_good = ping.signal == Signal::kSuccess;
  const bool is_borne = count(taken, heartbeat, ping.signal);
  const Status status = is_good || is_borne ? Status::kUp : Status::kDown;
  if (taken.status != status) taken.since = taken.at;
  taken.status = status;
  taken.last_ping = taken.at;
  if (is_good) taken.last_success = taken.at;
  end_run(taken, ping, setup.config.grace);
  if (is_good) compare_with_schedule(taken, setup);
}

PingTaken taken_from(const Heartbeat& heartbeat) {
  PingTaken taken;
  taken.status = heartbeat.status;
  taken.since = heartbeat.since;
  taken.last_ping = heartbeat.last_ping;
  taken.last_success = heartbeat.last_success;
  taken.started = heartbeat.started;
  taken.started_rid = heartbeat.started_rid;
  taken.last_duration = heartbeat.last_duration;
  taken.beside_hours = heartbeat.beside_hours;
  taken.beside_count = heartbeat.beside_count;
  taken.outcomes = heartbeat.outcomes;
  return taken;
}

void ping_given(const State& state, const PingGiven& given, Now now, Decision& decision) {
  if (find(state, given.heartbeat) == nullptr) {
    if (!given.creates || !may_create(state, given.heartbeat)) {
      decision.facts.emplace_back(PingMissed{given.heartbeat});
      return;
    }
    HeartbeatCreated created;
    created.heartbeat = given.heartbeat;
    created.at = now.wall;
    created.uuid = given.uuid;
    decision.facts.emplace_back(std::move(created));
  }
  const Heartbeat heartbeat = before(state, given.heartbeat, now);
  const Ping& ping = given.ping;
  PingTaken taken = taken_from(heartbeat);
  taken.heartbeat = given.heartbeat;
  taken.number = heartbeat.pings + 1;
  taken.signal = ping.signal;
  taken.ignored = is_ignored(heartbeat, ping);
  taken.exit_status = ping.exit_status;
  taken.rid = ping.rid;
  taken.at = now.wall;
  taken.scheme = ping.scheme;
  taken.method = ping.method;
  taken.agent = ping.agent;
  taken.remote = ping.remote;
  (is_utf8(ping.body) ? taken.body : taken.body_base64) =
      is_utf8(ping.body) ? ping.body : base64(ping.body);
  if (!taken.ignored && ping.signal != Signal::kLog) {
    take(taken, ping, heartbeat);
  }
  decision.facts.emplace_back(std::move(taken));
}

void setup_given(const State& state, const SetupGiven& given, Now now, Decision& decision) {
  const Setup& setup = given.setup;
  const std::string& name = setup.config.name;
  const Heartbeat* found = find(state, name);
  const auto owner = find_uuid(state, setup.uuid);
  const bool fits = given.is_new
                        ? found == nullptr && !owner && may_create(state, name)
                        : found != nullptr && !found->configured && owner.value_or(name) == name;
  if (!fits) {
    decision.orders.emplace_back(
        service::Reply{given.id, service::ReplyKind::kRefused, "somebody was first; ask again"});
    return;
  }
  decision.facts.emplace_back(ZoneKnown{setup.zone});
  HeartbeatCreated created = made_from(setup);
  created.at = now.wall;
  created.command = given.id;
  created.by = given.by;
  decision.facts.emplace_back(std::move(created));
  // Its time begins anew; it is in no configuration still.
  if (!given.is_new && timing_of(found->setup) != timing_of(setup)) {
    decision.facts.emplace_back(HeartbeatScheduled{name, now.wall, ""});
  }
  decision.orders.emplace_back(
      service::Reply{given.id, service::ReplyKind::kDone, "it is as it was said"});
}

void command_given(const State& state, const CommandGiven& given, Now now, Decision& decision) {
  auto reply = [&](service::ReplyKind kind, std::string message) {
    decision.orders.emplace_back(service::Reply{given.id, kind, std::move(message)});
  };
  const Heartbeat* found = find(state, given.heartbeat);
  if (!state.known) {
    return reply(service::ReplyKind::kRefused, "Hammock is starting; ask again");
  }
  if (found == nullptr) {
    return reply(service::ReplyKind::kRefused, "no heartbeat is called '" + given.heartbeat + "'");
  }
  const bool is_paused = before(state, given.heartbeat, now).status == Status::kPaused;
  switch (given.verb) {
    case Verb::kPause:
      if (is_paused) return reply(service::ReplyKind::kDone, "it is paused already");
      decision.facts.emplace_back(HeartbeatPaused{given.heartbeat, now.wall, given.id, given.by});
      return reply(service::ReplyKind::kDone, "it is paused: no ping is expected");
    case Verb::kResume:
      if (!is_paused) return reply(service::ReplyKind::kDone, "it is not paused");
      decision.facts.emplace_back(HeartbeatResumed{given.heartbeat, now.wall, given.id, given.by});
      return reply(service::ReplyKind::kDone, "it goes on with the next ping");
    case Verb::kRemove:
      if (found->configured) {
        return reply(service::ReplyKind::kRefused,
                     given.heartbeat + " is in the configuration: take it out there");
      }
      decision.facts.emplace_back(HeartbeatRemoved{given.heartbeat, given.id, given.by});
      return reply(service::ReplyKind::kDone, "it is forgotten");
  }
}

// Those that are in the configuration for the first time, again or no more, and those that are
// expected at other times than before.
void schedule(const State& state, const ConfigurationGiven& given, Now now, Decision& decision) {
  std::map<std::string_view, std::string> schedules;
  for (const Shared<Setup>& setup : given.heartbeats)
    schedules[setup->config.name] = timing_of(setup);
  for (const auto& [name, heartbeat] : state.heartbeats)
    schedules.try_emplace(name);
  for (const auto& [name, text] : schedules) {
    auto known = state.heartbeats.find(name);
    const std::string before = known == state.heartbeats.end() ? "" : known->second.schedule;
    if (text == before) continue;
    decision.facts.emplace_back(HeartbeatScheduled{std::string(name), now.wall, text});
  }
}

// From `since` until now nobody listened.
void blind_until_now(const State& state, Instant since, Now now, Decision& decision) {
  since = std::min(since, now.wall);
  std::vector<BlindTime> blind = state.blind;
  if (since < now.wall) blind.push_back({since, now.wall});
  if (blind.size() > kBlindTimesMost) blind.erase(blind.begin());
  decision.facts.emplace_back(WatchBegan{since, now.wall, blind_text(blind)});
}

Duration offset_of(Now now) {
  return now.wall.time_since_epoch() - now.steady.time_since_epoch();
}

void note_clocks(const State& state, Now now, Decision& decision) {
  const Duration offset = offset_of(now);
  const bool is_other = std::chrono::abs(offset - state.offset) > kClockNoise;
  const bool is_time = state.known && state.watching && now.steady >= state.watched + kWatchedEvery;
  if (is_time) decision.facts.emplace_back(Watched{now.wall});
  if (is_time || is_other) decision.facts.emplace_back(ClocksSeen{offset, now.steady});
}

Decision decide_in_time(const State& state, const Event& event, Now now) {
  Decision decision;
  match(
      event,
      [&](const ConfigurationGiven& given) {
        for (const schedule::Zone& zone : given.zones)
          decision.facts.emplace_back(ZoneKnown{zone});
        decision.facts.emplace_back(HeartbeatsConfigured{given.heartbeats});
        schedule(state, given, now, decision);
      },
      [&](const ListeningBegan& began) {
        if (state.known && state.watching) return;
        const bool ever = state.alive != Instant{} && !began.waited;
        blind_until_now(state, ever ? state.alive : now.wall, now, decision);
      },
      [&](const ListeningEnded&) {
        if (!state.watching) return;
        decision.facts.emplace_back(Watched{now.wall});
        decision.facts.emplace_back(WatchEnded{});
      },
      [&](const Blinded& blinded) {
        if (state.watching) blind_until_now(state, now.wall - blinded.length, now, decision);
      },
      [&](const PingGiven& given) {
        judge(state, now, decision);
        ping_given(state, given, now, decision);
      },
      [&](const SetupGiven& given) {
        judge(state, now, decision);
        setup_given(state, given, now, decision);
      },
      [&](const Wake&) { judge(state, now, decision); },
      [&](const CommandGiven& given) {
        judge(state, now, decision);
        command_given(state, given, now, decision);
      });
  note_clocks(state, now, decision);
  return decision;
}

}  // namespace

Decision decide(const State& state, const Event& event, Now now) {
  const Duration jump = offset_of(now) - state.offset;
  if (!state.known || !state.watching || jump < kClockSetLeast) {
    return decide_in_time(state, event, now);
  }
  // The time that the clock was put over is none in which somebody could have pinged.
  Decision decision;
  blind_until_now(state, now.wall - jump, now, decision);
  decision.facts.emplace_back(ClocksSeen{offset_of(now), now.steady});
  State next = state;
  for (const Fact& fact : decision.facts)
    heartbeat::apply(next, fact);
  Decision rest = decide_in_time(next, event, now);
  std::ranges::move(rest.facts, std::back_inserter(decision.facts));
  decision.orders = std::move(rest.orders);
  return decision;
}

std::optional<Steady> next_wake(const State& state) {
  if (!state.watching || state.deadlines.empty()) return std::nullopt;
  const Instant first = state.deadlines.begin()->first;
  return std::min(Steady(first.time_since_epoch() - state.offset), state.watched + kWatchedEvery);
}

}  // namespace hammock::heartbeat
