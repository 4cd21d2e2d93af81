// Names of signals and of exit codes, as people write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hammock {

// "TERM" for 15, "RTMIN+3" for real-time ones, "SIG200" for what has no name.
std::string signal_name(int signal);

// Accepts "TERM", "SIGTERM", "term" and "RTMIN+3"; nothing for anything else.
std::optional<int> parse_signal(std::string_view text);

// The names of sysexits.h for 64 … 78 ("configuration error"); empty for other codes.
std::string_view sysexit_meaning(int code);

}  // namespace hammock
