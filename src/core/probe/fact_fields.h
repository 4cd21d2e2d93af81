// The fields of every journaled fact of this room, by name, in a fixed order.
#pragma once

#include "core/probe/facts.h"

namespace hammock::probe {
namespace fields {

// F is the fact or the const fact; `visit` takes (std::string_view name, member).
template <class F, class Fact>
concept Is = std::is_same_v<std::remove_const_t<F>, Fact>;

template <Is<ProbeCounted> F>
void of(F& fact, auto& visit) {
  visit("probe", fact.probe);
  visit("at", fact.at);
  visit("outcomes", fact.outcomes);
  visit("since", fact.since);
  visit("message", fact.message);
}
template <Is<ProbeFell> F>
void of(F& fact, auto& visit) {
  visit("probe", fact.probe);
  visit("since", fact.since);
  visit("noticed", fact.noticed);
  visit("message", fact.message);
}
template <Is<ProbeRose> F>
void of(F& fact, auto& visit) {
  visit("probe", fact.probe);
  visit("at", fact.at);
  visit("noticed", fact.noticed);
  visit("down_since", fact.down_since);
}
template <Is<ProbesFellTogether> F>
void of(F& fact, auto& visit) {
  visit("since", fact.since);
  visit("at", fact.at);
  visit("fallen", fact.fallen);
  visit("of", fact.of);
}
template <Is<ProbeDefined> F>
void of(F& fact, auto& visit) {
  visit("probe", fact.probe);
  visit("identity", fact.identity);
}
template <Is<BlindnessBegan> F>
void of(F& fact, auto& visit) {
  visit("witnesses", fact.witnesses);
  visit("since", fact.since);
}
template <Is<BlindnessEnded> F>
void of(F& fact, auto& visit) {
  visit("witnesses", fact.witnesses);
  visit("since", fact.since);
  visit("at", fact.at);
}
template <class F>
  requires(Is<F, ProbesConfigured> || Is<F, ProbeMoved> || Is<F, LookMoved> || Is<F, Numbered> ||
           Is<F, HouseStood>)
void of(F&, auto&) {}

}  // namespace fields

template <class Visit>
void for_each_field(Fact& fact, Visit&& visit) {
  std::visit([&](auto& some) { fields::of(some, visit); }, fact);
}
template <class Visit>
void for_each_field(const Fact& fact, Visit&& visit) {
  std::visit([&](const auto& some) { fields::of(some, visit); }, fact);
}

}  // namespace hammock::probe
