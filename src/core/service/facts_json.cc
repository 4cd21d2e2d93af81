#include "core/service/facts_json.h"

#include "core/fact/fact.h"

namespace hammock::service {

std::string fields_json(const Fact& fact) {
  return fact::fields_json(fact);
}

Result<Fact> fact_from_json(std::string_view name, std::string_view json) {
  return fact::from_json<Fact>(name, json);
}

}  // namespace hammock::service
