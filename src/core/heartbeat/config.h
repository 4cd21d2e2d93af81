// What an operator said about a heartbeat, already valid: the values of [heartbeat.*] in
// hammock.toml.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/k_of_n.h"
#include "base/time.h"
#include "schema/cron.h"

namespace hammock::heartbeat {

// When the next ping is expected.
struct Every {
  Duration distance = std::chrono::days(1);  // from the last one
  friend bool operator==(const Every&, const Every&) = default;
};
struct AtTimes {
  schema::Cron cron;
  friend bool operator==(const AtTimes&, const AtTimes&) = default;
};
using When = std::variant<Every, AtTimes>;

struct Config {
  std::string name;
  When when;
  std::optional<std::string> timezone;     // of `at`; else the one of [hammock]
  Duration grace = std::chrono::hours(1);  // what is expected may come so much later
  // What failures it bears. Neither: none, so the first one takes it down.
  std::optional<KOfN> fail_after;          // failures, of its newest outcomes
  std::optional<Duration> success_within;  // no matter how often it fails meanwhile
  std::optional<std::string> uuid;         // else it is made of the names, see uuid_of()
  std::optional<std::string> description;  // for people
  bool manual_resume = false;              // a ping does not end a pause
  bool post_only = false;                  // other methods are kept, and change nothing
  friend bool operator==(const Config&, const Config&) = default;
};

// The UUID of a heartbeat that has none in the configuration: always the same for the same names,
// so that it survives everything. Whoever knows the names can make it too.
std::string uuid_of(const std::string& house, const std::string& heartbeat);

}  // namespace hammock::heartbeat
