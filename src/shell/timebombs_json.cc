#include "shell/timebombs_json.h"

namespace hammock::shell {
namespace {

std::optional<std::string> text_of_instant(const std::optional<Instant>& at) {
  return at ? std::optional(format_instant(*at)) : std::nullopt;
}

}  // namespace

void write_timebomb(JsonWriter& json, const timebomb::Report& timebomb) {
  const timebomb::Config& config = timebomb.setup->config;
  const timebomb::Reading reading = timebomb.reading.value_or(timebomb::Reading());
  json.object([&] {
    json.member("name", timebomb.name);
    if (config.description) json.member("description", *config.description);
    json.member("kind", timebomb::kind_of(config.target));
    json.member("target", target_text(config.target));
    json.member("status", text_of(timebomb.shown));
    json.member("goes_off", text_of_instant(reading.goes_off));
    json.member("early", text_of_instant(reading.early));
    json.member("late", text_of_instant(reading.late));
    json.member("evidence", reading.evidence);
    json.member("seen", text_of_instant(timebomb.seen));
    if (!timebomb.why.empty()) json.member("why", timebomb.why);
    json.member("every_us", config.every.count());
    json.member("warn_before_us");
    json.array([&] {
      for (Duration rung : timebomb.rungs)
        json.value(rung.count());
    });
    json.member("told_us", timebomb.told ? std::optional(timebomb.told->count()) : std::nullopt);
  });
}

}  // namespace hammock::shell
