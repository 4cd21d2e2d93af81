#include "core/schedule/zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/assert.h"

namespace hammock::schedule {
namespace {

namespace chrono = std::chrono;

constexpr chrono::hours kSkippedMost{3};

}  // namespace

Zone::Zone(std::string name, std::vector<OffsetChange> changes)
    : name_(std::move(name)), changes_(std::move(changes)) {
  HAMMOCK_ASSERT(!changes_.empty());
}

std::size_t Zone::period_at(Instant instant) const {
  auto after = std::ranges::upper_bound(changes_, instant, {}, &OffsetChange::from);
  return after == changes_.begin() ? 0 : static_cast<std::size_t>(after - changes_.begin()) - 1;
}

LocalTime Zone::local(Instant instant) const {
  const auto seconds = chrono::floor<chrono::seconds>(instant.time_since_epoch());
  return LocalTime(seconds + offset_at(instant));
}

std::optional<Instant> Zone::first_instant(LocalTime local) const {
  const Instant as_utc(local.time_since_epoch());
  // Offsets are less than a day, so no earlier period can show this time.
  for (std::size_t i = period_at(as_utc - chrono::days(1)); i < changes_.size(); ++i) {
    const bool is_last = i + 1 == changes_.size();
    const Instant here = as_utc - changes_[i].offset;
    if (is_last || here < changes_[i + 1].from) {
      if (i == 0 || here >= changes_[i].from) return here;
      // Past the end of the period before, and before the begin of this one.
      const auto skipped = changes_[i].offset - changes_[i - 1].offset;
      return skipped > kSkippedMost ? std::nullopt : std::optional(changes_[i].from);
    }
  }
  HAMMOCK_ASSERT(false);
}

std::string format_local(const Zone& zone, Instant instant) {
  const LocalTime local = zone.local(instant);
  const auto day = chrono::floor<chrono::days>(local);
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss time(local - day);
  const auto offset = chrono::round<chrono::minutes>(zone.offset_at(instant)).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}{:02}:{:02}", int{date.year()},
                     unsigned{date.month()}, unsigned{date.day()}, time.hours().count(),
                     time.minutes().count(), time.seconds().count(), offset < 0 ? '-' : '+',
                     std::abs(offset) / 60, std::abs(offset) % 60);
}

}  // namespace hammock::schedule
