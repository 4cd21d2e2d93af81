// What an operator said about a job, already valid: the values of [job.*] in hammock.toml.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "core/service/config.h"
#include "schema/cron.h"

namespace hammock::job {

// When it is due.
struct ToCompletion {  // neither `at` nor `every`: once for each configuration
  friend bool operator==(const ToCompletion&, const ToCompletion&) = default;
};
struct AtTimes {
  schema::Cron cron;
  friend bool operator==(const AtTimes&, const AtTimes&) = default;
};
struct Every {
  Duration distance{};  // from one due time to the next; the first is at once
  friend bool operator==(const Every&, const Every&) = default;
};
using When = std::variant<ToCompletion, AtTimes, Every>;

// What to do when it is due while the run before is still at work.
enum class Overlap : std::uint8_t { kSkip, kQueue, kReplace };

struct Retry {
  std::uint32_t tries = 1;                     // altogether
  Duration backoff = std::chrono::minutes(1);  // before the second; doubles, up to kBackoffMost
  friend bool operator==(const Retry&, const Retry&) = default;
};
inline constexpr Duration kBackoffMost = std::chrono::hours(1);

struct Config {
  std::string name;
  service::Config program;  // on demand; its name is program_name(name)
  When when;
  std::optional<std::string> timezone;  // of `at`; else the one of [hammock]
  std::optional<Duration> timeout;      // of one try
  std::optional<Duration> stuck_after;  // a try without output and progress for so long has failed
  Overlap overlap = Overlap::kSkip;
  std::uint32_t catch_up = 0;  // so many of those that were due while Hammock was away
  Retry retry;
  std::optional<Duration> success_every;  // it has to succeed so often
  std::uint32_t tasks = 0;         // an array: its program is run so many times; 0: it is none
  std::uint32_t parallel = 1;      // so many tasks at a time
  std::vector<std::string> needs;  // jobs whose last run must have succeeded; services: program
  friend bool operator==(const Config&, const Config&) = default;
};

inline constexpr std::uint32_t kCatchUpMost = 100;
inline constexpr std::uint32_t kTasksMost = 1000;
inline constexpr std::uint32_t kParallelMost = 256;

// In the ledger, in the folders of the logs and wherever services are named as well. Names of
// services have no dot.
inline std::string program_name(const std::string& job) {
  return "job." + job;
}

}  // namespace hammock::job
