// Tables for people: a line for each thing, and notes below it.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "cli/look.h"

namespace hammock::cli {

using Cells = std::vector<std::string>;
struct Line {
  Cells cells;
  Tone tone = Tone::kPlain;  // of the second cell
  std::vector<std::string> notes = {};
};

enum class LastColumn {
  kWhole,
  kCut,  // to what the width leaves it
};

// Columns as wide as their widest cell. The last one is not filled up.
std::string table(const Cells& titles, const std::vector<Line>& lines, const Look& look,
                  LastColumn last = LastColumn::kWhole);

// "in 3h", "2m ago".
std::string relative(Instant at, Instant now);

}  // namespace hammock::cli
