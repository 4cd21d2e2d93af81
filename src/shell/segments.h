// Retention of captured output: the oldest log segments of an instance are deleted when it has more
// than its service may keep, or when they are too old. The segment being written always stays.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace hammock::shell {

struct Segment {
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;  // of all its files
  Instant newest{};         // last change
  friend bool operator==(const Segment&, const Segment&) = default;
};

// Those to be deleted, oldest first. `segments` in order of number. Pure.
std::vector<std::uint64_t> expired_segments(const std::vector<Segment>& segments,
                                            std::uint64_t writing, std::uint64_t keep_bytes,
                                            std::optional<Duration> keep_for, Instant now);

// Looks into S/logs/<service>/<instance> and deletes what has expired. A folder that is not there
// is fine.
void expire_logs(const std::string& folder, std::uint64_t writing, std::uint64_t keep_bytes,
                 std::optional<Duration> keep_for, Instant now);

}  // namespace hammock::shell
