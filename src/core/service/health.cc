// What people see: a pure function of the state.
#include <algorithm>

#include "core/service/policy.h"
#include "core/service/query.h"
#include "core/service/service.h"
#include "core/service/wants.h"

namespace hammock::service {
namespace {

Doing doing_of(const House& house, const Instance& it, Want want) {
  if (!house.ledger_known || !house.keeper_here) return Doing::kUnknown;
  if (alive(it)) {
    if (stop_of(it) != nullptr || it.slot.stopping || over(it)) return Doing::kStopping;
    if (!became_ready(it)) return Doing::kStarting;
    return it.slot.reloading ? Doing::kReloading : Doing::kReady;
  }
  if (want == Want::kDown || !it.member) return Doing::kStopped;
  if (it.failed_config) return Doing::kFailed;
  if (it.retry_at) return Doing::kBackingOff;
  bool on_its_way = it.asked && (it.asked->order == KeeperOrder::kSpawn ||
                                 it.asked->order == KeeperOrder::kDefine);
  return on_its_way ? Doing::kStarting : Doing::kWaiting;
}

InstanceReport report_instance(const House& house, const Service& service, const Instance& it,
                               Want want) {
  InstanceReport report;
  report.number = it.number;
  report.doing = doing_of(house, it, want);
  if (alive(it)) {
    report.pid = it.slot.pid;
    if (it.slot.phase == SlotPhase::kRunning) report.since = it.slot.started_wall;
    report.status = it.slot.status;
  } else if (it.retry_at && want == Want::kUp) {
    report.next_try = it.retry_wall;
  }
  report.restarts = it.restarts;
  report.last_exit = it.last_exit;
  report.outdated = outdated(it, service.setup);
  return report;
}

Health health_of(const House& house, const Service& service, Want want) {
  const Live& live = service.live;
  if (!house.ledger_known || !house.keeper_here) return Health::kUnknown;
  if (want == Want::kDown) return any_alive(live) ? Health::kDegraded : Health::kStopped;
  std::uint32_t ready = ready_count(live);
  bool looping = std::ranges::any_of(live.instances, [](const Instance& it) {
    return it.member && it.crash_looping && !is_ready(it);
  });
  if (looping) return Health::kCrashLooping;
  bool troubled = std::ranges::any_of(live.instances, [](const Instance& it) {
    return it.member && !is_ready(it) && (it.failures > 0 || it.failed_config);
  });
  if (ready >= service.setup->config.instances) return Health::kReady;
  if (ready >= ready_floor(service.setup->config)) {
    // Some are still on their first way up: that is a start, not a loss.
    return Health::kDegraded;
  }
  return troubled ? Health::kDown : Health::kStarting;
}

std::string note_of(const State& state, const Service& service, Want want) {
  if (want == Want::kDown) return service.configured ? "" : "no longer configured";
  if (service.live.roll.halted) return "rolling restart stopped: " + service.live.roll.because;
  for (const Instance& it : service.live.instances) {
    if (!it.member || !it.failed_config || !it.last_exit) continue;
    return "instance " + std::to_string(it.number) + ": " + describe_exit(*it.last_exit) +
           ", which is not tried again";
  }
  if (service.live.standing != Standing::kReady) {
    if (std::string name = waits_for(state, service); !name.empty()) return "waits for " + name;
  }
  return service.live.roll.active ? "rolling restart" : "";
}

ServiceReport report_service(const State& state, const Service& service) {
  Want want = want_of(state.house, service, service.live);
  ServiceReport report;
  report.name = service.name;
  report.want = want;
  report.pinned = service.live.pin.has_value();
  report.health = health_of(state.house, service, want);
  report.ready = ready_count(service.live);
  report.wanted_instances = want == Want::kUp ? service.setup->config.instances : 0;
  report.note = note_of(state, service, want);
  for (const Instance& it : service.live.instances) {
    if (it.member || alive(it)) {
      report.instances.push_back(report_instance(state.house, service, it, want));
    }
  }
  return report;
}

}  // namespace

std::vector<ServiceReport> report(const State& state) {
  std::vector<ServiceReport> reports;
  for (ServiceIndex i : state.order) {
    const Service& service = state.services[i];
    if (service.configured && !service.setup->config.on_demand) {
      reports.push_back(report_service(state, service));
    }
  }
  for (const Service& service : state.services) {
    if (!service.name.empty() && !service.configured && !service.setup->config.on_demand) {
      reports.push_back(report_service(state, service));
    }
  }
  return reports;
}

std::optional<ServiceReport> report(const State& state, std::string_view name) {
  auto found = state.by_name.find(std::string(name));
  if (found == state.by_name.end()) return std::nullopt;
  if (state.services[found->second].setup->config.on_demand) return std::nullopt;
  return report_service(state, state.services[found->second]);
}

std::optional<RunReport> run_of(const State& state, std::string_view service,
                                std::uint32_t instance) {
  auto found = state.by_name.find(std::string(service));
  if (found == state.by_name.end()) return std::nullopt;
  const Instance* it = find_instance(state.services[found->second].live, instance);
  if (it == nullptr || !it->run) return std::nullopt;
  RunReport report;
  report.id = it->run->id;
  report.generation = it->run->generation;
  const bool began = it->defined && it->slot.phase != SlotPhase::kStarting;
  if (began && it->slot.generation == report.generation) report.spec = it->slot.spec;
  if (it->run->over) {
    report.stage = RunStage::kOver;
    bool ran = it->last_exit && it->last_exit->generation == report.generation;
    if (ran) report.exit = it->last_exit;
  } else if (alive(*it) && !over(*it) && it->slot.phase == SlotPhase::kRunning &&
             it->slot.generation == report.generation) {
    report.stage = RunStage::kRunning;
    report.pid = it->slot.pid;
    report.started = it->slot.started;
    report.started_wall = it->slot.started_wall;
    report.status = it->slot.status;
    report.active = it->slot.active;
    report.output_held = it->slot.output_held;
  } else if (!alive(*it)) {
    report.waits_for = waits_for(state, state.services[found->second]);
  }
  return report;
}

bool is_on_demand(const State& state, std::string_view service) {
  auto found = state.by_name.find(std::string(service));
  return found != state.by_name.end() && state.services[found->second].setup->config.on_demand;
}

bool house_is_open(const State& state) {
  return can_act(state.house) && !state.house.stop;
}

bool house_is_stopping(const State& state) {
  return state.house.stop.has_value();
}

}  // namespace hammock::service
