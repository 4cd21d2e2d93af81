#include "cli/when.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace hammock::cli {
namespace {

struct Unit {
  std::string_view suffix;
  std::int64_t microseconds;
};
constexpr std::array<Unit, 7> kUnits = {{{"w", 604'800'000'000},
                                         {"d", 86'400'000'000},
                                         {"h", 3'600'000'000},
                                         {"m", 60'000'000},
                                         {"s", 1'000'000},
                                         {"ms", 1'000},
                                         {"us", 1}}};
constexpr std::int64_t kLongest = 86'400'000'000 * 366 * 100;  // a century

std::size_t count_while(std::string_view text, bool digits) {
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count]) == digits)
    ++count;
  return count;
}

// The number that stands at `text[from, from + length)`, all of it digits.
std::optional<int> number_at(std::string_view text, std::size_t from, std::size_t length) {
  if (from + length > text.size()) return std::nullopt;
  auto value = parse_decimal(text.substr(from, length));
  if (!value) return std::nullopt;
  return static_cast<int>(*value);
}

// What stands after the seconds: a fraction in microseconds, then Z or an offset.
std::optional<Duration> parse_tail(std::string_view tail) {
  std::int64_t micros = 0;
  if (tail.starts_with('.')) {
    tail.remove_prefix(1);
    std::size_t digits = count_while(tail, true);
    if (digits == 0 || digits > 9) return std::nullopt;
    std::string fraction(tail.substr(0, std::min<std::size_t>(digits, 6)));
    fraction.resize(6, '0');
    micros = static_cast<std::int64_t>(parse_decimal(fraction).value_or(0));
    tail.remove_prefix(digits);
  }
  if (tail == "Z" || tail == "z") return Duration(micros);
  bool offset = tail.size() == 6 && (tail[0] == '+' || tail[0] == '-') && tail[3] == ':';
  if (!offset) return std::nullopt;
  auto hours = number_at(tail, 1, 2);
  auto minutes = number_at(tail, 4, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  Duration ahead = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return Duration(micros) - (tail[0] == '+' ? ahead : -ahead);
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  while (!text.empty()) {
    std::size_t digits = count_while(text, true);
    std::size_t letters = count_while(text.substr(digits), false);
    auto number = parse_decimal(text.substr(0, digits));
    auto from = kUnits.begin() + static_cast<std::ptrdiff_t>(next_unit);
    auto unit = std::find_if(from, kUnits.end(), [&](const Unit& one) {
      return one.suffix == text.substr(digits, letters);
    });
    if (!number || unit == kUnits.end()) return std::nullopt;
    if (*number > static_cast<std::uint64_t>(kLongest / unit->microseconds)) return std::nullopt;
    total += static_cast<std::int64_t>(*number) * unit->microseconds;
    if (total > kLongest) return std::nullopt;
    next_unit = static_cast<std::size_t>(unit - kUnits.begin()) + 1;
    text.remove_prefix(digits + letters);
  }
  return Duration(total);
}

std::optional<Instant> parse_instant(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  if (text[10] != 'T' && text[10] != 't' && text[10] != ' ') return std::nullopt;
  auto year = number_at(text, 0, 4), month = number_at(text, 5, 2), day = number_at(text, 8, 2);
  auto hour = number_at(text, 11, 2), minute = number_at(text, 14, 2);
  auto second = number_at(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  std::chrono::year_month_day date(std::chrono::year(*year),
                                   std::chrono::month(static_cast<unsigned>(*month)),
                                   std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  auto tail = parse_tail(text.substr(19));
  if (!tail) return std::nullopt;
  return Instant(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute) + std::chrono::seconds(*second) + *tail;
}

std::string age_between(Instant since, Instant now) {
  Duration age = std::max(now - since, Duration::zero());
  // Nobody reads the milliseconds of an age.
  return format_age(std::chrono::floor<std::chrono::seconds>(age));
}

}  // namespace hammock::cli
