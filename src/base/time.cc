#include "base/time.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace hammock {
namespace {

struct Unit {
  Duration length;
  std::string_view suffix;
};
constexpr std::array<Unit, 6> kUnits = {{{std::chrono::hours(24), "d"},
                                         {std::chrono::hours(1), "h"},
                                         {std::chrono::minutes(1), "m"},
                                         {std::chrono::seconds(1), "s"},
                                         {std::chrono::milliseconds(1), "ms"},
                                         {std::chrono::microseconds(1), "us"}}};

std::string format_units(Duration duration, int units_max) {
  if (duration < Duration::zero()) return "-" + format_units(-duration, units_max);
  std::string text;
  int units = 0;
  for (const Unit& unit : kUnits) {
    // Below a second one unit says enough, and "1s250ms" would be noise in a table.
    if (units > 0 && unit.length < std::chrono::seconds(1)) break;
    auto count = duration / unit.length;
    if (count == 0) {
      if (units > 0) break;
      continue;
    }
    text += std::to_string(count);
    text += unit.suffix;
    duration -= count * unit.length;
    if (++units == units_max) break;
  }
  return text.empty() ? "0s" : text;
}

std::string format_civil(Instant instant, const char* format, long milliseconds) {
  auto day = std::chrono::floor<std::chrono::days>(instant);
  std::chrono::year_month_day date(day);
  std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(instant - day));
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<long>(time.hours().count()), static_cast<long>(time.minutes().count()),
                static_cast<long>(time.seconds().count()), milliseconds);
  return text.data();
}

}  // namespace

std::string format_instant(Instant instant) {
  return format_civil(instant, "%04d-%02u-%02uT%02ld:%02ld:%02ldZ%.0ld", 0);
}

std::string format_instant_ms(Instant instant) {
  auto second = std::chrono::floor<std::chrono::seconds>(instant);
  auto rest = std::chrono::floor<std::chrono::milliseconds>(instant - second);
  return format_civil(instant, "%04d-%02u-%02uT%02ld:%02ld:%02ld.%03ldZ",
                      static_cast<long>(rest.count()));
}

std::string format_duration(Duration duration) {
  return format_units(duration, 2);
}
std::string format_age(Duration duration) {
  return format_units(duration, 1);
}

}  // namespace hammock
