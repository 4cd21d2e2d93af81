// A table of when releases come to their end, which people keep up to date: one line for each,
//
//   product release date [# comment]          debian 12 2028-06-30 # debian.org
//
// and blank lines and comments. A product is small letters, digits and any of . _ + -; a release
// may have capital letters, too; the date is the last day with support, of the years 1970 to 9999.
// No release stands there twice.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hammock::gauge {

struct Release {
  std::string product;
  std::string release;
  std::string ends;  // "2028-06-30"

  friend bool operator==(const Release&, const Release&) = default;
};

bool is_product(std::string_view text);
bool is_release(std::string_view text);
// Whether it is a day that exists, written as 2028-06-30.
bool is_day(std::string_view text);

// kCorrupt names `file` and the line, what was expected and what was got.
Result<std::vector<Release>> parse_release_table(std::string_view file, std::string_view text);

// The line for this very release, or else for the longest of its leading components: of "22.04.5"
// that is "22.04", or else "22". Null when there is none; points into the table.
const Release* find_release(const std::vector<Release>& table, std::string_view product,
                            std::string_view release);

// The highest release of a product. Null when it has none; points into the table.
const Release* newest_release(const std::vector<Release>& table, std::string_view product);

}  // namespace hammock::gauge
