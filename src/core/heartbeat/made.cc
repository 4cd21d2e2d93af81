#include "core/heartbeat/made.h"

#include "schema/cron.h"

namespace hammock::heartbeat {

Setup setup_of(const HeartbeatCreated& made, const Zones& zones) {
  Setup setup;
  setup.uuid = made.uuid;
  setup.title = made.title;
  setup.tags = made.tags;
  Config& config = setup.config;
  config.name = made.heartbeat;
  config.grace = made.grace;
  config.manual_resume = made.manual_resume;
  config.post_only = made.post_only;
  if (!made.description.empty()) config.description = made.description;
  config.when = Every{made.every};
  if (made.cron.empty()) return setup;
  // It was valid when it was written down.
  if (auto cron = schema::read_cron(made.cron)) config.when = AtTimes{*std::move(cron)};
  config.timezone = made.timezone;
  const auto zone = zones.find(made.timezone);
  if (zone != zones.end()) setup.zone = zone->second;
  return setup;
}

HeartbeatCreated made_from(const Setup& setup) {
  HeartbeatCreated made;
  made.heartbeat = setup.config.name;
  made.uuid = setup.uuid;
  made.title = setup.title;
  made.tags = setup.tags;
  made.description = setup.config.description.value_or("");
  made.grace = setup.config.grace;
  made.manual_resume = setup.config.manual_resume;
  made.post_only = setup.config.post_only;
  if (const auto* every = std::get_if<Every>(&setup.config.when)) made.every = every->distance;
  if (const auto* at = std::get_if<AtTimes>(&setup.config.when)) {
    made.cron = at->cron.text;
    made.timezone = setup.config.timezone.value_or(setup.zone.name());
  }
  return made;
}

}  // namespace hammock::heartbeat
