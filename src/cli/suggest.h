// "; did you mean `web`?" for a word that is not known.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hammock::cli {

// Empty when no candidate is near in spelling, and none begins with the word.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace hammock::cli
