#include "cli/suggest.h"

#include "schema/suggest.h"

namespace hammock::cli {

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  std::vector<std::string> near = schema::nearest(word, candidates);
  if (near.empty()) {
    for (const std::string& candidate : candidates) {
      if (!word.empty() && candidate.starts_with(word)) near.push_back(candidate);
    }
  }
  if (near.empty()) return {};
  for (std::string& one : near) one = "`" + one + "`";
  return "; did you mean " + schema::alternatives(near, 3) + "?";
}

}  // namespace hammock::cli
