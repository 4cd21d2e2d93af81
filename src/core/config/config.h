// hammock.toml: text → values, or every mistake in it.
//
// load() is pure: the text, the folder it stands in, and the environment variables that override it
// are arguments; what only the host can know (users, programs, limits it can enforce) is resolve's
// to ask. The result is whole or nothing: with one error there is no Configuration, and nothing is
// started. Every mistake is reported in one run, each at the token that is wrong.
//
// The rules of the file are one value, the schema: the same value validates, writes
// docs/configuration.md and docs/hammock.schema.json, and answers `hammock explain`.
//
// Environment variables: HAMMOCK_NAME, HAMMOCK_TIMEZONE, HAMMOCK_LISTEN, HAMMOCK_PING_KEY,
// HAMMOCK_API_KEY and HAMMOCK_API_KEY_READONLY stand above the keys of [hammock]. They obey the
// same rules; a mistake is reported with the variable as its file.
//
// Bounds: kServicesMax services, kJobsMax jobs, kHeartbeatsMax heartbeats, kProbesMax probes,
// kTimebombsMax time bombs, kInstancesMax instances each, kInstancesTotalMax altogether.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/heartbeat/config.h"
#include "core/job/config.h"
#include "core/probe/config.h"
#include "core/service/config.h"
#include "core/timebomb/config.h"
#include "schema/diagnostic.h"
#include "schema/document.h"
#include "schema/introspect.h"

namespace hammock::config {

inline constexpr std::string_view kDocFile = "docs/configuration.md";
inline constexpr std::size_t kFileBytesMax = 16 << 20;
inline constexpr std::size_t kServicesMax = 10'000;
inline constexpr std::size_t kJobsMax = 5'000;
inline constexpr std::size_t kHeartbeatsMax = 10'000;
inline constexpr std::size_t kProbesMax = 10'000;
inline constexpr std::size_t kTimebombsMax = 2'000;
// Each takes one of the slots of the ledger; some are left for the spare ones of rolling restarts.
inline constexpr std::size_t kInstancesTotalMax = 16'000;

struct Settings {
  std::string name = "hammock";
  std::string timezone = "UTC";
  std::string listen = "127.0.0.1:4040";
  std::string ping_key;                     // empty: heartbeats are not pinged by their names
  std::string api_key;                      // empty: nobody may change heartbeats over HTTP
  std::string api_key_readonly;             // empty: nobody may only read them
  std::vector<std::string> witnesses = {};  // "HOST:PORT", of probes that name none themselves
  friend bool operator==(const Settings&, const Settings&) = default;
};

// Both days belong to it, from midnight to midnight in the time zone of the settings.
struct DateRange {
  std::chrono::year_month_day first;
  std::chrono::year_month_day last;
  friend bool operator==(const DateRange&, const DateRange&) = default;
};

struct Person {
  std::string name;
  std::string email;
  std::optional<std::string> phone;  // "+49301234567"
  std::vector<DateRange> away;       // in order, not overlapping
  friend bool operator==(const Person&, const Person&) = default;
};

struct Configuration {
  Settings settings;
  std::vector<Person> people;                 // in the order of the file
  std::vector<service::Config> services;      // in the order of the file
  std::vector<job::Config> jobs;              // in the order of the file
  std::vector<heartbeat::Config> heartbeats;  // in the order of the file
  std::vector<probe::Config> probes;          // in the order of the file
  std::vector<timebomb::Config> timebombs;    // in the order of the file
  std::string folder;                         // absolute: what relative paths are below
  friend bool operator==(const Configuration&, const Configuration&) = default;
};

struct Input {
  std::string text;
  std::string file;                                              // as it is shown to people
  std::string folder;                                            // absolute
  std::vector<std::pair<std::string, std::string>> environment;  // others than ours are ignored
};

struct Loaded {
  std::optional<Configuration> configuration;  // nothing when there is an error
  schema::Report report;                       // errors and warnings, in order of position
  schema::Document document;  // where everything stands; may be dropped once resolved
};

Loaded load(Input input);

// More diagnostics of the same file, such as those of resolving, in their places.
void add(schema::Report& report, schema::Diagnostics diagnostics);

// docs/configuration.md and docs/hammock.schema.json, from the schema.
std::string reference_markdown();
std::string json_schema();

// What `hammock explain service.web.restart.backoff` prints: any name stands for every name, and
// the front may be left out where that is unambiguous ("restart.backoff").
std::expected<std::string, schema::NoSuchKey> explain(std::string_view key);
// Every key from the top, for completion.
std::vector<std::string> all_keys();

}  // namespace hammock::config
