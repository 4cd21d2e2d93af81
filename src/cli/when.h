// Times as people type them on the command line, and as JSON carries them.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace hammock::cli {

// "10m", "2h30m", "250ms": the units w d h m s ms us, each at most once, the larger first. Nothing
// for anything else, and for what does not fit.
std::optional<Duration> parse_duration(std::string_view text);

// RFC 3339: "2026-11-23T04:00:00Z", with a fraction, or with an offset such as +01:00; a space may
// stand for the T. Nothing for anything else.
std::optional<Instant> parse_instant(std::string_view text);

// "12s", "3d"; "0s" for what lies in the future.
std::string age_between(Instant since, Instant now);

}  // namespace hammock::cli
