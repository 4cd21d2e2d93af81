#include "core/probe/due.h"

#include "base/hash.h"
#include "core/probe/probe.h"

namespace hammock::probe {

Steady due_after(std::string_view probe, Duration every, Steady now) {
  // FNV's low bits alone are near to each other for names that are.
  const std::uint64_t hash = fnv1a(probe) * 0x9e3779b97f4a7c15ULL >> 16;
  const std::int64_t phase =
      static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(every.count())) /
      kDueGrid.count() * kDueGrid.count();
  const std::int64_t since = now.time_since_epoch().count() - phase;
  const std::int64_t rounds = since >= 0 ? since / every.count() + 1 : 0;
  return Steady(Duration(phase + rounds * every.count()));
}

}  // namespace hammock::probe
