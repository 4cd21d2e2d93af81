#include "shell/resolve/resolve.h"

#include <algorithm>

#include "base/variant.h"
#include "shell/resolve/complaints.h"
#include "shell/resolve/files.h"
#include "shell/resolve/probe_program.h"
#include "shell/resolve/steps.h"
#include "shell/resolve/timebomb_program.h"
#include "wire/notify.h"

namespace hammock::resolve {
namespace {

// Log segments: an eighth of what is kept, so that expiry takes small bites.
constexpr std::uint64_t kSegmentBytesLeast = 64 << 10;
constexpr std::uint64_t kSegmentBytesMost = 4 << 20;
constexpr std::uint64_t kSegmentsKept = 8;

void fill_readiness(const service::Config& service, wire::Spec& spec) {
  match(
      service.ready.how, [](const service::ReadyWhenStarted&) {},
      [&](const service::ReadyByNotify&) { spec.notify = true; },
      [&](const service::ReadyByDescriptor& ready) { spec.notify_fd = ready.descriptor; },
      [](const service::ReadyByTcp&) {}, [](const service::ReadyByCommand&) {});
  if (service.watchdog) {
    spec.notify = true;
    spec.watchdog_us = static_cast<std::uint64_t>(service.watchdog->count());
  }
  if (service.stored_descriptors > 0) spec.notify = true;
  spec.notify_access = static_cast<int>(service.notify_access);
  if (service.on_demand) {
    // Any server that is started within it may have something to say, of itself.
    spec.notify = true;
    spec.notify_access = static_cast<int>(wire::NotifyAccess::kProgress);
  }
  spec.stored_fds_max = service.stored_descriptors;
}

constexpr std::uint64_t kOpenFilesBesides = 32;

schema::Diagnostic at_time_zone(const schema::Document& document, const schema::Path& path,
                                schema::Severity severity, std::string_view code,
                                std::string message) {
  schema::Diagnostic diagnostic;
  diagnostic.code = code;
  diagnostic.severity = severity;
  diagnostic.path = path;
  if (auto place = schema::locate(document.root, diagnostic.path)) {
    diagnostic.span = place->value->span;
  }
  diagnostic.message = std::move(message);
  diagnostic.doc =
      std::string(config::kDocFile) + "#" + std::get<std::string>(path.front()) + "-timezone";
  return diagnostic;
}

void check_time_zone(const std::string& zone, const schema::Path& path,
                     const schema::Document& document, const HostFacts& host,
                     schema::Diagnostics& diagnostics) {
  if (knows_time_zone(zone)) return;
  if (host.has_time_zones) {
    schema::Diagnostic& diagnostic = diagnostics.emplace_back(
        at_time_zone(document, path, schema::Severity::kError, "unknown-time-zone",
                     "this host knows no time zone '" + zone + "'"));
    diagnostic.expected = "a name of the IANA database such as \"Europe/Berlin\"";
    diagnostic.got = "\"" + zone + "\"";
  } else {
    diagnostics
        .emplace_back(at_time_zone(document, path, schema::Severity::kWarning, "time-zones-missing",
                                   "this host has no time zone database, so '" + zone +
                                       "' cannot be checked and times are shown in UTC"))
        .help = "install the package tzdata";
  }
}

void check_time_zones(const config::Configuration& configuration, const schema::Document& document,
                      const HostFacts& host, schema::Diagnostics& diagnostics) {
  check_time_zone(configuration.settings.timezone,
                  {std::string("hammock"), std::string("timezone")}, document, host, diagnostics);
  for (const job::Config& job : configuration.jobs) {
    if (!job.timezone) continue;
    check_time_zone(*job.timezone, {std::string("job"), job.name, std::string("timezone")},
                    document, host, diagnostics);
  }
}

// Where it is said when all of them together are too many: at the last one. None: there is nothing.
std::optional<std::string> last_program(const config::Configuration& configuration) {
  if (!configuration.services.empty()) return configuration.services.back().name;
  if (!configuration.jobs.empty()) return configuration.jobs.back().program.name;
  return std::nullopt;
}

// A keeper that takes over has two for each program: its output, and a handle to see its end. With
// fewer it could not look after all of them, so the house is not begun.
void check_open_files(const config::Configuration& configuration, const schema::Document& document,
                      const HostFacts& host, schema::Diagnostics& diagnostics) {
  std::uint64_t needed = kOpenFilesBesides;
  for (const service::Config& service : configuration.services)
    needed += std::uint64_t{2} * service.instances;
  for (const job::Config& job : configuration.jobs)
    needed += std::uint64_t{3} * job.parallel;  // its notify socket, too
  const auto last = last_program(configuration);
  if (!last || needed <= host.own_open_files) return;
  Complaints complaints(document, *last);
  schema::Diagnostic& diagnostic = complaints.error(
      "too-few-open-files", {},
      "all instances together need " + std::to_string(needed) +
          " open files, and Hammock may have " + std::to_string(host.own_open_files));
  diagnostic.expected = "a limit of " + std::to_string(needed) + " open files or more";
  diagnostic.got = std::to_string(host.own_open_files);
  diagnostic.help = "raise it where Hammock is started: `ulimit -n`, or LimitNOFILE= of its unit";
  schema::Diagnostics found = complaints.take();
  diagnostics.insert(diagnostics.end(), found.begin(), found.end());
}

std::pair<ResolvedService, schema::Diagnostics> resolve_one(
    const service::Config& service, const std::string& folder, const schema::Document& document,
    const HostFacts& host, Accounts& accounts, Presence& presence) {
  Complaints complaints(document, service.name);
  ResolvedService resolved{service.name, {}, std::nullopt};
  wire::Spec& spec = resolved.spec;
  spec.command = service.command;
  spec.directory = service.directory ? below(folder, *service.directory) : folder;
  spec.listen_names = std::vector<std::string>(service.listen.size(), service.name);
  spec.file_mode_mask = service.file_mode_mask;
  spec.no_new_privileges = service.no_new_privileges;
  spec.is_array = service.tasks > 0;
  spec.log_segment_bytes =
      std::clamp(service.logs.keep_bytes / kSegmentsKept, kSegmentBytesLeast, kSegmentBytesMost);
  fill_readiness(service, spec);
  std::optional<Account> account = resolve_identity(service, host, accounts, complaints, spec);
  resolve_limits(service, host, complaints, spec);
  resolved.blocked = resolve_environment(service, folder, account, host, complaints, spec);
  check_presence(service, presence, complaints, spec);
  return {std::move(resolved), complaints.take()};
}

}  // namespace

std::pair<ResolvedService, schema::Diagnostics> resolve_service(const service::Config& service,
                                                                const std::string& folder,
                                                                const schema::Document& document,
                                                                const HostFacts& host) {
  Accounts accounts;
  Presence presence;
  return resolve_one(service, folder, document, host, accounts, presence);
}

Resolved resolve(const config::Configuration& configuration, const schema::Document& document,
                 const HostFacts& host) {
  Resolved result;
  Accounts accounts;
  Presence presence;
  check_time_zones(configuration, document, host, result.diagnostics);
  check_open_files(configuration, document, host, result.diagnostics);
  auto add = [&](const service::Config& program) {
    auto [resolved, found] =
        resolve_one(program, configuration.folder, document, host, accounts, presence);
    result.services.push_back(std::move(resolved));
    result.diagnostics.insert(result.diagnostics.end(), found.begin(), found.end());
  };
  for (const service::Config& service : configuration.services)
    add(service);
  for (const job::Config& job : configuration.jobs)
    add(job.program);
  for (const probe::Config& probe : configuration.probes) {
    if (auto program = program_of(probe)) add(*program);
  }
  for (const timebomb::Config& timebomb : configuration.timebombs) {
    if (auto program = program_of(timebomb, host.gauge, configuration.folder)) add(*program);
  }
  schema::sort(result.diagnostics);
  return result;
}

wire::Spec spec_for_command(const wire::Spec& service, std::vector<std::string> command) {
  wire::Spec spec = service;
  spec.command = std::move(command);
  spec.listen_names.clear();
  spec.notify = false;
  spec.notify_fd.reset();
  spec.watchdog_us = 0;
  spec.stored_fds_max = 0;
  return spec;
}

ConfigurationFile read_configuration(const std::string& path, const std::string& shown) {
  ConfigurationFile result;
  auto refuse = [&](std::string_view code, std::string message) -> schema::Diagnostic& {
    schema::Diagnostic& diagnostic = result.diagnostics.emplace_back();
    diagnostic.code = code;
    diagnostic.message = std::move(message);
    return diagnostic;
  };
  Result<FileText> file = read_regular_file(path, config::kFileBytesMax);
  if (!file && file.error().code == ErrorCode::kInvalid) {
    bool large = file.error().message.find("larger") != std::string::npos;
    refuse(large ? "too-large" : "not-a-file", "cannot use " + shown + ": " + file.error().message);
    return result;
  }
  if (!file) {
    schema::Diagnostic& diagnostic =
        refuse("unreadable", "cannot read " + shown + ": " + file.error().message);
    if (file.error().code == ErrorCode::kNotFound) {
      diagnostic.help =
          "name the file with -c FILE or HAMMOCK_CONFIG, or begin one; "
          "docs/configuration.md says how";
    }
    return result;
  }
  if ((file->mode & 0002U) != 0) {
    schema::Diagnostic& diagnostic =
        refuse("world-writable", "everybody on this host may write to " + shown);
    diagnostic.why = "whoever can write it can run programs as the users it names";
    diagnostic.help = "chmod o-w " + shown;
    return result;
  }
  result.text = std::move(file->text);
  return result;
}

}  // namespace hammock::resolve
