#include "core/probe/blind.h"

#include <algorithm>
#include <set>
#include <vector>

#include "base/text.h"
#include "core/probe/grounds.h"

namespace hammock::probe {

void go_blind(Draft& draft, const std::string& witnesses, Instant since) {
  if (!draft.blind().contains(witnesses)) draft.say(BlindnessBegan{witnesses, since});
}

void see_again(Draft& draft, const std::string& witnesses) {
  auto found = draft.blind().find(witnesses);
  if (found == draft.blind().end()) return;
  draft.say(BlindnessEnded{witnesses, found->second, draft.now().wall});
}

void witness_seen(Draft& draft, std::string_view witness) {
  std::vector<std::string> seeing;
  for (const auto& [witnesses, since] : draft.blind()) {
    const auto words = split(witnesses, ' ');
    if (std::ranges::find(words, witness) != words.end()) seeing.push_back(witnesses);
  }
  for (const std::string& witnesses : seeing)
    see_again(draft, witnesses);
}

void forget_unused(Draft& draft, const std::vector<Shared<Setup>>& probes) {
  std::set<std::string> used;
  for (const Shared<Setup>& setup : probes)
    used.insert(witnesses_text(*setup));
  std::vector<std::string> unused;
  for (const auto& [witnesses, since] : draft.blind()) {
    if (!used.contains(witnesses)) unused.push_back(witnesses);
  }
  for (const std::string& witnesses : unused)
    see_again(draft, witnesses);
}

}  // namespace hammock::probe
