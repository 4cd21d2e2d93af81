#include "cli/look.h"

#include "base/text.h"

namespace hammock::cli {
namespace {

std::string_view escape_of(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kStrong:
      return "\x1b[1m";
    case Tone::kFaint:
      return "\x1b[2m";
    case Tone::kGood:
      return "\x1b[32m";
    case Tone::kBusy:
      return "\x1b[33m";
    case Tone::kBad:
      return "\x1b[1;31m";
    case Tone::kUnsure:
      return "\x1b[35m";
  }
  return "";
}

bool begins_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
}

}  // namespace

std::string toned(const Look& look, Tone tone, std::string_view text) {
  std::string_view escape = look.colour ? escape_of(tone) : std::string_view();
  if (escape.empty() || text.empty()) return std::string(text);
  return std::string(escape) + std::string(text) + "\x1b[0m";
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for (char byte : text)
    columns += begins_character(byte) ? 1 : 0;
  return columns;
}

std::string shortened(std::string_view text, std::size_t columns) {
  if (columns_of(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t end = 0;
  std::size_t seen = 0;
  while (end < text.size()) {
    if (begins_character(text[end]) && seen++ == columns - 1) break;
    ++end;
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string padded(std::string_view text, std::size_t columns) {
  std::size_t used = columns_of(text);
  return std::string(text) + std::string(used < columns ? columns - used : 0, ' ');
}

std::string padded_left(std::string_view text, std::size_t columns) {
  std::size_t used = columns_of(text);
  return std::string(used < columns ? columns - used : 0, ' ') + std::string(text);
}

std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent) {
  std::string result;
  std::string line;
  std::string margin(indent, ' ');
  for (std::string_view word : split(text, ' ')) {
    if (word.empty()) continue;
    bool fits = indent + columns_of(line) + 1 + columns_of(word) <= columns;
    if (!line.empty() && !fits) {
      result += margin + line + "\n";
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty()) result += margin + line + "\n";
  return result;
}

}  // namespace hammock::cli
