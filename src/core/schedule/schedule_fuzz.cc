// Any text as a schedule: what is wrong lies within it; what is read is due at a minute that
// matches, and each time later than before, also where clocks change.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "core/schedule/schedule.h"

namespace {

using hammock::Instant;
using hammock::schedule::Zone;
using namespace std::chrono_literals;

const Zone& zone() {
  static const Zone howe("Australia/Lord_Howe",
                         {{Instant::min(), 11h},
                          {std::chrono::sys_days(2026y / 4 / 4) + 15h, 10h + 30min},
                          {std::chrono::sys_days(2026y / 10 / 3) + 15h + 30min, 11h}});
  return howe;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto cron = hammock::schema::read_cron(text);
  if (!cron) {
    HAMMOCK_ASSERT(cron.error().at + cron.error().length <= size);
    return 0;
  }
  Instant at = std::chrono::sys_days(2026y / 4 / 3);
  for (int i = 0; i < 20; ++i) {
    const auto due = hammock::schedule::next_due(*cron, zone(), at);
    if (!due) break;
    HAMMOCK_ASSERT(*due > at);
    const auto local = zone().local(*due);
    const auto day = std::chrono::floor<std::chrono::days>(local);
    const auto minute = std::chrono::floor<std::chrono::minutes>(local - day).count() % 60;
    const bool is_made_up = *due == zone().changes()[2].from;  // for times that were put over
    HAMMOCK_ASSERT(is_made_up || (cron->has_day(std::chrono::year_month_day(day)) &&
                                  (cron->minutes >> minute & 1) != 0));
    at = *due;
  }
  return 0;
}
