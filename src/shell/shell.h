// The shell around the core: what apps/hammock_main.cc calls.
#pragma once

#include <string>

namespace hammock::shell {

// `hammock brain R S CONFIG`, started by the keeper with the link on descriptor 3. Gives the exit
// code.
int run_brain(const std::string& runtime, const std::string& state, const std::string& config);

}  // namespace hammock::shell
