// One time bomb of the status, for programs.
#pragma once

#include "base/json.h"
#include "core/timebomb/timebomb.h"

namespace hammock::shell {

void write_timebomb(JsonWriter& json, const timebomb::Report& timebomb);

}  // namespace hammock::shell
