#include <algorithm>

#include "base/variant.h"
#include "core/service/fold.h"
#include "core/service/query.h"
#include "core/service/service.h"

namespace hammock::service {
namespace {

ServiceIndex room_for(State& state, const std::string& name) {
  auto [place, is_new] = state.by_name.try_emplace(name, 0);
  if (!is_new) return place->second;
  if (state.holes.empty()) {
    state.holes.push_back(static_cast<ServiceIndex>(state.services.size()));
    state.services.emplace_back();
    state.deadline_of.emplace_back();
  }
  place->second = state.holes.back();
  state.holes.pop_back();
  Service& service = state.services[place->second];
  Setup setup;
  setup.config.name = service.name = name;
  service.setup = std::move(setup);
  return place->second;
}

void set_deadline(State& state, ServiceIndex index, std::optional<Steady> due) {
  std::optional<Steady>& known = state.deadline_of[index];
  if (known == due) return;
  if (known) state.deadlines.erase({*known, index});
  if (due) state.deadlines.insert({*due, index});
  known = due;
}

void refresh_deadline(State& state, ServiceIndex index) {
  const Service& service = state.services[index];
  set_deadline(state, index, due_of(state.house, service.setup, service.live));
}

void refresh_all_deadlines(State& state) {
  for (ServiceIndex i = 0; i < state.services.size(); ++i)
    refresh_deadline(state, i);
}

void add_unique(std::vector<ServiceIndex>& list, ServiceIndex index) {
  if (std::ranges::find(list, index) == list.end()) list.push_back(index);
}

void link_services(State& state) {
  for (Service& service : state.services) {
    service.needs.clear();
    service.after.clear();
    service.dependents.clear();
    service.companions.clear();
  }
  for (ServiceIndex i : state.order) {
    const Config& config = state.services[i].setup->config;
    auto each = [&](const std::vector<std::string>& names, auto&& use) {
      for (const std::string& name : names) {
        auto found = state.by_name.find(name);
        if (found != state.by_name.end()) use(found->second);
      }
    };
    each(config.needs, [&](ServiceIndex need) {
      add_unique(state.services[i].needs, need);
      add_unique(state.services[need].dependents, i);
    });
    each(config.after, [&](ServiceIndex earlier) {
      add_unique(state.services[i].after, earlier);
      add_unique(state.services[earlier].dependents, i);
    });
    each(config.restart_with,
         [&](ServiceIndex leader) { add_unique(state.services[leader].companions, i); });
  }
}

void configure(State& state, const ConfigurationApplied& fact) {
  for (Service& service : state.services)
    service.configured = false;
  state.order.clear();
  for (const Shared<Setup>& setup : fact.services) {
    ServiceIndex index = room_for(state, setup->config.name);
    Service& service = state.services[index];
    bool is_another =
        service.setup->start_hash != 0 && service.setup->start_hash != setup->start_hash;
    service.configured = true;
    service.setup = setup;
    state.order.push_back(index);
    if (is_another) fold_into(service.live, RetryAsked{service.name, fact.command});
  }
  link_services(state);
  refresh_all_deadlines(state);
}

void put_off_stops(State& state, Duration by) {
  for (Service& service : state.services) {
    for (Instance& instance : service.live.instances) {
      if (instance.stop) instance.stop->deadline += by;
    }
  }
}

// Another boot: nothing of what ran then runs now. What was wanted stays wanted.
void forget_processes(State& state) {
  for (Service& service : state.services) {
    for (Instance& instance : service.live.instances) {
      Instance fresh;
      fresh.number = instance.number;
      fresh.restarts = instance.restarts;
      fresh.last_exit = instance.last_exit;
      fresh.run = std::move(instance.run);
      if (fresh.run && !fresh.run->over) fresh.run->generation = 0;
      instance = std::move(fresh);
    }
    service.live.roll = Roll{};
    service.live.standing = Standing::kOff;
  }
  state.not_off = 0;
}

void remember_finished(State& state, const CommandFinished& fact) {
  state.open_commands.erase(fact.id);
  state.finished_commands.push_back({fact.id, fact.ok, fact.message});
  if (state.finished_commands.size() > kFinishedCommandsKept) state.finished_commands.pop_front();
}

void forget_service(State& state, const std::string& name) {
  auto found = state.by_name.find(name);
  if (found == state.by_name.end()) return;
  ServiceIndex index = found->second;
  state.by_name.erase(found);
  set_deadline(state, index, std::nullopt);
  if (state.services[index].live.standing != Standing::kOff) --state.not_off;
  state.services[index] = Service{};
  state.holes.push_back(index);
}

void apply_to_service(State& state, const Fact& fact, const std::string& name) {
  ServiceIndex index = room_for(state, name);
  Service& service = state.services[index];
  bool was_off = service.live.standing == Standing::kOff;
  fold_into(service.live, fact);
  bool is_off = service.live.standing == Standing::kOff;
  if (was_off && !is_off) ++state.not_off;
  if (!was_off && is_off) --state.not_off;
  refresh_deadline(state, index);
}

void apply_to_house(State& state, const Fact& fact) {
  bool finished = state.house.stop && state.house.stop->finished;
  fold_into(state.house, fact);
  if (const auto* configured = std::get_if<ConfigurationApplied>(&fact)) {
    if (configured->complete) configure(state, *configured);
  } else if (const auto* started = std::get_if<BrainStarted>(&fact)) {
    if (started->another_boot) forget_processes(state);
  } else if (std::holds_alternative<LedgerKnown>(fact)) {
    refresh_all_deadlines(state);
  } else if (const auto* woken = std::get_if<Woken>(&fact)) {
    put_off_stops(state, woken->slept);
    refresh_all_deadlines(state);
  } else if (std::holds_alternative<HouseOpened>(fact) && finished) {
    // A finished `down` ended the pins with it: the configuration says what is wanted. What failed
    // in that life is tried as if it had not.
    for (Service& service : state.services) {
      service.live.pin.reset();
      forget_failures(service.live);
    }
  }
}

}  // namespace

void apply(State& state, const Fact& fact) {
  if (const auto* accepted = std::get_if<CommandAccepted>(&fact)) {
    state.open_commands[accepted->id] = accepted->service;
  } else if (const auto* finished = std::get_if<CommandFinished>(&fact)) {
    remember_finished(state, *finished);
    if (state.by_name.find(finished->service) == state.by_name.end()) return;
  } else if (const auto* forgotten = std::get_if<ServiceForgotten>(&fact)) {
    return forget_service(state, forgotten->service);
  }
  std::string name(service_of(fact));
  bool about_service = std::visit(
      []<class Some>(const Some& some) {
        return requires { some.service; } || requires { some.view; };
      },
      fact);
  if (!about_service) {
    apply_to_house(state, fact);
  } else if (!name.empty()) {
    apply_to_service(state, fact, name);
  }
}

std::optional<Steady> next_wake(const State& state) {
  if (!can_act(state.house) || state.deadlines.empty()) return std::nullopt;
  return state.deadlines.begin()->first;
}

}  // namespace hammock::service
