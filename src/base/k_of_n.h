// "3 of 5": something counts once k of the newest n outcomes were bad, so that a single bad one
// need not wake anybody.
//
// Outcomes are a text, the newest last: 's' for a success, 'f' for a failure. It is what a journal
// keeps, so a person can read it there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hammock {

struct KOfN {
  std::uint32_t k = 1;
  std::uint32_t n = 1;  // 1 to kOutcomesMost, at least k
  friend bool operator==(const KOfN&, const KOfN&) = default;
};

inline constexpr std::uint32_t kOutcomesMost = 100;
inline constexpr char kGoodOutcome = 's';
inline constexpr char kBadOutcome = 'f';

inline std::string text_of(KOfN rule) {
  return std::to_string(rule.k) + " of " + std::to_string(rule.n);
}

// The newest n of these and one more.
inline std::string with_outcome(std::string outcomes, char outcome, std::uint32_t n) {
  outcomes += outcome;
  return outcomes.size() > n ? outcomes.substr(outcomes.size() - n) : outcomes;
}

// Among the newest n.
inline std::uint32_t bad_outcomes(std::string_view outcomes, std::uint32_t n) {
  if (outcomes.size() > n) outcomes.remove_prefix(outcomes.size() - n);
  return static_cast<std::uint32_t>(std::ranges::count(outcomes, kBadOutcome));
}

}  // namespace hammock
