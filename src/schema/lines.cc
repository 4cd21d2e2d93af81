#include "schema/lines.h"

#include <algorithm>

namespace hammock::schema {
namespace {

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

Lines::Lines(std::string_view text) : text_(text), starts_{0} {
  for (std::size_t at = text.find('\n'); at != std::string_view::npos;
       at = text.find('\n', at + 1)) {
    starts_.push_back(at + 1);
  }
}

std::string_view Lines::line(std::uint32_t number) const {
  if (number == 0 || number > starts_.size()) return {};
  std::size_t begin = starts_[number - 1];
  std::size_t end = number < starts_.size() ? starts_[number] - 1 : text_.size();
  if (end > begin && text_[end - 1] == '\r') --end;
  return text_.substr(begin, end - begin);
}

Span Lines::span(std::size_t begin, std::size_t end) const {
  auto place = [&](std::size_t at) {
    at = std::min(at, text_.size());
    auto next = std::upper_bound(starts_.begin(), starts_.end(), at);
    auto line = static_cast<std::uint32_t>(next - starts_.begin());
    std::size_t start = starts_[line - 1];
    auto column = 1 + count_code_points(text_.substr(start, at - start));
    return std::pair(line, static_cast<std::uint32_t>(column));
  };
  auto [line, column] = place(begin);
  auto [end_line, end_column] = place(std::max(begin, end));
  return Span{line, column, end_line, end_column};
}

std::size_t Lines::offset(std::uint32_t number, std::uint32_t column) const {
  if (number == 0) return 0;
  if (number > starts_.size()) return text_.size();
  std::string_view text = line(number);
  std::size_t at = 0;
  for (std::uint32_t passed = 1; passed < column && at < text.size(); ++passed) {
    ++at;
    while (at < text.size() && continues(text[at]))
      ++at;
  }
  return starts_[number - 1] + at;
}

}  // namespace hammock::schema
