#include "shell/management_json.h"

#include <chrono>
#include <cstdio>
#include <utility>

#include "base/json.h"
#include "base/sha1.h"
#include "base/text.h"
#include "base/variant.h"

namespace hammock::shell {
namespace {

constexpr std::size_t kUniqueKeyFrom = 16;  // hexadecimal digits of the UUID

// "2026-11-23T04:00:00+00:00"
std::string utc(Instant at) {
  std::string text = format_instant(at);
  text.pop_back();
  return text + "+00:00";
}

std::optional<std::string> utc(const std::optional<Instant>& at) {
  return at ? std::optional(utc(*at)) : std::nullopt;
}

// "2026-11-23T04:00:00.000250+00:00"
std::string utc_us(Instant at) {
  const auto second = std::chrono::floor<std::chrono::seconds>(at);
  std::string fraction = std::to_string((at - second).count());
  fraction.insert(0, 6 - fraction.size(), '0');
  std::string text = format_instant(second);
  text.pop_back();
  return text + "." + fraction + "+00:00";
}

std::int64_t whole_seconds(Duration duration) {
  return std::chrono::floor<std::chrono::seconds>(duration).count();
}

std::string_view status_of(const heartbeat::Report& heartbeat, const CheckView& view) {
  if (view.version == 1 && heartbeat.started) return "started";
  return text_of(heartbeat.shown);
}

// What a client that changes things needs.
void write_addresses(JsonWriter& json, const std::string& uuid, const CheckView& view) {
  const std::string check = view.base + "/api/v" + std::to_string(view.version) + "/checks/" + uuid;
  json.member("uuid", uuid);
  json.member("ping_url", view.base + "/ping/" + uuid);
  json.member("update_url", check);
  json.member("pause_url", check + "/pause");
  json.member("resume_url", check + "/resume");
  json.member("channels", "");
}

// Neutral values of what Hammock has no notion of: every client knows these, for they are what a
// heartbeat has that does not use it.
void write_neutral(JsonWriter& json) {
  for (const char* text : {"subject", "subject_fail", "start_kw", "success_kw", "failure_kw"})
    json.member(text, "");
  for (const char* flag :
       {"filter_subject", "filter_body", "filter_http_body", "filter_default_fail"})
    json.member(flag, false);
  json.member("badge_url", "");
}

void write_check(JsonWriter& json, const heartbeat::Report& heartbeat, const CheckView& view) {
  const heartbeat::Setup& setup = heartbeat.setup;
  json.object([&] {
    json.member("name", setup.title.empty() ? heartbeat.name : setup.title);
    json.member("slug", heartbeat.name);
    json.member("tags", setup.tags);
    json.member("desc", heartbeat.description);
    json.member("grace", whole_seconds(setup.config.grace));
    json.member("n_pings", heartbeat.pings);
    json.member("status", status_of(heartbeat, view));
    json.member("started", heartbeat.started.has_value());
    json.member("last_ping", utc(heartbeat.last_ping));
    json.member("next_ping", utc(heartbeat.expected));
    json.member("manual_resume", setup.config.manual_resume);
    json.member("methods", setup.config.post_only ? "POST" : "");
    write_neutral(json);
    if (heartbeat.last_duration) {
      json.member("last_duration", whole_seconds(*heartbeat.last_duration));
    }
    if (view.only_reads)
      json.member("unique_key", unique_key_of(heartbeat.uuid));
    else
      write_addresses(json, heartbeat.uuid, view);
    match(
        setup.config.when,
        [&](const heartbeat::Every& every) {
          json.member("timeout", whole_seconds(every.distance));
        },
        [&](const heartbeat::AtTimes& at) {
          json.member("schedule", at.cron.text);
          json.member("tz", setup.zone.name());
        });
  });
}

void write_ping(JsonWriter& json, const heartbeat::PingTaken& ping, std::string_view uuid,
                const CheckView& view) {
  const bool has_body = !ping.body.empty() || !ping.body_base64.empty();
  json.object([&] {
    json.member("type", ping.ignored ? "ign" : text_of(ping.signal));
    json.member("date", utc_us(ping.at));
    json.member("n", ping.number);
    json.member("scheme", ping.scheme);
    json.member("remote_addr", ping.remote);
    json.member("method", ping.method);
    json.member("ua", ping.agent);
    json.member("rid", ping.rid.empty() ? std::nullopt : std::optional(ping.rid));
    if (ping.took != heartbeat::kNoDuration) {
      json.member("duration", std::chrono::duration<double>(ping.took).count());
    }
    json.member("body_url",
                has_body ? std::optional(view.base + "/api/v" + std::to_string(view.version) +
                                         "/checks/" + std::string(uuid) + "/pings/" +
                                         std::to_string(ping.number) + "/body")
                         : std::nullopt);
  });
}

}  // namespace

std::string unique_key_of(std::string_view uuid) {
  std::string digits(uuid);
  std::erase(digits, '-');
  return sha1_hex(std::string_view(digits).substr(0, kUniqueKeyFrom));
}

std::string check_json(const heartbeat::Report& heartbeat, const CheckView& view) {
  JsonWriter json;
  write_check(json, heartbeat, view);
  return json.text();
}

std::string checks_json(const std::vector<heartbeat::Report>& heartbeats, const CheckView& view) {
  JsonWriter json;
  json.object([&] {
    json.member("checks");
    json.array([&] {
      for (const heartbeat::Report& heartbeat : heartbeats)
        write_check(json, heartbeat, view);
    });
  });
  return json.text();
}

std::string check_pings_json(const std::vector<FactRow>& rows, std::string_view uuid,
                             const CheckView& view) {
  JsonWriter json;
  json.object([&] {
    json.member("pings");
    json.array([&] {
      for (const FactRow& row : rows) {
        const auto fact = heartbeat::fact_from_json(row.kind, row.fields);
        const auto* ping = fact ? std::get_if<heartbeat::PingTaken>(&*fact) : nullptr;
        if (ping != nullptr) write_ping(json, *ping, uuid, view);
      }
    });
  });
  return json.text();
}

std::string flips_json(const std::vector<FactRow>& rows) {
  JsonWriter json;
  std::optional<std::pair<Instant, bool>> newer;
  auto write = [&](Instant at, bool is_up) {
    // Pings that were taken in the same moment all say that it is so since then.
    const std::pair one(at, is_up);
    if (std::exchange(newer, one) == one) return;
    json.object([&] {
      json.member("timestamp", utc(at));
      json.member("up", is_up ? 1 : 0);
    });
  };
  json.object([&] {
    json.member("flips");
    json.array([&] {
      for (const FactRow& row : rows) {
        const auto fact = heartbeat::fact_from_json(row.kind, row.fields);
        if (!fact) continue;
        if (const auto* fell = std::get_if<heartbeat::HeartbeatFell>(&*fact))
          write(fell->deadline, false);
        else if (const auto* ping = std::get_if<heartbeat::PingTaken>(&*fact))
          write(ping->since, ping->status == heartbeat::Status::kUp);
      }
    });
  });
  return json.text();
}

}  // namespace hammock::shell
