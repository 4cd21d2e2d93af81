// A text by lines: byte offset ↔ line and column, in constant or one line's time.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "schema/span.h"

namespace hammock::schema {

class Lines {
 public:
  // The text must outlive it. Lines end with \n; a \r before it does not belong to the line.
  explicit Lines(std::string_view text);

  std::uint32_t count() const { return static_cast<std::uint32_t>(starts_.size()); }
  // Line from 1, without its end; empty beyond the last.
  std::string_view line(std::uint32_t number) const;
  // The span of one or more bytes: [begin, end).
  Span span(std::size_t begin, std::size_t end) const;
  // The byte at a line and column; the end of the line when the column is beyond it.
  std::size_t offset(std::uint32_t line, std::uint32_t column) const;

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

// How many code points the bytes hold (a broken byte counts as one).
std::size_t count_code_points(std::string_view text);

}  // namespace hammock::schema
