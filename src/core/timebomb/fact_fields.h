// The fields of every journaled fact of this room, by name, in a fixed order.
#pragma once

#include "core/timebomb/facts.h"

namespace hammock::timebomb {
namespace fields {

// F is the fact or the const fact; `visit` takes (std::string_view name, member).
template <class F, class Fact>
concept Is = std::is_same_v<std::remove_const_t<F>, Fact>;

template <Is<TimebombDefined> F>
void of(F& fact, auto& visit) {
  visit("timebomb", fact.timebomb);
  visit("identity", fact.identity);
}
template <Is<TimebombRead> F>
void of(F& fact, auto& visit) {
  visit("timebomb", fact.timebomb);
  visit("at", fact.at);
  visit("identity", fact.identity);
  visit("goes_off", fact.goes_off);
  visit("early", fact.early);
  visit("late", fact.late);
  visit("begins", fact.begins);
  visit("evidence", fact.evidence);
}
template <Is<TimebombWarned> F>
void of(F& fact, auto& visit) {
  visit("timebomb", fact.timebomb);
  visit("at", fact.at);
  visit("before", fact.before);
  visit("goes_off", fact.goes_off);
  visit("evidence", fact.evidence);
  visit("told", fact.told);
}
template <class F>
  requires(Is<F, TimebombWentOff> || Is<F, TimebombDefused>)
void of(F& fact, auto& visit) {
  visit("timebomb", fact.timebomb);
  visit("at", fact.at);
  visit("goes_off", fact.goes_off);
  visit("evidence", fact.evidence);
  visit("told", fact.told);
}
template <Is<TimebombEased> F>
void of(F& fact, auto& visit) {
  visit("timebomb", fact.timebomb);
  visit("at", fact.at);
  visit("told", fact.told);
}
template <Is<TimebombUnknown> F>
void of(F& fact, auto& visit) {
  visit("timebomb", fact.timebomb);
  visit("at", fact.at);
  visit("seen", fact.seen);
  visit("why", fact.why);
}
template <Is<TimebombKnown> F>
void of(F& fact, auto& visit) {
  visit("timebomb", fact.timebomb);
  visit("at", fact.at);
}
template <class F>
  requires(Is<F, TimebombsConfigured> || Is<F, TimebombMoved> || Is<F, LooksNumbered> ||
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

}  // namespace hammock::timebomb
