// The fields of every journaled fact of this room, by name, in a fixed order.
#pragma once

#include "core/heartbeat/facts.h"

namespace hammock::heartbeat {
namespace fields {

// F is the fact or the const fact; `visit` takes (std::string_view name, member).
template <class F, class Fact>
concept Is = std::is_same_v<std::remove_const_t<F>, Fact>;

template <Is<PingTaken> F>
void of(F& fact, auto& visit) {
  visit("heartbeat", fact.heartbeat);
  visit("number", fact.number);
  visit("signal", fact.signal);
  visit("ignored", fact.ignored);
  visit("exit_status", fact.exit_status);
  visit("rid", fact.rid);
  visit("took", fact.took);
  visit("at", fact.at);
  visit("scheme", fact.scheme);
  visit("method", fact.method);
  visit("agent", fact.agent);
  visit("remote", fact.remote);
  visit("body", fact.body);
  visit("body_base64", fact.body_base64);
  visit("status", fact.status);
  visit("since", fact.since);
  visit("last_ping", fact.last_ping);
  visit("last_success", fact.last_success);
  visit("started", fact.started);
  visit("started_rid", fact.started_rid);
  visit("last_duration", fact.last_duration);
  visit("beside_hours", fact.beside_hours);
  visit("beside_count", fact.beside_count);
  visit("outcomes", fact.outcomes);
}
template <Is<HeartbeatFell> F>
void of(F& fact, auto& visit) {
  visit("heartbeat", fact.heartbeat);
  visit("deadline", fact.deadline);
  visit("noticed", fact.noticed);
  visit("lack", fact.lack);
}
template <Is<HeartbeatMissed> F>
void of(F& fact, auto& visit) {
  visit("heartbeat", fact.heartbeat);
  visit("deadline", fact.deadline);
  visit("noticed", fact.noticed);
  visit("lack", fact.lack);
  visit("expected", fact.expected);
  visit("outcomes", fact.outcomes);
}
template <class F>
  requires(Is<F, HeartbeatPaused> || Is<F, HeartbeatResumed>)
void of(F& fact, auto& visit) {
  visit("heartbeat", fact.heartbeat);
  visit("at", fact.at);
  visit("command", fact.command);
  visit("by", fact.by);
}
template <Is<HeartbeatScheduled> F>
void of(F& fact, auto& visit) {
  visit("heartbeat", fact.heartbeat);
  visit("at", fact.at);
  visit("schedule", fact.schedule);
}
template <Is<HeartbeatCreated> F>
void of(F& fact, auto& visit) {
  visit("heartbeat", fact.heartbeat);
  visit("at", fact.at);
  visit("uuid", fact.uuid);
  visit("title", fact.title);
  visit("tags", fact.tags);
  visit("description", fact.description);
  visit("every", fact.every);
  visit("cron", fact.cron);
  visit("timezone", fact.timezone);
  visit("grace", fact.grace);
  visit("manual_resume", fact.manual_resume);
  visit("post_only", fact.post_only);
  visit("command", fact.command);
  visit("by", fact.by);
}
template <Is<HeartbeatRemoved> F>
void of(F& fact, auto& visit) {
  visit("heartbeat", fact.heartbeat);
  visit("command", fact.command);
  visit("by", fact.by);
}
template <Is<WatchBegan> F>
void of(F& fact, auto& visit) {
  visit("since", fact.since);
  visit("at", fact.at);
  visit("blind", fact.blind);
}
template <Is<Watched> F>
void of(F& fact, auto& visit) {
  visit("at", fact.at);
}
template <class F>
  requires(Is<F, WatchEnded> || Is<F, HeartbeatsConfigured> || Is<F, ZoneKnown> ||
           Is<F, PingMissed> || Is<F, ClocksSeen>)
void of(F&, auto&) {}

}  // namespace fields

template <class Visit>
void for_each_field(Fact& fact, Visit&& visit) {
  std::visit([&](auto& some) { fields::of(some, visit); }, fact);
}
template <class Visit>
void for_each_field(const Fact& fact, Visit&& visit) {
  std::visit([&](const auto& some) { fields::of(some, visit); }, fact);
}

}  // namespace hammock::heartbeat
