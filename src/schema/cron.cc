#include "schema/cron.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "schema/suggest.h"

namespace hammock::schema {
namespace {

namespace chrono = std::chrono;

constexpr std::string_view kExpected =
    "five fields: minute hour day month weekday, such as \"15 3 * * *\", or @daily";

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kNames{
    {{"@hourly", "0 * * * *"},
     {"@daily", "0 0 * * *"},
     {"@midnight", "0 0 * * *"},
     {"@weekly", "0 0 * * 0"},
     {"@monthly", "0 0 1 * *"},
     {"@yearly", "0 0 1 1 *"},
     {"@annually", "0 0 1 1 *"},
     {"@reboot", ""}}};

struct Field {
  std::string_view name;
  unsigned low, high;
  std::string_view words;  // three letters each, from low
  std::string_view forms;
};
constexpr std::array<Field, 5> kFields{
    {{"minute", 0, 59, "", "0 to 59"},
     {"hour", 0, 23, "", "0 to 23"},
     {"day of month", 1, 31, "", "1 to 31, L"},
     {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec", "1 to 12, jan to dec"},
     {"day of week", 0, 7, "sunmontuewedthufrisat", "0 to 7, sun to sat, 5#2, 5L"}}};
constexpr std::size_t kDay = 2;
constexpr std::size_t kWeekday = 4;

struct CronReader {
  std::string_view text;
  Cron cron;

  std::unexpected<Problem> refuse(std::string_view part, std::string message,
                                  std::string help) const {
    Problem problem;
    problem.code = "bad-cron";
    problem.message = std::move(message);
    problem.expected = kExpected;
    problem.help = std::move(help);
    problem.at = static_cast<std::size_t>(part.data() - text.data());
    problem.length = part.size();
    return std::unexpected(std::move(problem));
  }
  std::unexpected<Problem> refuse_item(std::string_view item, const Field& field) const {
    return refuse(item, fmt::format("{} is no {}", quote(shorten(item)), field.name),
                  fmt::format("{}; *, a-b, */n, a-b/n, and lists of these", field.forms));
  }
};

std::optional<unsigned> value_of(std::string_view text, const Field& field) {
  if (text.size() == 3 && !field.words.empty()) {
    const std::size_t at = field.words.find(to_lower(text));
    if (at != std::string_view::npos && at % 3 == 0) {
      return field.low + static_cast<unsigned>(at / 3);
    }
  }
  auto number = parse_decimal(text);
  if (!number || *number < field.low || *number > field.high) return std::nullopt;
  return static_cast<unsigned>(*number);
}

// "*", "*/5", "3", "1-5", "1-5/2": the bits of its values, 0 when it is wrong.
std::uint64_t values_of(std::string_view item, const Field& field) {
  const std::size_t slash = item.find('/');
  const std::string_view range = item.substr(0, slash);
  std::uint64_t step = 1;
  if (slash != std::string_view::npos) {
    auto number = parse_decimal(item.substr(slash + 1));
    if (!number || *number == 0 || *number > field.high) return 0;
    step = *number;
  }
  std::optional<unsigned> low = field.low;
  std::optional<unsigned> high = field.high;
  if (range != "*") {
    const std::size_t dash = range.find('-');
    const bool is_range = dash != std::string_view::npos;
    low = value_of(range.substr(0, dash), field);
    high = is_range ? value_of(range.substr(dash + 1), field) : low;
    if (!is_range && slash != std::string_view::npos) return 0;
  }
  if (!low || !high || *low > *high) return 0;
  std::uint64_t bits = 0;
  for (std::uint64_t value = *low; value <= *high; value += step)
    bits |= 1ULL << value;
  return bits;
}

// "5#2", "friL". False when it is neither.
bool read_week(Cron& cron, std::string_view item) {
  const bool is_last = item.ends_with('L') || item.ends_with('l');
  const std::size_t end = is_last ? item.size() - 1 : item.find('#');
  if (end == std::string_view::npos) return false;
  const auto weekday = value_of(item.substr(0, end), kFields[kWeekday]);
  const auto week = is_last ? std::optional<std::uint64_t>(0) : parse_decimal(item.substr(end + 1));
  if (!weekday || !week || (!is_last && (*week < 1 || *week > 5))) return false;
  cron.weeks[*weekday % 7] |= static_cast<std::uint8_t>(1U << *week);
  return true;
}

bool read_special(Cron& cron, std::size_t field, std::string_view item) {
  if (field == kWeekday) return read_week(cron, item);
  if (field != kDay || to_lower(item) != "l") return false;
  cron.last_day = true;
  return true;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::string_view word : split(text, ' ')) {
    for (std::string_view part : split(word, '\t')) {
      if (!part.empty()) words.push_back(part);
    }
  }
  return words;
}

// Within 28 years each date has been on each day of week.
bool never_comes(const Cron& cron) {
  const chrono::sys_days end(chrono::year(2028) / 1 / 1);
  for (chrono::sys_days day(chrono::year(2000) / 1 / 1); day < end; day += chrono::days(1)) {
    if (cron.has_day(day)) return false;
  }
  return true;
}

Read<Cron> read_fields(std::string_view text) {
  CronReader reader{text, {}};
  const auto words = words_of(text);
  if (words.size() != kFields.size()) {
    return reader.refuse(text, fmt::format("{} is not {}", quote(shorten(text)), kExpected),
                         fmt::format("there are {} fields", words.size()));
  }
  std::array<std::uint64_t, 5> bits{};
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (std::string_view item : split(words[i], ',')) {
      const std::uint64_t values = values_of(item, kFields[i]);
      if (values == 0 && !read_special(reader.cron, i, item)) {
        return reader.refuse_item(item, kFields[i]);
      }
      bits[i] |= values;
    }
  }
  Cron& cron = reader.cron;
  cron.minutes = bits[0];
  cron.hours = static_cast<std::uint32_t>(bits[1]);
  cron.days = static_cast<std::uint32_t>(bits[kDay]);
  cron.months = static_cast<std::uint32_t>(bits[3]);
  cron.weekdays = static_cast<std::uint32_t>((bits[kWeekday] | bits[kWeekday] >> 7) & 0x7F);
  cron.any_day = words[kDay].starts_with('*');
  cron.any_weekday = words[kWeekday].starts_with('*');
  cron.by_elapsed_time = words[0].starts_with('*') || words[1].starts_with('*');
  if (never_comes(cron)) {
    const auto begin = static_cast<std::size_t>(words[kDay].data() - text.data());
    const auto last = static_cast<std::size_t>(words[kWeekday].data() - text.data());
    const std::string_view all = text.substr(begin, last + words[kWeekday].size() - begin);
    const bool is_day = words[kWeekday] == "*";
    const std::string what = is_day ? fmt::format("day {} never comes in month {}",
                                                  shorten(words[kDay]), shorten(words[3]))
                                    : fmt::format("the days of {} never come", quote(shorten(all)));
    return reader.refuse(is_day ? words[kDay] : all, what,
                         "L is the last day of each month; when a day field begins with *, the "
                         "other one must match as well");
  }
  return std::move(cron);
}

}  // namespace

bool Cron::has_day(chrono::year_month_day day) const {
  if ((months >> static_cast<unsigned>(day.month()) & 1) == 0) return false;
  const auto number = static_cast<unsigned>(day.day());
  const auto last = static_cast<unsigned>((day.year() / day.month() / chrono::last).day());
  const unsigned weekday = chrono::weekday(chrono::sys_days(day)).c_encoding();
  const bool in_days = (days >> number & 1) != 0 || (last_day && number == last);
  const unsigned week = weeks[weekday];
  const bool in_weekdays = (weekdays >> weekday & 1) != 0 ||
                           (week >> ((number + 6) / 7) & 1) != 0 ||
                           ((week & 1) != 0 && number + 7 > last);
  return any_day || any_weekday ? in_days && in_weekdays : in_days || in_weekdays;
}

Read<Cron> read_cron(std::string_view text) {
  std::string_view fields = text;
  if (text.starts_with('@')) {
    const auto* known = std::ranges::find(kNames, to_lower(text),
                                          [](const auto& name) { return std::string(name.first); });
    if (known == kNames.end() || known->second.empty()) {
      std::vector<std::string> names;
      for (const auto& [name, meaning] : kNames) {
        if (!meaning.empty()) names.emplace_back(name);
      }
      return CronReader{text, {}}.refuse(
          text, fmt::format("{} is no schedule", quote(shorten(text))),
          known == kNames.end() ? join(names, ", ")
                                : "what runs when the machine starts is a service");
    }
    fields = known->second;
  }
  auto cron = read_fields(fields);
  if (cron) cron->text = text;
  return cron;
}

}  // namespace hammock::schema
