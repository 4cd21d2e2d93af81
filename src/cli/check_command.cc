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
    auto counted = [](std::size_t count, const std::string& what) {
      return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
    };
    std::string text = counted(checked.configuration->services.size(), "service");
    const std::size_t jobs = checked.configuration->jobs.size();
    if (jobs > 0) text += ", " + counted(jobs, "job");
    session.out.write(checked.report.file + " is right: " + text + ".\n");
  }
  return code(checked.report.ok() ? Exit::kDone : Exit::kConfiguration);
}

}  // namespace hammock::cli
