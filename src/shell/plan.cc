#include "shell/plan.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/hash.h"
#include "base/text.h"
#include "core/config/config.h"
#include "os/file.h"
#include "os/unique_fd.h"
#include "schema/render.h"
#include "shell/resolve/resolve.h"

namespace hammock::shell {
namespace {

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

}  // namespace

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
                                       const SpecFiles& specs) {
  auto loaded = config::load({source.text, source.file, source.folder, hammock_environment()});
  if (!loaded.configuration) return std::unexpected(refusal(loaded.report));
  auto resolved = resolve::resolve(*loaded.configuration, loaded.document, host);
  bool ok = resolved.ok();
  config::add(loaded.report, std::move(resolved.diagnostics));
  if (!ok) return std::unexpected(refusal(loaded.report));

  Plan plan;
  plan.digest = digest_of(source.text);
  plan.name = loaded.configuration->settings.name;
  auto& services = loaded.configuration->services;
  for (std::size_t i = 0; i < services.size(); ++i) {
    resolve::ResolvedService& one = resolved.services[i];
    add_addresses(one.spec, services[i].listen);
    auto hash = specs.keep(wire::encode_spec(one.spec));
    if (!hash) return std::unexpected(refusal("write the spec of " + one.name, hash.error()));
    plan.services.push_back({one.name, services[i].listen, services[i].logs, *hash, one.blocked});
    plan.setups.push_back({std::move(services[i]), *hash});
  }
  std::ranges::sort(plan.services, {}, &ServicePlan::name);
  return plan;
}

Result<void> AppliedCopies::keep(const std::string& digest, std::string_view text) const {
  if (int error = os::make_folders(folder_.c_str(), 0700); error != 0) {
    return fail_errno("make " + folder_, error);
  }
  if (access(path_of(digest).c_str(), F_OK) == 0) return {};
  std::string fresh = path_of(digest) + ".new";
  os::UniqueFd file(open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) return fail_errno("create " + fresh);
  if (ssize_t count = os::write_all(file.get(), text); count < 0) {
    return fail_errno("write " + fresh, static_cast<int>(-count));
  }
  if (fsync(file.get()) != 0) return fail_errno("write " + fresh);
  if (rename(fresh.c_str(), path_of(digest).c_str()) != 0) return fail_errno("rename " + fresh);
  os::UniqueFd folder(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fsync(folder.get()) != 0) return fail_errno("write " + folder_);
  return {};
}

Result<std::string> AppliedCopies::read(const std::string& digest) const {
  auto text = os::read_file(path_of(digest));
  if (text && digest_of(*text) != digest) {
    return fail(ErrorCode::kCorrupt, path_of(digest) + " is not what was applied");
  }
  return text;
}

void AppliedCopies::remove_others(const std::string& digest) const {
  std::vector<std::filesystem::path> others;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (entry.path().native() != path_of(digest)) others.push_back(entry.path());
  }
  for (const auto& path : others)
    std::filesystem::remove(path, error);
}

}  // namespace hammock::shell
