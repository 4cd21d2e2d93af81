// What a client of the management API says about a heartbeat, and what becomes of it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/heartbeat/heartbeat.h"
#include "schema/cron.h"
#include "shell/json_value.h"
#include "web/server.h"

namespace hammock::shell {

// Whole seconds, both ends included.
inline constexpr Duration kApiLeast = std::chrono::minutes(1);
inline constexpr Duration kApiMost = std::chrono::days(365);

enum class Unique : std::uint8_t { kName, kSlug, kTags, kTimeout, kGrace };

// What is not given stays as it is, or as it usually is.
struct CheckSpec {
  std::optional<std::string> name{};  // for people
  std::optional<std::string> slug{};  // what Hammock calls it
  std::optional<std::string> tags{};  // words with one space between
  std::optional<std::string> description{};
  std::optional<Duration> timeout{};
  std::optional<schema::Cron> schedule{};  // above timeout
  std::optional<std::string> timezone{};
  std::optional<Duration> grace{};
  std::optional<bool> manual_resume{};
  std::optional<bool> post_only{};
  std::vector<Unique> unique{};  // one that is the same in these is changed and none is made
};

// kInvalid: "json validation error: timeout is too small". Strict: what Hammock has no notion of
// may be given only as a client gives it who does not use it ("subject": "").
Result<CheckSpec> read_spec(const Json& object);

using FindZone = std::function<Result<schedule::Zone>(std::string_view)>;

struct SpecIsNew {
  heartbeat::Setup setup;
};
struct SpecChanges {
  heartbeat::Setup setup;
};
struct SpecIsSame {  // as it is already
  std::string name;
};
// The Response says why it cannot be so.
using SpecOutcome = std::variant<SpecIsNew, SpecChanges, SpecIsSame, web::Response>;

// One is made, with this UUID, or one that is like it is changed.
SpecOutcome give(const CheckSpec& spec, const heartbeat::State& state, Instant now,
                 const std::string& uuid, const FindZone& find_zone);
// The one of that name is changed.
SpecOutcome change(const CheckSpec& spec, const heartbeat::Report& heartbeat,
                   const FindZone& find_zone);

}  // namespace hammock::shell
