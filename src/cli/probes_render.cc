// Probes and how they were: from the brain's JSON, and for people.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/status.h"
#include "cli/table.h"
#include "cli/when.h"

namespace hammock::cli {
namespace {

constexpr std::size_t kChangesShown = 20;

std::optional<Instant> instant_from(const Json& json) {
  auto text = json.text();
  return text ? parse_instant(*text) : std::nullopt;
}

std::optional<Duration> duration_from(const Json& json) {
  auto number = json.integer();
  return number ? std::optional(Duration(*number)) : std::nullopt;
}

UptimeRecord uptime_from(const Json& json) {
  UptimeRecord record;
  record.begin = instant_from(json["begin"]);
  record.up = duration_from(json["up_us"]).value_or(Duration());
  record.down = duration_from(json["down_us"]).value_or(Duration());
  record.unknown = duration_from(json["unknown_us"]).value_or(Duration());
  record.took = duration_from(json["took_us"]);
  record.took_most = duration_from(json["took_most_us"]);
  return record;
}

Tone tone_of_status(std::string_view status) {
  if (status == "up") return Tone::kGood;
  if (status == "down") return Tone::kBad;
  return status == "new" ? Tone::kFaint : Tone::kUnsure;
}

// Milliseconds are enough for people.
std::string took_text(const std::optional<Duration>& took) {
  if (!took) return "-";
  return format_duration(std::chrono::round<std::chrono::milliseconds>(*took));
}

Line probe_line(const ProbeStatus& probe, Instant now) {
  Line line{{printable(probe.name), printable(probe.status),
             probe.seen ? relative(*probe.seen, now) : std::string("-"), took_text(probe.took),
             printable(probe.target)},
            tone_of_status(probe.status)};
  const bool is_well = probe.status == "up" || probe.status == "new";
  if (!is_well && !probe.message.empty()) {
    const bool recovers = probe.verdict == "good";
    line.notes.push_back((recovers ? "its newest result is good: " : "") +
                         printable(probe.message));
  }
  if (probe.since) {
    line.notes.push_back(fmt::format("{} since {}, {}", printable(probe.status),
                                     format_instant(*probe.since), relative(*probe.since, now)));
  }
  return line;
}

// Of what is known; what is not known is a column of its own. Never rounded up to all.
std::string percent_up(const UptimeRecord& record) {
  const Duration known = record.up + record.down;
  if (known == Duration::zero()) return "-";
  if (record.down == Duration::zero()) return "100 %";
  const double share = static_cast<double>(record.up.count()) / static_cast<double>(known.count());
  return fmt::format("{:.2f} %", std::min(share * 100, 99.99));
}

Tone tone_of_period(const UptimeRecord& record) {
  if (record.down > Duration::zero()) return Tone::kBad;
  return record.up > Duration::zero() ? Tone::kGood : Tone::kUnsure;
}

std::string whole_seconds(Duration time) {
  return time == Duration::zero() ? "-"
                                  : format_duration(std::chrono::ceil<std::chrono::seconds>(time));
}

}  // namespace

Result<ProbeStatus> probe_from_json(const Json& json) {
  ProbeStatus probe;
  auto name = json["name"].text();
  auto status = json["status"].text();
  if (!name || !status) {
    return fail(ErrorCode::kInvalid, "the brain's status has no proper probe");
  }
  probe.name = *name;
  probe.status = *status;
  probe.target = json["target"].text_or("");
  probe.since = instant_from(json["since"]);
  probe.seen = instant_from(json["seen"]);
  probe.verdict = json["verdict"].text_or("");
  probe.took = duration_from(json["took_us"]);
  probe.message = json["message"].text_or("");
  return probe;
}

ProbeHistory probe_history_from_json(const Json& json, std::string_view periods) {
  ProbeHistory history;
  history.name = json["probe"].text_or("");
  for (const Json& item : json[periods].items())
    history.periods.push_back(uptime_from(item));
  for (const Json& item : json["changes"].items()) {
    history.changes.push_back(
        {item["status"].text_or(""), instant_from(item["at"]), item["message"].text_or("")});
  }
  return history;
}

std::string render_probes(const std::vector<ProbeStatus>& probes, Instant now, const Look& look) {
  if (probes.empty()) return {};
  std::vector<Line> lines;
  for (const ProbeStatus& probe : probes)
    lines.push_back(probe_line(probe, now));
  return table({"PROBE", "STATE", "SEEN", "TOOK", "TARGET"}, lines, look);
}

std::string render_probe_history(const ProbeHistory& history, const Look& look) {
  std::vector<Line> lines;
  for (const UptimeRecord& record : history.periods) {
    lines.push_back({{record.begin ? format_instant(*record.begin) : "-", percent_up(record),
                      whole_seconds(record.down), whole_seconds(record.unknown),
                      took_text(record.took), took_text(record.took_most)},
                     tone_of_period(record)});
  }
  std::string text = table({"FROM", "UP", "DOWN", "UNKNOWN", "TOOK", "AT MOST"}, lines, look);
  if (history.changes.empty()) return text;
  lines.clear();
  for (const ProbeChange& change : history.changes) {
    if (lines.size() == kChangesShown) break;
    lines.push_back({{change.at ? format_instant(*change.at) : "-", printable(change.status),
                      printable(change.message)},
                     tone_of_status(change.status)});
  }
  return text + "\n" + table({"SINCE", "IT IS", "BECAUSE"}, lines, look, LastColumn::kCut);
}

std::vector<std::string> probe_names(const Status& status) {
  std::vector<std::string> names;
  for (const ProbeStatus& probe : status.probes)
    names.push_back(probe.name);
  return names;
}

}  // namespace hammock::cli
