#include <filesystem>

#include "cli/commands.h"
#include "cli/configuration.h"

namespace hammock::cli {

int run_check(const Session& session, const Invocation& invocation) {
  std::string path = session.configuration;
  if (auto file = invocation.value("FILE")) {
    path = find_configuration(session.environment, file);
  }
  std::string format = invocation.value("format").value_or("human");
  CheckedFile checked = check_file(session, path);
  // A report for programs is the output; what people are to correct is an error message.
  bool for_people = format == "human";
  const Screen& screen = for_people && !checked.report.ok() ? session.err : session.out;
  screen.write(render_report(checked.report, format, screen.look()));
  if (for_people && checked.report.ok()) {
    std::size_t services = checked.configuration ? checked.configuration->services.size() : 0;
    session.out.write(checked.report.file + " is right: " + std::to_string(services) +
                      (services == 1 ? " service.\n" : " services.\n"));
  }
  return code(checked.report.ok() ? Exit::kDone : Exit::kConfiguration);
}

}  // namespace hammock::cli
