#include "shell/zones/zones.h"

#include <date/tz.h>

#include <algorithm>
#include <stdexcept>

#include "schema/suggest.h"
#include "shell/resolve/host.h"

namespace hammock::zones {
namespace {

// Nothing was scheduled before, and many zones begin with the local mean time of a town.
constexpr std::chrono::sys_days kFrom{std::chrono::year(1970) / 1 / 1};
constexpr std::chrono::sys_days kUntil{std::chrono::year(2100) / 1 / 1};

std::vector<schedule::OffsetChange> changes_of(const date::time_zone& zone) {
  std::vector<schedule::OffsetChange> changes;
  for (std::chrono::sys_seconds at = kFrom; at < kUntil;) {
    const date::sys_info info = zone.get_info(at);
    if (changes.empty() || changes.back().offset != info.offset) {
      changes.push_back({changes.empty() ? Instant::min() : Instant(at), info.offset});
    }
    at = info.end;
  }
  return changes;
}

// Empty when there is no database.
std::vector<std::string> known_names() {
  std::vector<std::string> names;
  try {
    for (const date::time_zone& zone : date::get_tzdb().zones)
      names.push_back(zone.name());
  } catch (const std::runtime_error&) {
    names.clear();
  }
  return names;
}

std::unexpected<Error> no_zone(std::string_view name) {
  const auto names = known_names();
  if (names.empty()) {
    return fail(ErrorCode::kUnavailable,
                "this host has no time zone database; install the package tzdata");
  }
  if (std::ranges::find(names, name) != names.end()) {
    return fail(ErrorCode::kUnavailable, "the file of the time zone `" + std::string(name) +
                                             "` is damaged; install the package tzdata again");
  }
  const auto near = schema::nearest(name, names);
  return fail(
      ErrorCode::kNotFound,
      "there is no time zone `" + std::string(name) + "`" +
          (near.empty() ? "; the names are those of the IANA database, such as Europe/Berlin"
                        : "; did you mean " + schema::alternatives(near) + "?"));
}

}  // namespace

// The library ends the process on a file that is no zone, so that is asked first; what it does not
// know, it answers with an exception.
Result<schedule::Zone> find_zone(std::string_view name) {
  if (name == "UTC") return schedule::Zone::utc();
  if (!resolve::knows_time_zone(name)) return no_zone(name);
  try {
    return schedule::Zone(std::string(name), changes_of(*date::locate_zone(name)));
  } catch (const std::runtime_error&) {
    return no_zone(name);
  }
}

Result<std::string> machine_zone() {
  try {
    return date::current_zone()->name();
  } catch (const std::runtime_error& error) {
    return fail(ErrorCode::kUnavailable,
                std::string("the time zone of this machine is not known: ") + error.what());
  }
}

}  // namespace hammock::zones
