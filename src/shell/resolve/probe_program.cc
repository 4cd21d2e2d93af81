#include "shell/resolve/probe_program.h"

#include <fmt/format.h>

namespace hammock::resolve {

std::optional<service::Config> program_of(const probe::Config& probe) {
  const auto* command = std::get_if<probe::Command>(&probe.target);
  if (command == nullptr) return std::nullopt;
  service::Config program;
  program.name = fmt::format("probe.{}", probe.name);
  program.command = command->command;
  if (command->user) program.user = service::Enforced<std::string>{*command->user, false};
  program.env = command->env;
  return program;
}

}  // namespace hammock::resolve
