// cli::main() with its world as arguments: what tests call.
#pragma once

#include <string>
#include <vector>

#include "cli/places.h"

namespace hammock::cli {

// `words` without the program's name; `program` is the path of the hammock binary, beside which
// hammock-keeper stands.
int run_cli(const std::vector<std::string>& words, const Environment& environment,
            const std::string& program, int out_fd, int err_fd);

}  // namespace hammock::cli
