#include "shell/probes_json.h"

namespace hammock::shell {
namespace {

std::optional<std::string> text_of_instant(const std::optional<Instant>& at) {
  return at ? std::optional(format_instant_ms(*at)) : std::nullopt;
}

}  // namespace

void write_probe(JsonWriter& json, const probe::Report& probe) {
  const probe::Config& config = probe.setup->config;
  const bool was_seen = probe.seen.has_value();
  json.object([&] {
    json.member("name", probe.name);
    if (config.description) json.member("description", *config.description);
    json.member("target", target_text(config.target));
    json.member("every_us", config.every.count());
    json.member("status", text_of(probe.shown));
    json.member("since", text_of_instant(probe.since));
    json.member("seen", text_of_instant(probe.seen));
    json.member("verdict", was_seen ? std::optional(text_of(probe.verdict)) : std::nullopt);
    json.member("took_us", was_seen ? std::optional(probe.took.count()) : std::nullopt);
    if (!probe.message.empty()) json.member("message", probe.message);
    if (!probe.numbers.empty()) json.member("numbers", probe.numbers);
  });
}

}  // namespace hammock::shell
