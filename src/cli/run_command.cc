#include <algorithm>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/configuration.h"
#include "cli/one_off.h"

namespace hammock::cli {
namespace {

constexpr int kNotFound = 127;  // as env(1) and shells say it
constexpr int kNotExecutable = 126;

int say_failure(const Session& session, const Error& error, const std::string& command) {
  bool of_command = error.message.starts_with("run " + command);
  int result = say(session, error);
  if (!of_command) return result;
  return error.code == ErrorCode::kNotFound ? kNotFound : kNotExecutable;
}

}  // namespace

int run_run(const Session& session, const Invocation& invocation) {
  std::string name = *invocation.value("NAME");
  CheckedFile checked = check_file(session, session.configuration);
  if (!checked.configuration) {
    session.err.write(render_report(checked.report, "human", session.err.look()));
    return code(Exit::kConfiguration);
  }
  const auto& services = checked.configuration->services;
  auto found = std::ranges::find(services, name, &service::Config::name);
  if (found == services.end()) {
    std::vector<std::string> known;
    for (const service::Config& one : services)
      known.push_back(one.name);
    return say_unknown_service(session, name, known);
  }
  // Only this service has to fit this host.
  auto [resolved, diagnostics] = resolve::resolve_service(*found, checked.configuration->folder,
                                                          checked.document, resolve::probe_host());
  if (schema::has_errors(diagnostics)) {
    schema::Report report{checked.report.file, checked.report.text, diagnostics,
                          checked.report.secrets};
    session.err.write(render_report(report, "human", session.err.look()));
    return code(Exit::kConfiguration);
  }
  if (resolved.blocked) return say(session, Exit::kAgain, *resolved.blocked);
  wire::Spec spec = resolve::spec_for_command(resolved.spec, invocation.rest);
  if (!spec.secrets.empty()) {
    if (auto made = make_places(session.places, session.uid); !made)
      return say(session, made.error());
  }
  auto end = run_one_off(spec, session.places.runtime);
  if (!end) return say_failure(session, end.error(), invocation.rest.front());
  return end->code;
}

}  // namespace hammock::cli
