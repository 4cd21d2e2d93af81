#include <fmt/format.h>

#include <array>
#include <optional>

#include "base/text.h"
#include "schema/suggest.h"
#include "schema/types.h"

namespace hammock::schema {
namespace {

namespace chrono = std::chrono;

std::unexpected<Problem> refuse(std::string code, std::string_view text, std::string expected,
                                std::string help = "") {
  Problem problem;
  problem.code = std::move(code);
  problem.message = fmt::format("{} is not {}", quote(shorten(text)), expected);
  problem.expected = std::move(expected);
  problem.help = std::move(help);
  return std::unexpected(std::move(problem));
}

// Exactly this many digits at the place.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return std::nullopt;
  auto number = parse_decimal(text.substr(at, count));
  return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

bool has(std::string_view text, std::size_t at, std::string_view any_of) {
  return at < text.size() && any_of.find(text[at]) != std::string_view::npos;
}

// "2026-12-01" at the front: a day that exists.
std::optional<chrono::year_month_day> front_date(std::string_view text) {
  auto year = digits(text, 0, 4);
  auto month = digits(text, 5, 2);
  auto day = digits(text, 8, 2);
  if (!year || !month || !day || !has(text, 4, "-") || !has(text, 7, "-")) return std::nullopt;
  chrono::year_month_day date(chrono::year(*year), chrono::month(static_cast<unsigned>(*month)),
                              chrono::day(static_cast<unsigned>(*day)));
  return date.ok() ? std::optional(date) : std::nullopt;
}

// ".250" → 250 ms, as microseconds; advances `at`. Digits beyond the sixth are dropped.
std::optional<Duration> fraction(std::string_view text, std::size_t& at) {
  if (!has(text, at, ".")) return Duration(0);
  std::size_t end = at + 1;
  std::int64_t micros = 0;
  std::int64_t unit = 100'000;
  for (; end < text.size() && text[end] >= '0' && text[end] <= '9'; ++end) {
    micros += (text[end] - '0') * unit;
    unit /= 10;
  }
  if (end == at + 1) return std::nullopt;
  at = end;
  return Duration(micros);
}

// "Z", "+01:00" up to the end of the text.
std::optional<Duration> offset(std::string_view text, std::size_t at) {
  if (text.substr(at) == "Z" || text.substr(at) == "z") return Duration(0);
  auto hours = digits(text, at + 1, 2);
  auto minutes = digits(text, at + 4, 2);
  bool shaped = text.size() == at + 6 && has(text, at, "+-") && has(text, at + 3, ":");
  if (!shaped || !hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  Duration length = chrono::hours(*hours) + chrono::minutes(*minutes);
  return text[at] == '-' ? -length : length;
}

std::optional<Instant> parse_instant(std::string_view text) {
  auto date = front_date(text);
  auto hour = digits(text, 11, 2);
  auto minute = digits(text, 14, 2);
  auto second = digits(text, 17, 2);
  bool shaped = has(text, 10, "Tt ") && has(text, 13, ":") && has(text, 16, ":");
  if (!date || !hour || !minute || !second || !shaped) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  std::size_t at = 19;
  auto part = fraction(text, at);
  auto shift = part && at < text.size() ? offset(text, at) : std::nullopt;
  if (!shift) return std::nullopt;
  Duration of_day = chrono::hours(*hour) + chrono::minutes(*minute) + chrono::seconds(*second);
  return Instant(chrono::sys_days(*date)) + of_day + *part - *shift;
}

}  // namespace

Read<chrono::year_month_day> read_date(std::string_view text) {
  auto date = text.size() == 10 ? front_date(text) : std::nullopt;
  if (date) return *date;
  return refuse("bad-date", text, "a date such as \"2026-12-01\"",
                "year-month-day, and it must exist");
}

Read<Instant> read_instant(std::string_view text) {
  if (auto instant = parse_instant(text)) return *instant;
  return refuse("bad-instant", text, "a point in time such as \"2026-12-01T08:00:00Z\"",
                "end it with Z or with an offset such as +01:00");
}

Read<DateRange> read_date_range(std::string_view text) {
  std::size_t dots = text.find("..");
  auto first = read_date(text.substr(0, dots));
  auto last = dots == std::string_view::npos ? first : read_date(text.substr(dots + 2));
  if (!first || !last) {
    return refuse("bad-date", text, "dates such as \"2026-12-01..2027-01-05\"",
                  "one day, or first..last; both must exist");
  }
  if (*last < *first)
    return refuse("bad-date", text, "a range of dates", "the last day is before the first");
  return DateRange{*first, *last};
}

}  // namespace hammock::schema
