#include "shell/plan.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <utility>

#include "base/hash.h"
#include "base/text.h"
#include "core/config/config.h"
#include "os/file.h"
#include "os/unique_fd.h"
#include "schema/render.h"
#include "shell/probe_plan.h"
#include "shell/resolve/resolve.h"
#include "shell/resolve/timebomb_program.h"
#include "shell/timebomb_plan.h"
#include "shell/zones/zones.h"
#include "wire/ledger.h"

namespace hammock::shell {
namespace {

// What a file may ask for, the ledger has room for.
static_assert(config::kInstancesTotalMax < wire::kSlotsMax);

// The array of the errors within the report's JSON, where it is the last member.
std::string errors_json(const schema::Report& report) {
  std::string json = schema::render_json(report);
  constexpr std::string_view member = "\"errors\":";
  std::size_t begin = json.find(member);
  std::size_t end = json.rfind('}');
  if (begin == std::string::npos || end == std::string::npos) return {};
  begin += member.size();
  return json.substr(begin, end - begin);
}

Refusal refusal(const schema::Report& report) {
  std::size_t errors = 0;
  const schema::Diagnostic* first = nullptr;
  for (const schema::Diagnostic& diagnostic : report.diagnostics) {
    if (diagnostic.severity != schema::Severity::kError) continue;
    if (errors++ == 0) first = &diagnostic;
  }
  Refusal refused;
  refused.message = report.file + ": " + std::to_string(errors) +
                    (errors == 1 ? " error" : " errors") +
                    (first == nullptr ? "" : "; the first: " + first->message);
  refused.errors = errors_json(report);
  return refused;
}

Refusal refusal(const std::string& attempt, const Error& error) {
  return {attempt + ": " + error.message, ""};
}

// A program learns of its sockets by LISTEN_FDS; the addresses stand here as well, so that another
// address is another spec, and a running copy counts as outdated.
void add_addresses(wire::Spec& spec, const std::vector<std::string>& listen) {
  if (!listen.empty()) spec.environment.push_back("HAMMOCK_SOCKETS=" + join(listen, ","));
}

std::vector<std::pair<std::string, std::string>> hammock_environment() {
  std::vector<std::pair<std::string, std::string>> list;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string_view text = *entry;
    std::size_t equals = text.find('=');
    if (!text.starts_with("HAMMOCK_") || equals == std::string_view::npos) continue;
    list.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return list;
}

std::optional<std::uint64_t> find_known(const service::Config& service, const KnownSpecs& known,
                                        const SpecFiles& specs) {
  auto found = known.find(service.name);
  if (found == known.end() || !specs.is_there(found->second)) return std::nullopt;
  return found->second;
}

// Zones of schedules, each read once.
class Zones {
 public:
  explicit Zones(std::string usual) : usual_(std::move(usual)) {}
  Result<schedule::Zone> find(const std::optional<std::string>& given) {
    const std::string& name = given ? *given : usual_;
    auto known = known_.find(name);
    if (known == known_.end()) {
      auto found = zones::find_zone(name);
      if (!found) return std::unexpected(std::move(found).error());
      known = known_.emplace(name, *std::move(found)).first;
    }
    return known->second;
  }

 private:
  std::string usual_;
  std::map<std::string, schedule::Zone> known_;
};

// Their programs are the last of the setups.
Result<void> add_jobs(Plan& plan, const std::vector<job::Config>& jobs, Zones& zones) {
  const std::size_t first = plan.setups.size() - jobs.size();
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    job::Setup setup{jobs[i], schedule::Zone::utc(), plan.setups[first + i]->start_hash,
                     plan.services[first + i].blocked.has_value()};
    if (!std::holds_alternative<job::AtTimes>(jobs[i].when)) {
      plan.jobs.emplace_back(std::move(setup));
      continue;
    }
    auto zone = zones.find(jobs[i].timezone);
    if (!zone) return within("job." + jobs[i].name, std::move(zone).error());
    setup.zone = *std::move(zone);
    plan.jobs.emplace_back(std::move(setup));
  }
  return {};
}

Result<void> add_heartbeats(Plan& plan, const std::vector<heartbeat::Config>& heartbeats,
                            Zones& zones) {
  for (const heartbeat::Config& config : heartbeats) {
    heartbeat::Setup setup;
    setup.config = config;
    setup.uuid = config.uuid.value_or(heartbeat::uuid_of(plan.name, config.name));
    if (std::holds_alternative<heartbeat::AtTimes>(config.when)) {
      auto zone = zones.find(config.timezone);
      if (!zone) return within("heartbeat." + config.name, std::move(zone).error());
      setup.zone = *std::move(zone);
    }
    plan.heartbeats.emplace_back(std::move(setup));
  }
  return {};
}

// `fresh` is the first of their programs, and then that which follows.
using Fresh = std::vector<resolve::ResolvedService>::iterator;

void add_probes(Plan& plan, const config::Configuration& configuration, Fresh& fresh) {
  for (const probe::Config& probe : configuration.probes) {
    if (!std::holds_alternative<probe::Command>(probe.target)) continue;
    plan.probe_programs[probe.name] = {std::move(fresh->spec), std::move(fresh->blocked)};
    ++fresh;
  }
  plan.probes = plan_probes(configuration);
}

Result<void> add_timebombs(Plan& plan, const config::Configuration& configuration, Zones& zones,
                           Fresh& fresh) {
  for (const timebomb::Config& timebomb : configuration.timebombs) {
    if (!resolve::program_of(timebomb, "", "")) continue;
    plan.timebomb_programs[timebomb.name] = {std::move(fresh->spec), std::move(fresh->blocked)};
    ++fresh;
  }
  if (configuration.timebombs.empty()) return {};
  auto zone = zones.find({});
  if (!zone) return std::unexpected(std::move(zone).error());
  plan.timebombs = plan_timebombs(configuration.timebombs, *zone);
  return {};
}

}  // namespace

KnownSpecs parse_known_specs(std::string_view text) {
  KnownSpecs known;
  for (std::string_view line : split(text, '\n')) {
    std::uint64_t hash = 0;
    auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), hash, 16);
    auto digits = static_cast<std::size_t>(end - line.data());
    if (error == std::errc() && digits < line.size()) known.emplace(line.substr(digits + 1), hash);
  }
  return known;
}

const ServicePlan* Plan::find(std::string_view service) const {
  auto found = std::ranges::lower_bound(services, service, {}, &ServicePlan::name);
  return found == services.end() || found->name != service ? nullptr : &*found;
}

std::string folder_of(const std::string& file) {
  return std::filesystem::path(file).parent_path();
}

std::string digest_of(std::string_view text) {
  return hex64(fnv1a(text));
}

std::expected<PlanSource, Refusal> read_source(const std::string& path) {
  auto file = resolve::read_configuration(path, path);
  if (!file.diagnostics.empty()) {
    schema::Report report;
    report.file = path;
    report.diagnostics = file.diagnostics;
    return std::unexpected(refusal(report));
  }
  return PlanSource{std::move(file.text), path, folder_of(path)};
}

std::expected<Plan, Refusal> make_plan(const PlanSource& source, const resolve::HostFacts& host,
                                       const SpecFiles& specs, const KnownSpecs& known) {
  auto loaded = config::load({source.text, source.file, source.folder, hammock_environment()});
  if (!loaded.configuration) return std::unexpected(refusal(loaded.report));
  Plan plan;
  plan.digest = digest_of(source.text);
  plan.name = loaded.configuration->settings.name;
  plan.listen = loaded.configuration->settings.listen;
  plan.has_heartbeats = !loaded.configuration->heartbeats.empty();
  plan.ping_key = loaded.configuration->settings.ping_key;
  plan.api_keys = {loaded.configuration->settings.api_key,
                   loaded.configuration->settings.api_key_readonly};
  const std::vector<job::Config> jobs = std::exchange(loaded.configuration->jobs, {});
  std::vector<service::Config> services = std::exchange(loaded.configuration->services, {});
  for (const job::Config& job : jobs)
    services.push_back(job.program);
  std::vector<std::optional<std::uint64_t>> hashes;
  for (const service::Config& service : services) {
    hashes.push_back(find_known(service, known, specs));
    if (!hashes.back()) loaded.configuration->services.push_back(service);
  }
  auto resolved = resolve::resolve(*loaded.configuration, loaded.document, host);
  bool ok = resolved.ok();
  config::add(loaded.report, std::move(resolved.diagnostics));
  if (!ok) return std::unexpected(refusal(loaded.report));

  auto fresh = resolved.services.begin();
  for (std::size_t i = 0; i < services.size(); ++i) {
    service::Config& service = services[i];
    ServicePlan one{service.name, service.listen, service.logs, 0, std::nullopt};
    if (hashes[i]) {
      one.spec = *hashes[i];
    } else {
      add_addresses(fresh->spec, service.listen);
      auto written = specs.keep(wire::encode_spec(fresh->spec));
      if (!written)
        return std::unexpected(refusal("write the spec of " + one.name, written.error()));
      one.spec = *written;
      one.blocked = fresh->blocked;
      ++fresh;
    }
    plan.setups.emplace_back(service::Setup{std::move(service), one.spec});
    plan.services.push_back(std::move(one));
  }
  Zones zones(loaded.configuration->settings.timezone);
  if (auto added = add_jobs(plan, jobs, zones); !added) {
    return std::unexpected(refusal("the times of jobs", added.error()));
  }
  if (auto added = add_heartbeats(plan, loaded.configuration->heartbeats, zones); !added) {
    return std::unexpected(refusal("the times of heartbeats", added.error()));
  }
  add_probes(plan, *loaded.configuration, fresh);
  if (auto added = add_timebombs(plan, *loaded.configuration, zones, fresh); !added) {
    return std::unexpected(refusal("the days of time bombs", added.error()));
  }
  std::ranges::sort(plan.services, {}, &ServicePlan::name);
  for (const ServicePlan& one : plan.services) {
    if (!one.blocked) plan.specs += hex64(one.spec) + " " + one.name + "\n";
  }
  return plan;
}

Result<void> AppliedCopies::keep(const std::string& name, std::string_view text) const {
  if (int error = os::make_folders(folder_.c_str(), 0700); error != 0) {
    return fail_errno("make " + folder_, error);
  }
  if (access(path_of(name).c_str(), F_OK) == 0) return {};
  std::string fresh = path_of(name) + ".new";
  os::UniqueFd file(open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) return fail_errno("create " + fresh);
  if (ssize_t count = os::write_all(file.get(), text); count < 0) {
    return fail_errno("write " + fresh, static_cast<int>(-count));
  }
  if (fsync(file.get()) != 0) return fail_errno("write " + fresh);
  if (rename(fresh.c_str(), path_of(name).c_str()) != 0) return fail_errno("rename " + fresh);
  os::UniqueFd folder(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fsync(folder.get()) != 0) return fail_errno("write " + folder_);
  return {};
}

Result<std::string> AppliedCopies::read(const std::string& name) const {
  auto text = os::read_file(path_of(name));
  if (text && !name.starts_with(digest_of(*text) + ".")) {
    return fail(ErrorCode::kCorrupt, path_of(name) + " is not what was applied");
  }
  return text;
}

void AppliedCopies::remove_others(const std::set<std::string>& names) const {
  std::vector<std::filesystem::path> others;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (!names.contains(entry.path().filename())) others.push_back(entry.path());
  }
  for (const auto& path : others)
    std::filesystem::remove(path, error);
}

}  // namespace hammock::shell
