// [hammock] and [person.*].
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/config/parts.h"
#include "core/heartbeat/ping.h"

namespace hammock::config {

using namespace schema;  // NOLINT: the language that schemas are written in

Schema<std::string> instance_name() {
  return identifier();
}

Schema<std::string> time_zone() {
  return string()
      .size(1, 64)
      .matching("[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*",
                "a time zone such as \"Europe/Berlin\"")
      .why("an offset such as \"+01:00\" would be wrong for half of the year");
}

Schema<std::string> ping_key() {
  return string()
      .size(8, 64)
      .matching("[A-Za-z0-9_-]*", "letters, digits, '-' and '_', which need no escapes in a URL")
      .secret();
}

Schema<std::string> api_key() {
  return string().size(16, 64).matching("[A-Za-z0-9_-]*", "letters, digits, '-' and '_'").secret();
}

std::optional<std::pair<std::string_view, std::string_view>> same_keys(const Settings& settings) {
  const std::array<std::pair<std::string_view, const std::string*>, 3> keys = {
      {{"ping_key", &settings.ping_key},
       {"api_key", &settings.api_key},
       {"api_key_readonly", &settings.api_key_readonly}}};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!keys[i].second->empty() && *keys[i].second == *keys[j].second)
        return std::pair(keys[j].first, keys[i].first);
    }
  }
  return std::nullopt;
}

std::string same_keys_text(std::string_view one, std::string_view other) {
  return fmt::format("{} and {} are the same", one, other);
}

namespace {

void check_keys(const Settings& settings, At& at) {
  const auto same = same_keys(settings);
  if (!same) return;
  auto& diagnostic = at.error("contradiction", {std::string(same->second)},
                              same_keys_text(same->first, same->second));
  diagnostic.why = kDifferentKeys;
  diagnostic.help = kOtherKey;
  at.relate(diagnostic, {std::string(same->first)}, "the other one");
}

void check_ping_key(const Settings& settings, At& at) {
  if (!heartbeat::is_uuid(settings.ping_key)) return;
  at.error("contradiction", {std::string("ping_key")},
           "an address that begins with a UUID is that of one heartbeat")
      .help = kOtherKey;
}
}  // namespace

Schema<Settings> settings_schema() {
  return TableOf<Settings>("hammock")
      .defaulted("name", &Settings::name, instance_name().example("\"acme\""), "\"hammock\"")
      .doc("what this installation is called in messages and on pages")
      .defaulted("timezone", &Settings::timezone, time_zone().example("\"Europe/Berlin\""),
                 "\"UTC\"")
      .doc("the time zone of people: times that are shown, days that are written")
      .defaulted("listen", &Settings::listen, socket_address().example("\"127.0.0.1:4040\""),
                 "\"127.0.0.1:4040\"")
      .doc("where the dashboard, the API and the pings are served")
      .optional("ping_key", &Settings::ping_key, ping_key())
      .doc(
          "with it heartbeats are pinged by their names, at /ping/KEY/NAME; better given as "
          "HAMMOCK_PING_KEY than written into the file")
      .rule("ping_key is no UUID", {"ping_key"}, check_ping_key)
      .optional("api_key", &Settings::api_key, api_key())
      .doc(
          "with it scripts make, read and change heartbeats over HTTP, at /api/v3/; better given "
          "as HAMMOCK_API_KEY than written into the file")
      .optional("api_key_readonly", &Settings::api_key_readonly, api_key())
      .doc(
          "with it heartbeats can be read at /api/v3/, and not pinged or changed; better given as "
          "HAMMOCK_API_KEY_READONLY than written into the file")
      .optional("witnesses", &Settings::witnesses, witnesses())
      .doc(
          "independent places in the network that probes look at when something fails: when none "
          "of "
          "them can be reached, it is we who cannot see")
      .rule("the keys are different", {"ping_key", "api_key", "api_key_readonly"}, check_keys);
}

namespace {

Schema<std::vector<DateRange>> away_schema() {
  return list_of(date_range().transform([](schema::DateRange range) {
           return config::DateRange{range.first, range.last};
         }))
      .size(0, 1000)
      .example("[\"2026-12-01..2027-01-05\"]");
}

void check_away(const Person& person, At& at) {
  for (std::size_t i = 0; i < person.away.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const config::DateRange& one = person.away[j];
      const config::DateRange& other = person.away[i];
      if (one.first > other.last || other.first > one.last) continue;
      Diagnostic& diagnostic = at.error("overlap", {std::string("away"), i},
                                        "these days overlap with others of the list");
      diagnostic.suggestion.clear();
      diagnostic.help = "write one range for both";
      at.relate(diagnostic, {std::string("away"), j}, "the other range");
      return;
    }
  }
}

}  // namespace

Schema<Person> person_schema() {
  return TableOf<Person>("person")
      .required("email", &Person::email,
                string()
                    .size(3, 254)
                    .matching("[^@\\s<>\",;]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?",
                              "an e-mail address such as \"support@acme.example\"")
                    .example("\"support@acme.example\""))
      .doc("where messages for this person go")
      .optional(
          "phone", &Person::phone,
          string()
              .matching("\\+[1-9][0-9]{6,14}", "a telephone number such as \"+49301234567\"")
              .why("only a number with its country reaches the same telephone from everywhere")
              .example("\"+49301234567\"")
              .transform([](std::string text) { return std::optional(std::move(text)); }))
      .doc("for calls and short messages, in the form of E.164")
      .optional("away", &Person::away, away_schema())
      .doc("days on which this person is not to be asked, both ends included")
      .rule("the ranges of away do not overlap", {"away"}, check_away);
}

}  // namespace hammock::config
