// The side index of a log segment: when its bytes came. docs/formats/log.md is its page.
//
// NNNNNNNN.log holds what the program wrote and nothing else; NNNNNNNN.idx holds 16-byte entries
// (offset, time): bytes from `offset` on came at `wall_us` or later. Offsets and times do not fall
// within a segment, except that civil time may be set back; offsets may repeat, and then the last
// entry counts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace hammock::wire {

struct LogIndexEntry {
  std::uint64_t offset = 0;
  std::int64_t wall_us = 0;
  friend bool operator==(const LogIndexEntry&, const LogIndexEntry&) = default;
};
static_assert(sizeof(LogIndexEntry) == 16);

// When the byte at `offset` came: the time of the last entry at or before it; nothing without one.
constexpr std::optional<std::int64_t> log_time_at(std::span<const LogIndexEntry> entries,
                                                  std::uint64_t offset) {
  std::size_t low = 0;
  std::size_t high = entries.size();
  while (low < high) {
    std::size_t middle = low + (high - low) / 2;
    if (entries[middle].offset <= offset)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0) return std::nullopt;
  return entries[low - 1].wall_us;
}

inline constexpr std::uint64_t kLogSegmentMax = 99'999'999;

// "00000042.log" for (42, ".log"), NUL-terminated. `suffix` has four characters.
constexpr std::array<char, 13> log_file_name(std::uint64_t segment, std::string_view suffix) {
  std::array<char, 13> name{};
  for (std::size_t i = 8; i-- > 0; segment /= 10)
    name[i] = static_cast<char>('0' + segment % 10);
  for (std::size_t i = 0; i < 4 && i < suffix.size(); ++i)
    name[8 + i] = suffix[i];
  return name;
}

// The number of a segment's file, whatever its suffix (a compressed one keeps its number).
constexpr std::optional<std::uint64_t> log_file_number(std::string_view name) {
  if (name.size() < 9 || name[8] != '.') return std::nullopt;
  std::uint64_t number = 0;
  for (char digit : name.substr(0, 8)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return number;
}

}  // namespace hammock::wire
