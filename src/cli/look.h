// How text may look where it goes: renderers are pure functions of what they show and of a Look.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hammock::cli {

struct Look {
  bool terminal = false;   // live redrawing and escaping of control characters make sense
  bool colour = false;     // terminal, and NO_COLOR is not set
  std::size_t width = 80;  // columns
};

enum class Tone { kPlain, kStrong, kFaint, kGood, kBusy, kBad, kUnsure };

// The text in the tone's colour, or as it is without colours. Colour never says what the words do
// not.
std::string toned(const Look& look, Tone tone, std::string_view text);

// Columns that UTF-8 text takes: code points; wide and combining characters are counted as one.
std::size_t columns_of(std::string_view text);
// At most `columns` wide, the last one an ellipsis when something was cut off.
std::string shortened(std::string_view text, std::size_t columns);
// Padded with spaces on the right, or on the left.
std::string padded(std::string_view text, std::size_t columns);
std::string padded_left(std::string_view text, std::size_t columns);
// Breaks at spaces so that no line is wider than `columns` (longer words stand alone); each line
// begins with `indent` spaces and ends with a newline.
std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent = 0);

}  // namespace hammock::cli
