// Where something stands in a file, and how it is reached from the root.
//
// Lines and columns count from 1; a column is one code point, so a caret under "é" is one wide. The
// end is exclusive: the first column after the last code point. Line 0 means: no place in a file.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace hammock::schema {

struct Span {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t end_line = 0;
  std::uint32_t end_column = 0;
  friend auto operator<=>(const Span&, const Span&) = default;
};

// A key of a table, or a place in an array counted from 0.
using PathStep = std::variant<std::string, std::size_t>;
using Path = std::vector<PathStep>;

// service.web.listen[2]; keys that are not bare in TOML are quoted.
std::string path_text(const Path& path);

}  // namespace hammock::schema
