#include "shell/heartbeats_json.h"

#include "base/text.h"

namespace hammock::shell {
namespace {

std::optional<std::string> text_of_instant(const std::optional<Instant>& at) {
  return at ? std::optional(format_instant_ms(*at)) : std::nullopt;
}

void write_ping(JsonWriter& json, const heartbeat::PingTaken& ping) {
  const bool took = ping.took != heartbeat::kNoDuration;
  json.object([&] {
    json.member("n", ping.number);
    json.member("signal", text_of(ping.signal));
    json.member("ignored", ping.ignored);
    json.member("at", format_instant_ms(ping.at));
    json.member("exit_status",
                ping.exit_status >= 0 ? std::optional(ping.exit_status) : std::nullopt);
    json.member("rid", ping.rid.empty() ? std::nullopt : std::optional(ping.rid));
    json.member("duration_us", took ? std::optional(ping.took.count()) : std::nullopt);
    json.member("scheme", ping.scheme);
    json.member("method", ping.method);
    json.member("remote", ping.remote);
    json.member("agent", ping.agent);
    json.member("body",
                ping.body_base64.empty() ? ping.body : from_base64(ping.body_base64).value_or(""));
  });
}

}  // namespace

void write_heartbeat(JsonWriter& json, const heartbeat::Report& heartbeat,
                     std::string_view listen) {
  json.object([&] {
    json.member("name", heartbeat.name);
    if (!heartbeat.description.empty()) json.member("description", heartbeat.description);
    json.member("schedule", heartbeat.schedule);
    json.member("status", text_of(heartbeat.shown));
    json.member("since", text_of_instant(heartbeat.since));
    json.member("last_ping", text_of_instant(heartbeat.last_ping));
    json.member("last_success", text_of_instant(heartbeat.last_success));
    json.member("started", text_of_instant(heartbeat.started));
    json.member("expected", text_of_instant(heartbeat.expected));
    json.member("deadline", text_of_instant(heartbeat.deadline));
    json.member("pings", heartbeat.pings);
    json.member("last_duration_us", heartbeat.last_duration
                                        ? std::optional(heartbeat.last_duration->count())
                                        : std::nullopt);
    if (!heartbeat.note.empty()) json.member("note", heartbeat.note);
    json.member("created", heartbeat.created);
    json.member("ping_url",
                listen.starts_with('/') || heartbeat.uuid.empty()
                    ? std::nullopt
                    : std::optional("http://" + std::string(listen) + "/ping/" + heartbeat.uuid));
  });
}

std::string pings_json(const std::vector<FactRow>& rows) {
  JsonWriter json;
  json.object([&] {
    json.member("pings");
    json.array([&] {
      for (const FactRow& row : rows) {
        auto fact = heartbeat::fact_from_json(row.kind, row.fields);
        const auto* ping = fact ? std::get_if<heartbeat::PingTaken>(&*fact) : nullptr;
        if (ping != nullptr) write_ping(json, *ping);
      }
    });
  });
  return json.text() + "\n";
}

}  // namespace hammock::shell
