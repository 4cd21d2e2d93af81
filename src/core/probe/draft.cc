#include "core/probe/draft.h"

#include <utility>

#include "base/assert.h"

namespace hammock::probe {

const Probe* Draft::find(std::string_view probe) const {
  auto touched = probes_.find(probe);
  if (touched != probes_.end()) return &touched->second;
  auto known = state_.probes.find(probe);
  return known != state_.probes.end() && known->second.configured ? &known->second : nullptr;
}

Probe& Draft::touch(const std::string& probe) {
  auto touched = probes_.find(probe);
  if (touched != probes_.end()) return touched->second;
  auto known = state_.probes.find(probe);
  HAMMOCK_ASSERT(known != state_.probes.end());
  return probes_.emplace(probe, known->second).first->second;
}

Run& Draft::run(const std::string& probe) {
  return touch(probe).run;
}

const Look& Draft::look(std::string_view ground) const {
  static const Look kNone;
  if (auto touched = looks_.find(ground); touched != looks_.end()) return touched->second;
  auto known = state_.looks.find(ground);
  return known == state_.looks.end() ? kNone : known->second;
}

Look& Draft::change_look(const std::string& ground) {
  auto touched = looks_.find(ground);
  if (touched != looks_.end()) return touched->second;
  return looks_.emplace(ground, look(ground)).first->second;
}

void Draft::say(Fact fact) {
  const std::string name(probe_of(fact));
  // What it is defined as is nothing that a draft goes on with.
  const bool is_defined = std::holds_alternative<ProbeDefined>(fact);
  if (!is_defined && find(name) != nullptr) fold_into(touch(name), fact);
  if (const auto* began = std::get_if<BlindnessBegan>(&fact)) {
    blind_.emplace(began->witnesses, began->since);
  } else if (const auto* ended = std::get_if<BlindnessEnded>(&fact)) {
    blind_.erase(ended->witnesses);
  }
  decision_.facts.push_back(std::move(fact));
}

std::uint64_t Draft::ask(Ask ask) {
  ask.id = ++asked_;
  decision_.orders.emplace_back(std::move(ask));
  return asked_;
}

Decision Draft::take() {
  if (asked_ != state_.asked) decision_.facts.emplace_back(Numbered{asked_});
  for (auto& [name, probe] : probes_)
    decision_.facts.emplace_back(ProbeMoved{name, std::move(probe.run)});
  for (auto& [ground, look] : looks_)
    decision_.facts.emplace_back(LookMoved{ground, look});
  return std::move(decision_);
}

}  // namespace hammock::probe
