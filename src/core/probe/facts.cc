#include "core/probe/facts.h"

#include "core/probe/fact_fields.h"

namespace hammock::probe {

std::string_view probe_of(const Fact& fact) {
  return std::visit(
      [](const auto& some) -> std::string_view {
        if constexpr (requires { some.probe; })
          return some.probe;
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

}  // namespace hammock::probe
