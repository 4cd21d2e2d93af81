#include "core/probe/grounds.h"

namespace hammock::probe {
namespace {

constexpr std::string_view kProbePrefix = "probe.";

// Good is what was begun after the try; bad what was not over before it: older words would be those
// of an outage that has ended.
Standing standing_of(const Look& look, Steady tried) {
  if (look.last_ended == Steady{}) return Standing::kPending;
  if (look.last == Verdict::kGood) {
    return look.last_began >= tried ? Standing::kGood : Standing::kPending;
  }
  return look.last_ended >= tried ? Standing::kBad : Standing::kPending;
}

// One that is out and began too early is waited for: then whoever waits consults again.
void ask_for(Draft& draft, const std::string& ground) {
  const Look& look = draft.look(ground);
  const Steady now = draft.now().steady;
  if (look.asked != 0 && now < look.began + kAnswerMost) return;
  const bool is_probe = ground.starts_with(kProbePrefix);
  Ask ask;
  (is_probe ? ask.probe : ask.witness) = is_probe ? ground.substr(kProbePrefix.size()) : ground;
  Look& changed = draft.change_look(ground);
  changed.asked = draft.ask(std::move(ask));
  changed.began = now;
}

}  // namespace

std::string ground_of_probe(std::string_view probe) {
  return std::string(kProbePrefix) + std::string(probe);
}

std::vector<std::string> grounds_of(const Setup& setup) {
  std::vector<std::string> grounds;
  for (const std::string& parent : setup.config.depends_on)
    grounds.push_back(ground_of_probe(parent));
  grounds.insert(grounds.end(), setup.witnesses.begin(), setup.witnesses.end());
  return grounds;
}

std::string witnesses_text(const Setup& setup) {
  std::string text;
  for (const std::string& witness : setup.witnesses) {
    if (!text.empty()) text += ' ';
    text += witness;
  }
  return text;
}

Consulted consult(Draft& draft, const Setup& setup, Steady tried) {
  bool is_pending = false;
  for (const std::string& parent : setup.config.depends_on) {
    const std::string ground = ground_of_probe(parent);
    const Standing standing = standing_of(draft.look(ground), tried);
    if (standing == Standing::kBad) return {Standing::kBad, ground + " is not good either"};
    if (standing == Standing::kGood) continue;
    is_pending = true;
    ask_for(draft, ground);
  }
  bool any_good = setup.witnesses.empty();
  bool all_bad = !any_good;
  for (const std::string& witness : setup.witnesses) {
    const Standing standing = standing_of(draft.look(witness), tried);
    any_good |= standing == Standing::kGood;
    all_bad &= standing == Standing::kBad;
    if (standing == Standing::kPending) ask_for(draft, witness);
  }
  if (all_bad) {
    return {Standing::kBad, "no witness can be reached (" + witnesses_text(setup) + ")", true};
  }
  return {is_pending || !any_good ? Standing::kPending : Standing::kGood, ""};
}

}  // namespace hammock::probe
