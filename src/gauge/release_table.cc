#include "gauge/release_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "base/text.h"

namespace hammock::gauge {
namespace {

constexpr std::size_t kWordBytesMax = 100;
constexpr std::string_view kSmall = "abcdefghijklmnopqrstuvwxyz0123456789._+-";
constexpr std::string_view kCapital = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> found;
  constexpr std::string_view spaces = " \t";
  while (true) {
    text = trim(text);
    if (text.empty()) return found;
    const auto end = text.find_first_of(spaces);
    found.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end);
  }
}

// "3.9" comes before "3.14".
bool is_before(std::string_view a, std::string_view b) {
  const auto left = split(a, '.');
  const auto right = split(b, '.');
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    if (left[i] == right[i]) continue;
    const auto left_number = parse_decimal(left[i]);
    const auto right_number = parse_decimal(right[i]);
    if (!left_number || !right_number) return left[i] < right[i];
    if (*left_number != *right_number) return *left_number < *right_number;
  }
  return left.size() < right.size();
}

}  // namespace

bool is_product(std::string_view text) {
  return !text.empty() && text.size() <= kWordBytesMax &&
         text.find_first_not_of(kSmall) == std::string_view::npos;
}

bool is_release(std::string_view text) {
  return !text.empty() && text.size() <= kWordBytesMax && std::ranges::all_of(text, [](char c) {
    return kSmall.contains(c) || kCapital.contains(c);
  });
}

bool is_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto year = parse_decimal(text.substr(0, 4));
  const auto month = parse_decimal(text.substr(5, 2));
  const auto day = parse_decimal(text.substr(8, 2));
  if (!year || !month || !day || *year < 1970) return false;
  return std::chrono::year_month_day(std::chrono::year(static_cast<int>(*year)),
                                     std::chrono::month(static_cast<unsigned>(*month)),
                                     std::chrono::day(static_cast<unsigned>(*day)))
      .ok();
}

Result<std::vector<Release>> parse_release_table(std::string_view file, std::string_view text) {
  std::vector<Release> table;
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> lines;
  std::size_t number = 0;
  for (std::string_view line : split(text, '\n')) {
    ++number;
    const auto found = words_of(line.substr(0, line.find('#')));
    if (found.empty()) continue;
    const auto wrong = [&](std::string_view expected) {
      return fail(ErrorCode::kCorrupt, fmt::format("{}:{}: expected {}, got \"{}\"", file, number,
                                                   expected, printable(trim(line).substr(0, 100))));
    };
    if (found.size() != 3 || !is_product(found[0]) || !is_release(found[1])) {
      return wrong("a line such as \"debian 12 2028-06-30 # a comment\"");
    }
    if (!is_day(found[2])) return wrong("a day such as 2028-06-30 as the third word");
    const auto [first, is_new] = lines.try_emplace({found[0], found[1]}, number);
    if (!is_new) return wrong(fmt::format("one line for each, and line {} was it", first->second));
    table.push_back({std::string(found[0]), std::string(found[1]), std::string(found[2])});
  }
  return table;
}

const Release* find_release(const std::vector<Release>& table, std::string_view product,
                            std::string_view release) {
  while (true) {
    const auto found = std::ranges::find_if(table, [&](const Release& one) {
      return one.product == product && one.release == release;
    });
    if (found != table.end()) return &*found;
    const auto dot = release.rfind('.');
    if (dot == std::string_view::npos) return nullptr;
    release = release.substr(0, dot);
  }
}

const Release* newest_release(const std::vector<Release>& table, std::string_view product) {
  const Release* newest = nullptr;
  for (const Release& one : table) {
    if (one.product != product) continue;
    if (newest == nullptr || is_before(newest->release, one.release)) newest = &one;
  }
  return newest;
}

}  // namespace hammock::gauge
