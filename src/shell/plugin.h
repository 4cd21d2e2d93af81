// How the end of a probe's command is read, as the Monitoring Plugins have it
// (https://www.monitoring-plugins.org/doc/guidelines.html): exit status 0 is good, 1 (warning) and
// 2 (critical) are bad, 3 is unknown; the first line of the output is for people, what follows a
// '|' in it are numbers. What ends in any other way (another status, a signal, it cannot be
// started) says something about the command and nothing about what it looks at: unknown. Pure.
#pragma once

#include <string>

#include "core/probe/words.h"
#include "shell/programs.h"

namespace hammock::shell {

inline constexpr std::size_t kProbeSaysMax = 200;  // bytes of the first line, for people

struct PluginResult {
  probe::Verdict verdict{};
  std::string message;
  std::string numbers;  // the text after '|'
};
PluginResult read_plugin(const ProgramEnd& end);

}  // namespace hammock::shell
