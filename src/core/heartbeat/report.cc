#include "base/variant.h"
#include "core/heartbeat/deadline.h"
#include "core/heartbeat/heartbeat.h"
#include "core/heartbeat/judge.h"

namespace hammock::heartbeat {
namespace {

Shown shown_of(const State& state, const Heartbeat& heartbeat, Instant now) {
  switch (heartbeat.status) {
    case Status::kPaused:
      return Shown::kPaused;
    case Status::kDown:
      return Shown::kDown;
    case Status::kNew:
      return Shown::kNew;
    case Status::kUp:
      break;
  }
  if (!state.watching) return Shown::kUnknown;
  const auto expected = expected_at(heartbeat);
  return expected && *expected <= now ? Shown::kGrace : Shown::kUp;
}

std::string counted_note(const Heartbeat& heartbeat) {
  const auto& fail_after = heartbeat.setup->config.fail_after;
  if (heartbeat.status != Status::kUp || !fail_after) return {};
  const std::uint32_t failed = bad_outcomes(heartbeat.outcomes, fail_after->n);
  if (failed == 0) return {};
  return std::to_string(failed) + " of its newest " + std::to_string(fail_after->n) +
         " failed; at " + std::to_string(fail_after->k) + " it is down";
}

std::string time_zone_note(const Heartbeat& heartbeat) {
  if (heartbeat.beside_count < kBesideSaid) return {};
  const std::int32_t hours = heartbeat.beside_hours;
  return "work begins " + std::to_string(std::abs(hours)) +
         (std::abs(hours) == 1 ? " hour " : " hours ") + (hours > 0 ? "after" : "before") +
         " its time in " + heartbeat.setup->zone.name() + ", each time: another time zone there?";
}

std::string failures_note(const Heartbeat& heartbeat) {
  const bool has_failed_since = heartbeat.last_ping > heartbeat.last_success;
  if (heartbeat.status == Status::kDown && heartbeat.setup->config.success_within &&
      has_failed_since && heartbeat.last_success != Instant{}) {
    return "it pings, and has not succeeded since " + format_instant(heartbeat.last_success);
  }
  return counted_note(heartbeat);
}

std::string note_of(const Heartbeat& heartbeat) {
  std::string note = failures_note(heartbeat);
  std::string zone = time_zone_note(heartbeat);
  return note.empty() || zone.empty() ? note + zone : note + "; " + zone;
}

std::optional<Instant> ever(Instant at) {
  return at == Instant{} ? std::nullopt : std::optional(at);
}

}  // namespace

std::string schedule_text(const Setup& setup) {
  return match(
      setup.config.when,
      [](const Every& every) { return "every " + format_duration(every.distance); },
      [&](const AtTimes& at) { return "at " + at.cron.text + " " + setup.zone.name(); });
}

std::vector<Report> report(const State& state, Instant now) {
  std::vector<Report> reports;
  auto add = [&](const std::string& name, const Heartbeat& heartbeat) {
    const Setup& setup = heartbeat.setup;
    Report one;
    one.name = name;
    one.uuid = setup.uuid;
    one.schedule = schedule_text(setup);
    one.description = setup.config.description.value_or("");
    one.shown = shown_of(state, heartbeat, now);
    one.created = heartbeat.created && !heartbeat.configured;
    one.pings = heartbeat.pings;
    one.since = ever(heartbeat.since);
    one.last_ping = ever(heartbeat.last_ping);
    one.last_success = ever(heartbeat.last_success);
    one.started = ever(heartbeat.started);
    one.expected = expected_at(heartbeat);
    one.deadline = falls_at(state, heartbeat);
    if (heartbeat.last_duration != kNoDuration) one.last_duration = heartbeat.last_duration;
    one.note = note_of(heartbeat);
    reports.push_back(std::move(one));
  };
  for (const std::string& name : state.order)
    add(name, state.heartbeats.find(name)->second);
  for (const auto& [name, heartbeat] : state.heartbeats) {
    if (heartbeat.created && !heartbeat.configured) add(name, heartbeat);
  }
  return reports;
}

}  // namespace hammock::heartbeat
