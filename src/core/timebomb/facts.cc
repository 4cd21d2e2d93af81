#include "core/timebomb/facts.h"

#include "core/timebomb/fact_fields.h"

namespace hammock::timebomb {

std::string_view timebomb_of(const Fact& fact) {
  return std::visit(
      [](const auto& some) -> std::string_view {
        if constexpr (requires { some.timebomb; })
          return some.timebomb;
        else
          return {};
      },
      fact);
}

std::string fields_json(const Fact& fact) {
  return fact::fields_json(fact);
}

Result<Fact> fact_from_json(std::string_view name, std::string_view json) {
  return fact::from_json<Fact>(name, json);
}

}  // namespace hammock::timebomb
