#include "cli/suggest.h"

#include <algorithm>
#include <cstddef>

namespace hammock::cli {
namespace {

constexpr std::size_t kWordMax = 64;  // longer words are not typing mistakes

// Optimal string alignment distance (Damerau, Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + cost});
      bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > kWordMax) return {};
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::string_view nearest;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kWordMax) continue;
    std::size_t edits = candidate.starts_with(word) ? 1 : distance(word, candidate);
    if (edits < best) {
      best = edits;
      nearest = candidate;
    }
  }
  if (nearest.empty()) return {};
  return "; did you mean `" + std::string(nearest) + "`?";
}

}  // namespace hammock::cli
