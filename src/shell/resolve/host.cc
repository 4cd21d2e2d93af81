#include "shell/resolve/host.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

#include "base/text.h"
#include "core/config/capabilities.h"
#include "os/cgroup.h"
#include "shell/resolve/files.h"

namespace hammock::resolve {
namespace {

constexpr int kCapSysNice = 23;
constexpr int kCapSysResource = 24;
constexpr std::size_t kProcBytesMax = 1 << 20;
constexpr std::string_view kZoneFolder = "/usr/share/zoneinfo/";

std::string proc_text(const std::string& path) {
  Result<FileText> file = read_regular_file(path, kProcBytesMax);
  return file ? std::move(file->text) : std::string();
}

// The value of "Name:\tvalue" in /proc/self/status; proc(5).
std::uint64_t status_hex(const std::string& status, std::string_view name) {
  auto at = status.find("\n" + std::string(name) + ":");
  if (at == std::string::npos) return 0;
  std::string_view rest = std::string_view(status).substr(at + name.size() + 2);
  rest = trim(rest.substr(0, rest.find('\n')));
  std::uint64_t value = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), value, 16);
  return value;
}

Ability controller(std::string_view name, std::string_view what) {
  Ability ability{std::string(what), Verdict::kNo, ""};
  std::optional<std::string> group = os::own_cgroup();
  if (!group) {
    ability.detail = "no cgroup v2 is mounted";
    return ability;
  }
  if (!os::cgroup_has_controller(group->c_str(), name)) {
    ability.detail =
        "the cgroup v2 controller '" + std::string(name) + "' is not available in " + *group;
    return ability;
  }
  if (::access(group->c_str(), W_OK | X_OK) != 0 ||
      ::access((*group + "/cgroup.subtree_control").c_str(), W_OK) != 0) {
    ability.detail = "no permission to write to " + *group;
    return ability;
  }
  ability.verdict = Verdict::kYes;
  ability.detail = "cgroup v2 in " + *group;
  return ability;
}

std::uint64_t hard_limit(__rlimit_resource resource) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) return 0;
  return limit.rlim_max == RLIM_INFINITY ? UINT64_MAX : limit.rlim_max;
}

int lowest_nice(bool privileged) {
  if (privileged) return -20;
  // RLIMIT_NICE counts from 20 downwards: getrlimit(2).
  std::uint64_t ceiling = std::min<std::uint64_t>(hard_limit(RLIMIT_NICE), 40);
  int by_limit = 20 - static_cast<int>(ceiling);
  return std::clamp(std::min(by_limit, ::getpriority(PRIO_PROCESS, 0)), -20, 19);
}

int lowest_oom_score(bool privileged) {
  if (privileged) return -1000;
  std::string text = proc_text("/proc/self/oom_score_adj");
  std::string_view digits = trim(text);
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::uint64_t highest_open_files(bool privileged) {
  if (!privileged) return hard_limit(RLIMIT_NOFILE);
  // Nobody may exceed fs.nr_open: proc_sys_fs(5).
  return parse_decimal(trim(proc_text("/proc/sys/fs/nr_open"))).value_or(hard_limit(RLIMIT_NOFILE));
}

}  // namespace

bool has_capability(std::uint64_t set, int number) {
  return number >= 0 && number < 64 && ((set >> number) & 1) != 0;
}

std::optional<int> capability_number(std::string_view name) {
  auto found = std::find(config::kCapabilityNames.begin(), config::kCapabilityNames.end(), name);
  if (found == config::kCapabilityNames.end()) return std::nullopt;
  return static_cast<int>(found - config::kCapabilityNames.begin());
}

bool knows_time_zone(std::string_view name) {
  if (name == "UTC") return true;
  if (name.empty() || name.front() == '/' || name.find("..") != std::string_view::npos)
    return false;
  // Every compiled zone begins with "TZif": tzfile(5).
  Result<FileText> zone =
      read_regular_file(std::string(kZoneFolder) + std::string(name), kProcBytesMax);
  return zone && zone->text.starts_with("TZif");
}

HostFacts probe_host() {
  HostFacts facts;
  facts.uid = ::geteuid();
  facts.gid = ::getegid();
  std::string status = proc_text("/proc/self/status");
  facts.capabilities_effective = status_hex(status, "CapEff");
  facts.capabilities_permitted = status_hex(status, "CapPrm");
  facts.capabilities_bounding = status_hex(status, "CapBnd");
  facts.memory_controller = controller("memory", "memory limits");
  facts.processes_controller = controller("pids", "process limits");
  facts.cpu_controller = controller("cpu", "CPU limits");
  bool resources = has_capability(facts.capabilities_effective, kCapSysResource);
  facts.nice_lowest = lowest_nice(has_capability(facts.capabilities_effective, kCapSysNice));
  facts.oom_score_lowest = lowest_oom_score(resources);
  facts.open_files_max = highest_open_files(resources);
  facts.own_open_files = hard_limit(RLIMIT_NOFILE);
  facts.core_max = resources ? UINT64_MAX : hard_limit(RLIMIT_CORE);
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  facts.gauge = self.parent_path() / "hammock-gauge";
  facts.has_time_zones = ::access(std::string(kZoneFolder).c_str(), R_OK | X_OK) == 0;
  return facts;
}

}  // namespace hammock::resolve
