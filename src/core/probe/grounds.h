// Grounds: what a probe stands on. "probe.NAME" is one that it depends on, "HOST:PORT" a witness.
// Of this module only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/probe/draft.h"

namespace hammock::probe {

// What was not answered for so long will not be answered any more.
inline constexpr Duration kAnswerMost = std::chrono::minutes(15);

std::string ground_of_probe(std::string_view probe);
std::vector<std::string> grounds_of(const Setup& setup);
// The witnesses as one text: who has the same ones is blind together.
std::string witnesses_text(const Setup& setup);

enum class Standing : std::uint8_t { kGood, kBad, kPending };

struct Consulted {
  Standing standing = Standing::kGood;
  std::string why;        // it is bad
  bool is_blind = false;  // because no witness can be reached
};
// What the grounds say of a try that ended at `tried`. Those that are not known are asked.
Consulted consult(Draft& draft, const Setup& setup, Steady tried);

}  // namespace hammock::probe
