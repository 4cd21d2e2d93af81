#include "core/service/facts.h"

#include <array>

namespace hammock::service {
namespace {

template <std::size_t... I>
std::optional<Fact> find_named(std::string_view name, std::index_sequence<I...>) {
  std::optional<Fact> found;
  auto consider = [&]<class Some>(std::in_place_type_t<Some>) {
    if (Some::kKeep != Keep::kMoment && Some::kName == name) found = Some{};
  };
  (consider(std::in_place_type<std::variant_alternative_t<I, Fact>>), ...);
  return found;
}

}  // namespace

std::string_view name_of(const Fact& fact) {
  return std::visit([]<class Some>(const Some&) { return Some::kName; }, fact);
}

Keep keep_of(const Fact& fact) {
  return std::visit([]<class Some>(const Some&) { return Some::kKeep; }, fact);
}

std::string_view service_of(const Fact& fact) {
  return std::visit(
      []<class Some>(const Some& some) -> std::string_view {
        if constexpr (requires { some.service; })
          return some.service;
        else if constexpr (requires { some.view.service; })
          return some.view.service;
        else
          return {};
      },
      fact);
}

std::optional<Fact> fact_named(std::string_view name) {
  return find_named(name, std::make_index_sequence<std::variant_size_v<Fact>>());
}

}  // namespace hammock::service
