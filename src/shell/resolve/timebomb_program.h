// The program that looks at a time bomb, as resolve() knows programs: "timebomb.NAME". It is its
// own command, or hammock-gauge with what it is to measure.
#pragma once

#include <optional>
#include <string>

#include "core/service/config.h"
#include "core/timebomb/config.h"

namespace hammock::resolve {

// None: no program is needed. `gauge` is hammock-gauge; `folder` is what relative paths are below.
std::optional<service::Config> program_of(const timebomb::Config& timebomb,
                                          const std::string& gauge, const std::string& folder);

}  // namespace hammock::resolve
