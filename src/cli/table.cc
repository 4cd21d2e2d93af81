#include "cli/table.h"

#include <algorithm>

#include "cli/when.h"

namespace hammock::cli {
namespace {

constexpr std::size_t kNotesIndent = 4;
constexpr std::string_view kGap = "  ";
constexpr std::size_t kLastColumnsMin = 8;

// How wide the last column may become.
std::size_t room_of_last(const std::vector<std::size_t>& widths, const Look& look) {
  std::size_t used = 0;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i)
    used += widths[i] + kGap.size();
  return std::max(look.width > used ? look.width - used : 0, kLastColumnsMin);
}

}  // namespace

std::string table(const Cells& titles, const std::vector<Line>& lines, const Look& look,
                  LastColumn last) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < titles.size(); ++i) {
    widths.push_back(columns_of(titles[i]));
    for (const Line& line : lines)
      widths[i] = std::max(widths[i], columns_of(line.cells[i]));
  }
  auto last_cell = [&](const std::string& cell) {
    return last == LastColumn::kCut ? shortened(cell, room_of_last(widths, look)) : cell;
  };
  auto put = [&](const Cells& cells, Tone tone) {
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      std::string cell = i + 1 < cells.size() ? padded(cells[i], widths[i]) : last_cell(cells[i]);
      if (i > 0) text += kGap;
      text += i == 1 ? toned(look, tone, cell) : cell;
    }
    while (text.ends_with(' '))
      text.pop_back();
    return text + "\n";
  };
  std::string head = put(titles, Tone::kPlain);
  head.pop_back();
  std::string text = toned(look, Tone::kFaint, head) + "\n";
  for (const Line& line : lines) {
    text += put(line.cells, line.tone);
    for (const std::string& note : line.notes)
      text += wrapped(note, look.width, kNotesIndent);
  }
  return text;
}

std::string relative(Instant at, Instant now) {
  return at > now ? "in " + age_between(now, at) : age_between(at, now) + " ago";
}

}  // namespace hammock::cli
