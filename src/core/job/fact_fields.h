// The fields of every journaled fact of this room, by name, in a fixed order.
#pragma once

#include "core/job/facts.h"

namespace hammock::job {
namespace fields {

// F is the fact or the const fact; `visit` takes (std::string_view name, member).
template <class F, class Fact>
concept Is = std::is_same_v<std::remove_const_t<F>, Fact>;

template <Is<ScheduleBegan> F>
void of(F& fact, auto& visit) {
  visit("job", fact.job);
  visit("at", fact.at);
  visit("schedule", fact.schedule);
}
template <Is<DuePassed> F>
void of(F& fact, auto& visit) {
  visit("job", fact.job);
  visit("due", fact.due);
  visit("reason", fact.reason);
  visit("skip", fact.skip);
}
template <Is<DuesMissed> F>
void of(F& fact, auto& visit) {
  visit("job", fact.job);
  visit("count", fact.count);
  visit("last", fact.last);
}
template <Is<QueueSet> F>
void of(F& fact, auto& visit) {
  visit("job", fact.job);
  visit("waiting", fact.waiting);
  visit("trigger", fact.trigger);
  visit("due", fact.due);
  visit("command", fact.command);
}
template <Is<SkipSet> F>
void of(F& fact, auto& visit) {
  visit("job", fact.job);
  visit("count", fact.count);
  visit("command", fact.command);
  visit("by", fact.by);
}
template <Is<RunOpened> F>
void of(F& fact, auto& visit) {
  visit("job", fact.job);
  visit("number", fact.number);
  visit("trigger", fact.trigger);
  visit("due", fact.due);
  visit("hash", fact.hash);
  visit("tasks", fact.tasks);
  visit("command", fact.command);
  visit("by", fact.by);
}
template <Is<TryBegan> F>
void of(F& fact, auto& visit) {
  visit("job", fact.job);
  visit("number", fact.number);
  visit("task", fact.task);
  visit("attempt", fact.attempt);
  visit("hash", fact.hash);
}
template <Is<RunHashed> F>
void of(F& fact, auto& visit) {
  visit("job", fact.job);
  visit("number", fact.number);
  visit("hash", fact.hash);
}
template <Is<TryStarted> F>
void of(F& fact, auto& visit) {
  visit("job", fact.job);
  visit("number", fact.number);
  visit("task", fact.task);
  visit("attempt", fact.attempt);
  visit("pid", fact.pid);
  visit("at", fact.at);
  visit("at_wall", fact.at_wall);
}
template <Is<TryEnded> F>
void of(F& fact, auto& visit) {
  visit("job", fact.job);
  visit("number", fact.number);
  visit("task", fact.task);
  visit("attempt", fact.attempt);
  visit("outcome", fact.outcome);
  visit("message", fact.message);
  visit("at", fact.at);
  visit("retry_at", fact.retry_at);
  visit("retry_wall", fact.retry_wall);
  visit("failures", fact.failures);
}
template <Is<TryStopAsked> F>
void of(F& fact, auto& visit) {
  visit("job", fact.job);
  visit("number", fact.number);
  visit("task", fact.task);
  visit("attempt", fact.attempt);
  visit("reason", fact.reason);
}
template <Is<TaskEnded> F>
void of(F& fact, auto& visit) {
  visit("job", fact.job);
  visit("number", fact.number);
  visit("task", fact.task);
  visit("hash", fact.hash);
  visit("ended", fact.ended);
  visit("attempts", fact.attempts);
  visit("outcome", fact.outcome);
  visit("exit_class", fact.exit_class);
  visit("code", fact.code);
  visit("signal", fact.signal);
  visit("message", fact.message);
}
template <Is<RunStopAsked> F>
void of(F& fact, auto& visit) {
  visit("job", fact.job);
  visit("number", fact.number);
  visit("reason", fact.reason);
  visit("command", fact.command);
  visit("by", fact.by);
}
template <Is<RunEnded> F>
void of(F& fact, auto& visit) {
  visit("job", fact.job);
  visit("number", fact.number);
  visit("hash", fact.hash);
  visit("trigger", fact.trigger);
  visit("due", fact.due);
  visit("started", fact.started);
  visit("ended", fact.ended);
  visit("attempts", fact.attempts);
  visit("tasks", fact.tasks);
  visit("succeeded", fact.succeeded);
  visit("outcome", fact.outcome);
  visit("exit_class", fact.exit_class);
  visit("code", fact.code);
  visit("signal", fact.signal);
  visit("message", fact.message);
  visit("last_success", fact.last_success);
}
template <Is<SuccessAwaited> F>
void of(F& fact, auto& visit) {
  visit("job", fact.job);
  visit("at", fact.at);
  visit("every", fact.every);
}
template <Is<SuccessLate> F>
void of(F& fact, auto& visit) {
  visit("job", fact.job);
  visit("deadline", fact.deadline);
  visit("last", fact.last);
}
template <Is<JobsConfigured> F>
void of(F&, auto&) {}
template <Is<HouseStood> F>
void of(F&, auto&) {}
template <Is<TryWatched> F>
void of(F&, auto&) {}
template <Is<WakePlanned> F>
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

}  // namespace hammock::job
