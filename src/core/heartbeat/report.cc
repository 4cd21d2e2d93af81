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

std::string zone_note(const Heartbeat& heartbeat) {
  const Setup& setup = heartbeat.setup;
  const auto& zone = setup.config.timezone;
  if (!heartbeat.configured && zone && *zone != setup.zone.name()) {
    return "its time zone " + *zone + " is not known on this host: its times are taken as UTC";
  }
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
  std::string zone = zone_note(heartbeat);
  return note.empty() || zone.empty() ? note + zone : note + "; " + zone;
}

std::optional<Instant> ever(Instant at) {
  return at == Instant{} ? std::nullopt : std::optional(at);
}

Report report_of(const State& state, const std::string& name, const Heartbeat& heartbeat,
                 Instant now) {
  const Setup& setup = heartbeat.setup;
  Report one;
  one.name = name;
  one.uuid = setup.uuid;
  one.setup = heartbeat.setup;
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
  return one;
}

}  // namespace

std::string schedule_text(const Setup& setup) {
  return match(
      setup.config.when,
      [](const Every& every) { return "every " + format_duration(every.distance); },
      [&](const AtTimes& at) { return "at " + at.cron.text + " " + setup.zone.name(); });
}

std::optional<Report> report(const State& state, std::string_view name, Instant now) {
  auto found = state.heartbeats.find(name);
  const bool is_there =
      found != state.heartbeats.end() && (found->second.configured || found->second.created);
  return is_there ? std::optional(report_of(state, found->first, found->second, now))
                  : std::nullopt;
}

std::vector<Report> report(const State& state, Instant now) {
  std::vector<Report> reports;
  for (const std::string& name : state.order)
    reports.push_back(report_of(state, name, state.heartbeats.find(name)->second, now));
  for (const auto& [name, heartbeat] : state.heartbeats) {
    if (heartbeat.created && !heartbeat.configured) {
      reports.push_back(report_of(state, name, heartbeat, now));
    }
  }
  return reports;
}

}  // namespace hammock::heartbeat
