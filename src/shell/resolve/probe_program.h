// The program of a probe that is a command, as resolve() knows programs: "probe.NAME".
#pragma once

#include <optional>

#include "core/probe/config.h"
#include "core/service/config.h"

namespace hammock::resolve {

// None: it is no command.
std::optional<service::Config> program_of(const probe::Config& probe);

}  // namespace hammock::resolve
