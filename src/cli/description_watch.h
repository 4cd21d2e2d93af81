// The commands about what is watched elsewhere. Of this module only.
#pragma once

#include "cli/description.h"

namespace hammock::cli {

Command heartbeat_command();
Command probe_command();
Command timebombs_command();
Command ping_command();
Command wrap_command();
Command try_command();

}  // namespace hammock::cli
