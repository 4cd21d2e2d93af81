#include "shell/probe_history.h"

#include <algorithm>

#include "base/json.h"
#include "base/variant.h"
#include "core/probe/facts.h"

namespace hammock::shell {
namespace {

using namespace std::chrono_literals;
using probe::Roll;

void write_uptime(JsonWriter& json, const Uptime& uptime) {
  json.member("up_us", uptime.up.count());
  json.member("down_us", uptime.down.count());
  json.member("unknown_us", uptime.unknown.count());
}

// Every period from the first that is known until now, those without a result too.
void write_periods(JsonWriter& json, std::string_view name, const std::vector<Roll>& rolls,
                   Duration length, const ProbeHistory& history) {
  json.member(name);
  json.array([&] {
    if (rolls.empty()) return;
    auto next = rolls.begin();
    for (Instant begin = next->begin; begin <= history.now; begin += length) {
      const bool is_there = next != rolls.end() && next->begin == begin;
      const Roll roll = is_there ? *next++ : Roll{.begin = begin};
      const Instant end = std::min(begin + length, history.now);
      json.object([&] {
        json.member("begin", format_instant(begin));
        write_uptime(json, {roll.up, roll.down,
                            std::max(end - begin - roll.up - roll.down, Duration::zero())});
        json.member("good", roll.good);
        json.member("bad", roll.bad);
        json.member("took_us",
                    roll.good > 0 ? std::optional(roll.took.count() / roll.good) : std::nullopt);
        json.member("took_most_us",
                    roll.good > 0 ? std::optional(roll.took_most.count()) : std::nullopt);
      });
    }
  });
}

void write_change(JsonWriter& json, const FactRow& row) {
  auto fact = probe::fact_from_json(row.kind, row.fields);
  if (!fact) return;
  const auto* fell = std::get_if<probe::ProbeFell>(&*fact);
  const auto* rose = std::get_if<probe::ProbeRose>(&*fact);
  if (fell == nullptr && rose == nullptr) return;
  json.object([&] {
    json.member("status", fell != nullptr ? "down" : "up");
    json.member("at", format_instant_ms(fell != nullptr ? fell->since : rose->at));
    if (fell != nullptr) json.member("message", fell->message);
  });
}

}  // namespace

Uptime uptime_of(const std::vector<Roll>& rolls, Instant from, Instant now,
                 std::optional<Instant> known_since) {
  Uptime uptime;
  for (const Roll& roll : rolls) {
    if (roll.begin < from) continue;
    uptime.up += roll.up;
    uptime.down += roll.down;
  }
  if (!known_since) return uptime;
  const Duration whole = now - std::max(from, *known_since);
  uptime.unknown = std::max(whole - uptime.up - uptime.down, Duration::zero());
  return uptime;
}

void add_running(ProbeHistory& history, const Roll& roll) {
  if (roll.begin == Instant{}) return;
  auto into = [&](std::vector<Roll>& rolls, Duration length) {
    const Instant begin(roll.begin.time_since_epoch() / length * length);
    if (rolls.empty() || rolls.back().begin < begin) rolls.push_back({.begin = begin});
    Roll& last = rolls.back();
    last.up += roll.up;
    last.down += roll.down;
    last.good += roll.good;
    last.bad += roll.bad;
    last.took += roll.took;
    last.took_most = std::max(last.took_most, roll.took_most);
  };
  into(history.minutes, 1min);
  into(history.hours, 1h);
  into(history.days, 24h);
  if (!history.known_since) history.known_since = roll.begin;
}

Result<ProbeHistory> read_history(Rolls& rolls, std::string_view probe, Instant now) {
  ProbeHistory history;
  history.probe = probe;
  history.now = now;
  const Instant end = now + 1us;
  auto read = [&](Tier tier, Duration length, int count, std::vector<Roll>& into) -> Result<void> {
    const Instant first(now.time_since_epoch() / length * length - length * (count - 1));
    auto found = rolls.of(probe, tier, first, end);
    if (!found) return std::unexpected(found.error());
    into = std::move(*found);
    return {};
  };
  HAMMOCK_TRY(read(Tier::kMinute, 1min, 24 * 60, history.minutes));
  HAMMOCK_TRY(read(Tier::kHour, 1h, kHistoryHours, history.hours));
  HAMMOCK_TRY(read(Tier::kDay, 24h, kHistoryDays, history.days));
  // Known since the first minute, where that is kept still.
  if (!history.days.empty()) history.known_since = history.days.front().begin;
  const bool is_fresh = !history.minutes.empty() && history.days.size() <= 1;
  if (is_fresh) history.known_since = history.minutes.front().begin;
  return history;
}

std::string history_json(const ProbeHistory& history) {
  const auto& [probe, now, known_since, minutes, hours, days, changes] = history;
  JsonWriter json;
  json.object([&] {
    json.member("probe", probe);
    json.member("known_since",
                known_since ? std::optional(format_instant(*known_since)) : std::nullopt);
    json.member("uptime");
    json.object([&] {
      const auto put = [&](std::string_view name, const std::vector<Roll>& rolls, Duration back) {
        json.member(name);
        json.object([&] { write_uptime(json, uptime_of(rolls, now - back, now, known_since)); });
      };
      put("hour", minutes, 1h);
      put("day", minutes, 24h);
      put("week", days, 24h * 7);
      put("month", days, 24h * kHistoryDays);
    });
    write_periods(json, "hours", hours, 1h, history);
    write_periods(json, "days", days, 24h, history);
    json.member("changes");
    json.array([&] {
      for (const FactRow& row : changes)
        write_change(json, row);
    });
  });
  return json.text() + "\n";
}

}  // namespace hammock::shell
