// What this host lets us do. Probed once at start by trying or asking, never inferred from a
// version; a plain value, so that tests and the simulator can invent any host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hammock::resolve {

// Unknown is never green: what could not be found out is not a yes.
enum class Verdict { kYes, kNo, kUnknown };

struct Ability {
  std::string name;  // "memory limits"
  Verdict verdict = Verdict::kUnknown;
  std::string detail;  // the reason, or the value
  friend bool operator==(const Ability&, const Ability&) = default;
};

struct HostFacts {
  std::uint32_t uid = 0;  // effective: whom programs run as unless they say otherwise
  std::uint32_t gid = 0;
  std::uint64_t capabilities_effective = 0;  // of Hammock, bits of linux/capability.h
  std::uint64_t capabilities_permitted = 0;
  std::uint64_t capabilities_bounding = 0;
  // Whether a child of ours can be put into a cgroup (v2) with this controller.
  Ability memory_controller;
  Ability processes_controller;
  Ability cpu_controller;
  int nice_lowest = 0;               // the most urgent value we may set
  int oom_score_lowest = 0;          // the most protected value we may set
  std::uint64_t open_files_max = 0;  // the highest hard limit we may set
  std::uint64_t own_open_files = 0;  // our hard limit as it is
  std::uint64_t core_max = 0;
  std::string gauge;            // hammock-gauge, beside this program
  bool has_time_zones = false;  // a zoneinfo database is there, so that a name can be checked
  friend bool operator==(const HostFacts&, const HostFacts&) = default;
};

HostFacts probe_host();

// True for "Europe/Berlin" when the zoneinfo database of this host knows it, and for "UTC" always.
bool knows_time_zone(std::string_view name);

bool has_capability(std::uint64_t set, int number);
// By name without CAP_, upper case: "NET_BIND_SERVICE"; nothing for an unknown one.
std::optional<int> capability_number(std::string_view name);

// What `hammock doctor` prints: everything Hammock makes use of, in a fixed order.
std::vector<Ability> host_abilities(const HostFacts& facts);

std::string_view verdict_text(Verdict verdict);  // "yes", "no", "unknown"

}  // namespace hammock::resolve
