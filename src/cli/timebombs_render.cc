// Time bombs: from the brain's JSON, and for people.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "cli/status.h"
#include "cli/table.h"
#include "cli/when.h"

namespace hammock::cli {
namespace {

std::optional<Instant> instant_from(const Json& json) {
  auto text = json.text();
  return text ? parse_instant(*text) : std::nullopt;
}

Tone tone_of_status(std::string_view status) {
  if (status == "quiet") return Tone::kGood;
  if (status == "gone off") return Tone::kBad;
  return status == "ticking" ? Tone::kBusy : Tone::kUnsure;
}

bool is_known(const TimebombStatus& timebomb) {
  return timebomb.status != "unknown" && timebomb.status != "new";
}

std::string day_of(const std::optional<Instant>& at) {
  return at ? format_instant(*at).substr(0, std::string_view("2027-03-01").size()) : "never";
}

std::string range_text(const TimebombStatus& timebomb) {
  if (!timebomb.early) return {};
  if (!timebomb.late) return fmt::format("by the forecast not before {}", day_of(timebomb.early));
  return fmt::format("by the forecast between {} and {}", day_of(timebomb.early),
                     day_of(timebomb.late));
}

Line line_of(const TimebombStatus& timebomb, Instant now) {
  const std::string date = timebomb.goes_off    ? format_instant(*timebomb.goes_off)
                           : is_known(timebomb) ? "not in sight"
                                                : "-";
  Line line{{printable(timebomb.name), printable(timebomb.status), date,
             timebomb.goes_off ? relative(*timebomb.goes_off, now) : std::string("-"),
             printable(timebomb.target)},
            tone_of_status(timebomb.status)};
  if (!timebomb.evidence.empty()) {
    line.notes.push_back(
        is_known(timebomb) || !timebomb.seen
            ? printable(timebomb.evidence)
            : fmt::format("{}: {}", relative(*timebomb.seen, now), printable(timebomb.evidence)));
  }
  if (std::string range = range_text(timebomb); !range.empty()) line.notes.push_back(range);
  if (!timebomb.why.empty()) line.notes.push_back(printable(timebomb.why));
  if (!timebomb.description.empty()) line.notes.push_back(printable(timebomb.description));
  return line;
}

}  // namespace

Result<TimebombStatus> timebomb_from_json(const Json& json) {
  TimebombStatus timebomb;
  auto name = json["name"].text();
  auto status = json["status"].text();
  if (!name || !status) {
    return fail(ErrorCode::kInvalid, "the brain's status has no proper time bomb");
  }
  timebomb.name = *name;
  timebomb.status = *status;
  timebomb.target = json["target"].text_or("");
  timebomb.description = json["description"].text_or("");
  timebomb.goes_off = instant_from(json["goes_off"]);
  timebomb.early = instant_from(json["early"]);
  timebomb.late = instant_from(json["late"]);
  timebomb.evidence = json["evidence"].text_or("");
  timebomb.seen = instant_from(json["seen"]);
  timebomb.why = json["why"].text_or("");
  return timebomb;
}

void sort_by_urgency(std::vector<TimebombStatus>& timebombs) {
  auto rank = [](const TimebombStatus& timebomb) {
    const int order = timebomb.status == "gone off"  ? 0
                      : timebomb.status == "ticking" ? 1
                      : !is_known(timebomb)          ? 2
                                                     : 3;
    return std::tuple(order, timebomb.goes_off.value_or(Instant::max()), timebomb.name);
  };
  std::ranges::sort(timebombs, {}, rank);
}

bool may_go_off_until(const TimebombStatus& timebomb, Instant until) {
  if (!is_known(timebomb)) return true;
  const auto first = timebomb.early ? timebomb.early : timebomb.goes_off;
  return first && *first <= until;
}

std::string render_timebombs(const std::vector<TimebombStatus>& timebombs, Instant now,
                             const Look& look) {
  if (timebombs.empty()) return {};
  std::vector<Line> lines;
  for (const TimebombStatus& timebomb : timebombs)
    lines.push_back(line_of(timebomb, now));
  return table({"TIME BOMB", "STATE", "GOES OFF", "", "WHAT"}, lines, look);
}

}  // namespace hammock::cli
