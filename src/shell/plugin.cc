#include "shell/plugin.h"

#include <sys/wait.h>

#include <optional>

#include "base/text.h"
#include "base/variant.h"
#include "shell/command.h"

namespace hammock::shell {
namespace {

using probe::Verdict;

// Exit statuses of the guidelines; the shell's for what cannot be run.
constexpr int kOk = 0;
constexpr int kWarning = 1;
constexpr int kCritical = 2;
constexpr int kUnknown = 3;

std::optional<Verdict> verdict_of(int wait_status) {
  if (!WIFEXITED(wait_status)) return std::nullopt;
  switch (WEXITSTATUS(wait_status)) {
    case kOk:
      return Verdict::kGood;
    case kWarning:
    case kCritical:
      return Verdict::kBad;
    case kUnknown:
      return Verdict::kUnknown;
    default:
      return std::nullopt;
  }
}

PluginResult read_plugin(const Exited& exited) {
  const std::string_view output = exited.output;
  const int wait_status = exited.wait_status;
  const std::string_view line = output.substr(0, output.find('\n'));
  const std::size_t bar = line.find('|');
  PluginResult result;
  const auto verdict = verdict_of(wait_status);
  result.verdict = verdict.value_or(Verdict::kUnknown);
  result.message = printable(trim(line.substr(0, bar)).substr(0, kProbeSaysMax));
  if (bar != std::string_view::npos) {
    result.numbers = printable(trim(line.substr(bar + 1)).substr(0, kProbeSaysMax));
  }
  if (!verdict) {
    result.message = "the command is no plugin: " + describe_wait_status(wait_status) +
                     ", expected an exit status from 0 to 3";
  } else if (result.message.empty()) {
    result.message = describe_wait_status(wait_status) + " and said nothing";
  }
  return result;
}

}  // namespace

PluginResult read_plugin(const ProgramEnd& end) {
  return match(
      end, [](const Exited& exited) { return read_plugin(exited); },
      [](const Overdue& overdue) {
        return PluginResult{
            Verdict::kBad, "it did not end within " + format_duration(overdue.within), {}};
      },
      [](const NotStarted& not_started) {
        return PluginResult{Verdict::kUnknown, not_started.why, {}};
      });
}

}  // namespace hammock::shell
