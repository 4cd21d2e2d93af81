#include "core/service/facts.h"

namespace hammock::service {
std::string_view name_of(const Fact& fact) {
  return fact::name_of(fact);
}

Keep keep_of(const Fact& fact) {
  return fact::keep_of(fact);
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

}  // namespace hammock::service
