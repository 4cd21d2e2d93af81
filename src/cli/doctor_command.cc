#include <unistd.h>

#include "cli/commands.h"
#include "cli/configuration.h"
#include "cli/doctor.h"
#include "cli/keeper_program.h"

namespace hammock::cli {
namespace {

using resolve::Verdict;

// A folder that exists must be writable; one that does not, its nearest parent.
Finding writable(std::string name, std::string folder) {
  while (access(folder.c_str(), F_OK) != 0 && folder.size() > 1) {
    folder.resize(std::max<std::size_t>(folder.rfind('/'), 1));
  }
  bool yes = access(folder.c_str(), W_OK | X_OK) == 0;
  return {{std::move(name), yes ? Verdict::kYes : Verdict::kNo,
           folder + (yes ? " is writable" : " is not writable")},
          true};
}

Finding keeper_program(const Session& session) {
  std::string path = keeper_beside(session.program);
  bool yes = access(path.c_str(), X_OK) == 0;
  return {{"the keeper", yes ? Verdict::kYes : Verdict::kNo, path}, true};
}

// Whether the configuration can be carried out here; unknown when there is none to ask about.
Finding configuration(const Session& session) {
  std::string shown = shown_path(session.configuration);
  if (access(session.configuration.c_str(), F_OK) != 0) {
    return {{"the configuration", Verdict::kUnknown, "there is no " + shown}, false};
  }
  auto ready = load_and_resolve(session);
  std::string detail = ready ? shown + " can be carried out here" : shown + ": see above";
  return {{"the configuration", ready ? Verdict::kYes : Verdict::kNo, detail}, true};
}

}  // namespace

int run_doctor(const Session& session, const Invocation& invocation) {
  Findings all;
  all.findings.push_back(configuration(session));
  all.findings.push_back(keeper_program(session));
  all.findings.push_back(writable("the runtime directory", session.places.runtime));
  all.findings.push_back(writable("the state directory", session.places.state));
  for (resolve::Ability& ability : resolve::host_abilities(resolve::probe_host())) {
    all.findings.push_back({std::move(ability), false});
  }
  session.out.write(invocation.flag("json") ? findings_to_json(all) + "\n"
                                            : render_findings(all, session.out.look()));
  return code(all.ok() ? Exit::kDone : Exit::kConfiguration);
}

}  // namespace hammock::cli
