#include "shell/zones/zones.h"

#include <date/tz.h>

#include <stdexcept>

#include "schema/suggest.h"

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

std::vector<std::string> known_names() {
  std::vector<std::string> names;
  for (const date::time_zone& zone : date::get_tzdb().zones)
    names.push_back(zone.name());
  return names;
}

Error no_zone(std::string_view name) {
  std::string message = "there is no time zone `" + std::string(name) + "`";
  const auto near = schema::nearest(name, known_names());
  message += near.empty() ? "; the names are those of the IANA database, such as Europe/Berlin"
                          : "; did you mean " + schema::alternatives(near) + "?";
  return Error{ErrorCode::kNotFound, message};
}

}  // namespace

Result<schedule::Zone> find_zone(std::string_view name) {
  if (name == "UTC") return schedule::Zone::utc();
  // Beside the zones lie tables of them, and on those the library would end the process.
  const bool is_name = name.find('.') == std::string_view::npos;
  // The library answers with exceptions: for a name it does not know, and without a database.
  try {
    if (is_name) return schedule::Zone(std::string(name), changes_of(*date::locate_zone(name)));
    return std::unexpected(no_zone(name));
  } catch (const std::runtime_error&) {
    try {
      return std::unexpected(no_zone(name));
    } catch (const std::runtime_error& error) {
      return fail(
          ErrorCode::kUnavailable,
          std::string("the zone database cannot be read (package tzdata): ") + error.what());
    }
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
