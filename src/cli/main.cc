#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/assert.h"
#include "base/variant.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/run_cli.h"

namespace hammock::cli {
namespace {

using Run = int (*)(const Session&, const Invocation&);
constexpr std::array<std::pair<std::string_view, Run>, 25> kRuns = {{
    {"check", run_check},
    {"up", run_up},
    {"down", run_down},
    {"apply", run_apply},
    {"status", run_status},
    {"logs", run_logs},
    {"start", run_service_order},
    {"stop", run_service_order},
    {"restart", run_service_order},
    {"reload", run_service_order},
    {"run", run_run},
    {"explain", run_explain},
    {"job", run_job},
    {"next", run_next},
    {"heartbeat", run_heartbeat},
    {"probe", run_probe},
    {"timebombs", run_timebombs},
    {"ping", run_ping},
    {"wrap", run_wrap},
    {"try", run_try},
    {"doctor", run_doctor},
    {"events", run_events},
    {"version", run_version},
    {"completion", run_completion},
    {"help", run_help},
}};

// They need none of our folders.
constexpr std::array<std::string_view, 2> kRunAnyway = {"wrap", "try"};

int dispatch(Session& session, const Invocation& invocation) {
  auto places = find_places(session.environment, session.uid);
  // Nobody may have prepared the folder in /tmp for us, whatever we are about to do in it.
  auto checked =
      places ? check_places(*places, session.uid) : Result<void>(std::unexpected(places.error()));
  if (places) session.places = *places;
  if (!checked) session.unusable = checked.error();
  const bool runs_anyway =
      std::ranges::find(kRunAnyway, invocation.command->name) != kRunAnyway.end();
  if (session.unusable && !runs_anyway) {
    return say(session, *session.unusable);
  }
  session.configuration = find_configuration(session.environment, invocation.value("config"));
  session.configuration_is_given = invocation.value("config").has_value();
  for (const auto& [name, run] : kRuns) {
    if (name == invocation.command->name) return run(session, invocation);
  }
  HAMMOCK_ASSERT(false);
}

int show_help(const Session& session, const Command* command) {
  Invocation invocation;
  invocation.command = find_command("help");
  invocation.flags = {{"man", false}, {"markdown", false}};
  if (command != nullptr) invocation.values.emplace("COMMAND", command->name);
  return run_help(session, invocation);
}

}  // namespace

int run_cli(const std::vector<std::string>& words, const Environment& environment,
            const std::string& program, int out_fd, int err_fd) {
  Session session{environment,
                  {},
                  {},
                  program,
                  geteuid(),
                  Screen::of(out_fd, environment),
                  Screen::of(err_fd, environment)};
  int result = match(
      parse_arguments(words),
      [&](const UsageError& error) { return say(session, Exit::kUsage, error.message); },
      [&](const HelpWanted& wanted) { return show_help(session, wanted.command); },
      [&](const Invocation& invocation) { return dispatch(session, invocation); });
  if (result != 0 || session.out.failure() == 0) return result;
  return say(session, Exit::kAgain,
             std::string("the output cannot be written: ") + std::strerror(session.out.failure()));
}

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  std::error_code ignored;
  std::string program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  return run_cli(words, current_environment(), program, STDOUT_FILENO, STDERR_FILENO);
}

}  // namespace hammock::cli
