#include "core/engine/engine.h"

#include "base/variant.h"

namespace hammock::engine {

State make_state(std::uint64_t seed) {
  return State(service::State(seed));
}

Decision step(State& state, const Event& event, Now now) {
  return match(event, [&](const service::Event& of_service) {
    auto& room = std::get<service::State>(state);
    service::Decision decided = service::decide(room, of_service, now);
    Decision decision;
    for (service::Fact& fact : decided.facts) {
      service::apply(room, fact);
      decision.facts.emplace_back(std::move(fact));
    }
    for (service::Order& order : decided.orders)
      decision.orders.emplace_back(std::move(order));
    return decision;
  });
}

void apply(State& state, const Fact& fact) {
  match(fact, [&](const service::Fact& of_service) {
    service::apply(std::get<service::State>(state), of_service);
  });
}

std::optional<Steady> next_wake(const State& state) {
  return service::next_wake(std::get<service::State>(state));
}

std::string_view room_of(const Fact& fact) {
  return match(fact, [](const service::Fact&) { return rooms::Service::kName; });
}

std::string_view name_of(const Fact& fact) {
  return match(fact, [](const service::Fact& some) { return service::name_of(some); });
}

Keep keep_of(const Fact& fact) {
  return match(fact, [](const service::Fact& some) { return service::keep_of(some); });
}

std::string_view subject_of(const Fact& fact) {
  return match(fact, [](const service::Fact& some) { return service::service_of(some); });
}

std::string fields_json(const Fact& fact) {
  return match(fact, [](const service::Fact& some) { return service::fields_json(some); });
}

Result<Fact> fact_from_json(std::string_view room, std::string_view name, std::string_view json) {
  if (room != rooms::Service::kName) {
    return fail(ErrorCode::kNotFound, "no room is called '" + std::string(room) + "'");
  }
  auto fact = service::fact_from_json(name, json);
  if (!fact) return std::unexpected(std::move(fact).error());
  return Fact(std::move(*fact));
}

}  // namespace hammock::engine
