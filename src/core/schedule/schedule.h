// When something is due: a cron schedule in a time zone.
//
// The rules for the nights in which clocks change are those of Debian's cron and of cronsim:
//
// - What names its hours and minutes ("30 2 * * *") runs once for each day: a time that the clock
// is
//   put over is due at once after it, several such times together once; a time that comes twice is
//   due the first time only.
// - What says a distance, that is minute or hour begin with `*` ("*/15 * * * *"), follows the time
//   that passes: what is put over does not come, what comes twice is due twice.
#pragma once

#include <optional>

#include "core/schedule/zone.h"
#include "schema/cron.h"

namespace hammock::schedule {

// The first instant after `after`; nothing when there is none within a hundred years.
std::optional<Instant> next_due(const schema::Cron& cron, const Zone& zone, Instant after);

}  // namespace hammock::schedule
