// Visits over std::variant that the compiler proves exhaustive: give one lambda per alternative and
// no generic one.
#pragma once

#include <variant>

namespace hammock {

template <class... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

template <class Variant, class... Lambdas>
decltype(auto) match(Variant&& variant, Lambdas&&... lambdas) {
  return std::visit(overloaded{std::forward<Lambdas>(lambdas)...}, std::forward<Variant>(variant));
}

}  // namespace hammock
