#include <sys/resource.h>

#include "base/text.h"
#include "shell/resolve/steps.h"

namespace hammock::resolve {
namespace {

// A setting that needs a controller of cgroup v2: its value when the host has it.
template <class T>
std::optional<T> by_controller(const std::optional<service::Enforced<T>>& setting,
                               const Ability& controller, std::string_view key,
                               Complaints& complaints) {
  if (!setting) return std::nullopt;
  if (controller.verdict == Verdict::kYes) return setting->value;
  complaints.not_enforceable(
      setting->if_possible, "cannot-enforce-limit", {std::string("limits"), std::string(key)},
      "this host cannot enforce " + std::string(key) + ": " + controller.detail);
  return std::nullopt;
}

void add_limit(int resource, std::optional<std::uint64_t> value, std::uint64_t most,
               std::string_view key, Complaints& complaints, wire::Spec& spec) {
  if (!value) return;
  if (*value > most) {
    schema::Diagnostic& diagnostic = complaints.error(
        "limit-too-high", {std::string("limits"), std::string(key)},
        "this host allows at most " + std::to_string(most) + ", and Hammock may not raise it");
    diagnostic.expected = "at most " + std::to_string(most);
    diagnostic.got = std::to_string(*value);
    return;
  }
  spec.limits.push_back({resource, *value, *value});
}

void resolve_priority(const service::Config& service, const HostFacts& host, Complaints& complaints,
                      wire::Spec& spec) {
  if (service.nice && service.nice->value < host.nice_lowest) {
    complaints.not_enforceable(
        service.nice->if_possible, "cannot-raise-priority", {std::string("nice")},
        "Hammock may set a nice value of " + std::to_string(host.nice_lowest) + " or higher");
  } else if (service.nice) {
    spec.nice = service.nice->value;
  }
  if (service.oom_score && service.oom_score->value < host.oom_score_lowest) {
    complaints.not_enforceable(
        service.oom_score->if_possible, "cannot-lower-oom-score", {std::string("oom_score")},
        "Hammock may set an OOM score of " + std::to_string(host.oom_score_lowest) + " or higher");
  } else if (service.oom_score) {
    spec.oom_score = service.oom_score->value;
  }
}

void resolve_capabilities(const service::Config& service, const HostFacts& host,
                          Complaints& complaints, wire::Spec& spec) {
  if (!service.capabilities) return;
  std::uint64_t set = 0;
  for (const std::string& name : service.capabilities->value) {
    std::optional<int> number = capability_number(name);
    if (!number) continue;
    // To hand one on it must be permitted, and the bounding set must not have lost it:
    // capabilities(7).
    if (has_capability(host.capabilities_permitted & host.capabilities_bounding, *number)) {
      set |= std::uint64_t{1} << *number;
      continue;
    }
    complaints.not_enforceable(
        service.capabilities->if_possible, "cannot-grant-capability", {std::string("capabilities")},
        "Hammock does not have the capability " + name + " and cannot hand it on");
    return;
  }
  spec.capabilities = set;
}

}  // namespace

void resolve_limits(const service::Config& service, const HostFacts& host, Complaints& complaints,
                    wire::Spec& spec) {
  const service::Limits& limits = service.limits;
  spec.memory_max = by_controller(limits.memory, host.memory_controller, "memory", complaints);
  spec.processes_max =
      by_controller(limits.processes, host.processes_controller, "processes", complaints);
  spec.cpu_percent = by_controller(limits.cpu_percent, host.cpu_controller, "cpu", complaints);
  add_limit(RLIMIT_NOFILE, limits.open_files, host.open_files_max, "open_files", complaints, spec);
  add_limit(RLIMIT_CORE, limits.core, host.core_max, "core", complaints, spec);
  resolve_priority(service, host, complaints, spec);
  resolve_capabilities(service, host, complaints, spec);
}

}  // namespace hammock::resolve
