// What must hold after every step of the simulated house, and at its end.
#include <algorithm>
#include <optional>

#include "base/text.h"
#include "sim/house.h"

namespace hammock::sim {
namespace {

using service::Instance;
using service::SlotPhase;

bool runs(const Instance& it) {
  return it.defined && it.slot.phase != SlotPhase::kIdle;
}

// Written again here on purpose, so that a mistake in the core's own words is seen.
bool serves(const Instance& it) {
  bool asked_to_end = it.stop && it.stop->generation == it.slot.generation;
  return runs(it) && it.ready == it.slot.generation && it.slot.generation > it.recorded &&
         !asked_to_end && !it.slot.stopping;
}

std::uint32_t serving(const service::Service& service) {
  return static_cast<std::uint32_t>(std::ranges::count_if(service.live.instances, serves));
}

const Instance* find(const service::State& state, const service::Target& target) {
  auto found = state.by_name.find(target.service);
  if (found == state.by_name.end()) return nullptr;
  for (const Instance& it : state.services[found->second].live.instances) {
    if (it.number == target.instance) return &it;
  }
  return nullptr;
}

}  // namespace

void House::check_signal(const service::Signal& order) {
  const service::State& state = room();
  const Instance* it = find(state, order.target);
  if (it == nullptr || !it->stop || it->stop->generation != it->slot.generation) return;
  const service::Service& service = state.services[state.by_name.at(order.target.service)];
  using service::StopReason;
  StopReason reason = it->stop->reason;
  bool was_serving = it->ready == it->slot.generation && !it->slot.stopping;
  bool ours = reason == StopReason::kRestart || reason == StopReason::kSurplus;
  bool first = it->stop->deadline == world_.now().steady + service.setup->config.stop.within;
  std::uint32_t floor = std::min(service.setup->config.min_ready, service.setup->config.instances);
  if (ours && first && was_serving && serving(service) < floor) {
    rule_broken(service.name + " was taken below min_ready by us");
  }
  if (ours && !it->member && reason == StopReason::kRestart) {
    rule_broken(service.name + ": a surplus copy was restarted");
  }
  if (reason != StopReason::kDown || !state.house.stop || !first) return;
  for (service::ServiceIndex dependent : service.dependents) {
    for (const Instance& other : state.services[dependent].live.instances) {
      if (runs(other))
        rule_broken(service.name + " was stopped under " + state.services[dependent].name);
    }
  }
}

void House::check_spawn(const service::Spawn& order) {
  const service::State& state = room();
  const Instance* it = find(state, order.target);
  const service::Service& service = state.services[state.by_name.at(order.target.service)];
  const std::string& name = service.name;
  if (it == nullptr || runs(*it)) return rule_broken(name + ": a start while a copy runs");
  if (state.house.stop || !service.configured || service.live.pin == service::Want::kDown) {
    rule_broken(name + ": a start though it is not wanted");
  }
  if (it->retry_at) rule_broken(name + ": a start before its wait is over");
  if (it->failed_config) rule_broken(name + ": a start after a no_retry exit");
  if (order.spec != service.setup->start_hash) rule_broken(name + ": a start from an old spec");
  const service::Config& config = service.setup->config;
  if (it->number > std::max(config.instances + 1, config.tasks)) {
    rule_broken(name + ": a start under a number beyond the spare one");
  }
  for (service::ServiceIndex need : service.needs) {
    const service::Service& needed = state.services[need];
    if (serving(needed) < std::max(1U, needed.setup->config.min_ready)) {
      rule_broken(name + " was started before " + needed.name + " was ready");
    }
  }
}

void House::note_sent(const service::Spawn& order) {
  const service::Target& target = order.target;
  const Instance* it = find(room(), target);
  auto run = service::run_of(room(), target.service, target.instance);
  if (it == nullptr || !run) return;
  tries_sent_[{world_.boots(), it->slot.slot, target.generation + 1}] = run->id;
}

void House::check_decision(const engine::Decision& decision) {
  for (const engine::Fact& fact : decision.facts) {
    const auto* exit = fact_as<service::InstanceExited>(fact);
    if (exit != nullptr && !world_.ended.contains({world_.boots(), exit->slot, exit->generation})) {
      rule_broken(exit->service + ": an end was recorded that never was");
    }
  }
  job_rules_.decided(decision.facts, world_.now());
  heartbeat_rules_.decided(decision.facts, world_.clock());
  probe_rules_.decided(decision.facts, network_, world_.clock());
  timebomb_rules_.decided(decision, world_.now(), world_.clock());
  for (const engine::Order& given : decision.orders) {
    const auto* order = std::get_if<service::Order>(&given);
    if (order == nullptr) continue;
    if (const auto* spawn = std::get_if<service::Spawn>(order)) check_spawn(*spawn);
    if (const auto* signal = std::get_if<service::Signal>(order)) check_signal(*signal);
  }
  for (const service::Service& service : room().services) {
    std::uint32_t running = 0;
    for (const Instance& it : service.live.instances)
      running += it.member ? 1 : 0;
    if (service.configured && running > service.setup->config.instances + 1 &&
        running > service::kInstancesMax) {
      rule_broken(service.name + " has too many members");
    }
  }
}

// Having decided, there is nothing left to decide; and what is due lies ahead.
void House::check_sleep() {
  auto next = engine::next_wake(state_);
  if (next && *next <= world_.now().steady) {
    return;  // its Wake is about to come; on_wake is checked below
  }
  service::Decision again = service::decide(room(), service::Wake{}, world_.now());
  if (!again.facts.empty() || !again.orders.empty()) {
    rule_broken("a wake without need found something to do");
  }
  check_jobs_sleep();
  heartbeat_rules_.check_sleep(std::get<heartbeat::State>(state_), world_.now());
  timebomb_rules_.check_sleep(std::get<timebomb::State>(state_), world_.now(), world_.clock());
}

// The ends that the journal has, and how often.
std::map<End, int> House::recorded_ends() const {
  std::map<End, int> recorded;
  std::uint64_t boot = 1;
  for (const engine::Fact& fact : journal_) {
    if (const auto* started = fact_as<service::BrainStarted>(fact)) {
      boot = parse_decimal(started->boot_id.substr(4)).value_or(0);
    } else if (const auto* exit = fact_as<service::InstanceExited>(fact)) {
      ++recorded[{boot, exit->slot, exit->generation}];
    }
  }
  return recorded;
}

// Every end is in the journal once, unless the machine went down before anybody could read of it.
void House::check_exits() {
  flush();
  const std::map<End, int> recorded = recorded_ends();
  for (const End& end : world_.ended) {
    auto found = recorded.find(end);
    bool lost = lost_exits_.contains(end);
    std::string which = "slot " + std::to_string(std::get<1>(end)) + " generation " +
                        std::to_string(std::get<2>(end));
    if (found == recorded.end() && !lost) rule_broken("an end was not recorded: " + which);
    if (found != recorded.end() && found->second > 1) {
      rule_broken("an end was recorded twice: " + which);
    }
  }
}

void House::check_end() {
  if (!outcome_.broken.empty()) return;
  bool over = service::house_is_stopping(room());
  for (const auto& [id, asked] : commands_) {
    if (!asked.final) {
      rule_broken("command " + id + " (" + asked.what + ") was never answered");
    }
  }
  if (over) {
    if (!exited_) rule_broken("the house was stopping and did not end");
    return;
  }
  check_services_end();
  check_jobs_end();
  probe_rules_.check_end(std::get<probe::State>(state_), network_, world_.now());
  timebomb_rules_.check_end(std::get<timebomb::State>(state_), bombs_, world_.now());
  auto next = engine::next_wake(state_);
  if (next && *next <= world_.now().steady) rule_broken("it wakes without end");
}

void House::check_services_end() {
  const std::vector<service::Setup>& setups = documents_[wanted_digest_].services;
  for (const service::Setup& setup : setups) {
    const std::string& name = setup.config.name;
    auto report = service::report(room(), name);
    if (!report) {
      rule_broken(name + " is unknown");
      continue;
    }
    if (report->health != service::Health::kReady || report->ready != setup.config.instances) {
      rule_broken(name + " is " + std::string(service::text_of(report->health)) +
                  " in the calm: " + report->note);
    }
  }
  std::map<std::string, std::uint32_t> alive;
  for (const auto& [key, slot] : world_.slots()) {
    if (!slot.copy.alive || world_.programs[key.first].on_demand) continue;
    ++alive[key.first];
    auto index = room().by_name.find(key.first);
    if (index == room().by_name.end()) {
      rule_broken("nobody knows " + key.first + ", which runs");
    } else if (slot.view.spec != room().services[index->second].setup->start_hash) {
      rule_broken(key.first + " runs from an old spec");
    }
  }
  for (const service::Setup& setup : setups) {
    if (alive[setup.config.name] != setup.config.instances) {
      rule_broken(setup.config.name + ": " + std::to_string(alive[setup.config.name]) +
                  " copies run");
    }
  }
}

}  // namespace hammock::sim
