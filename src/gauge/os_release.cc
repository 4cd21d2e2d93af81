#include "gauge/os_release.h"

#include <fmt/format.h>

#include "base/text.h"

namespace hammock::gauge {
namespace {

constexpr std::string_view kEscapable = "\\\"$`";

// Nothing when it is not one value.
std::optional<std::string> unquote(std::string_view text) {
  const bool is_quoted = text.starts_with('"') || text.starts_with('\'');
  const char quote = is_quoted ? text.front() : '\0';
  std::string value;
  std::size_t i = is_quoted ? 1 : 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (is_quoted && c == quote) return i + 1 == text.size() ? std::optional(value) : std::nullopt;
    if (c == '\\' && quote != '\'') {
      if (i + 1 == text.size()) return std::nullopt;
      const bool is_escape = !is_quoted || kEscapable.contains(text[i + 1]);
      if (is_escape) ++i;
      value += text[i];
      continue;
    }
    // What a shell would not take as a part of it.
    if (!is_quoted && std::string_view(" \t\"'$`;&|<>()").contains(c)) return std::nullopt;
    value += c;
  }
  return is_quoted ? std::nullopt : std::optional(value);
}

}  // namespace

Result<std::optional<std::string>> os_release_value(std::string_view file, std::string_view text,
                                                    std::string_view name) {
  std::optional<std::string> value;
  std::size_t number = 0;
  for (std::string_view line : split(text, '\n')) {
    ++number;
    line = trim(line);
    if (!line.starts_with(name) || line.size() == name.size() || line[name.size()] != '=') continue;
    line.remove_prefix(name.size() + 1);
    value = unquote(line);
    if (!value) {
      return fail(ErrorCode::kCorrupt,
                  fmt::format("{}:{}: expected {}= and one value, in quotes if need be, got {}",
                              file, number, name, printable(line.substr(0, 100))));
    }
  }
  return value;
}

}  // namespace hammock::gauge
