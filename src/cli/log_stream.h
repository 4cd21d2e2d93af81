// The lines of one instance, read from its segment files (docs/formats/log.md) while they are
// written, rotated and deleted by others. It keeps at most a chunk, an index and an unfinished line
// in memory.
//
// A line belongs to the time at which its first byte came. Lines may cross segments. A segment that
// retention deletes while it is read stays readable to us; one that is gone before is skipped, and
// the line that began in front of the gap ends there. A missing or cut index only means that times
// are not known.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "os/unique_fd.h"
#include "wire/log_index.h"

namespace hammock::cli {

// Longer lines come in pieces.
inline constexpr std::size_t kLogPieceBytes = 64 << 10;

struct LogLine {
  std::optional<Instant> at;  // when its first byte came, if anybody knows
  std::string bytes;          // without the newline
  bool whole = true;          // false: a piece, the next one continues it
};

class LogStream {
 public:
  // Begins at the oldest byte. A folder that does not exist is an empty stream.
  explicit LogStream(std::string folder);

  // Moves so that at most `count` lines follow; returns how many do. An unfinished last line
  // counts.
  std::size_t seek_last(std::size_t count);
  // Moves to the first line that came at `since` or later. Segments without an index count by the
  // time of their last change.
  void seek_since(Instant since);

  // The next line that has ended; nothing when there is none (yet).
  std::optional<LogLine> next();
  // What the last, unfinished line has so far; nothing when there is none. It is then taken.
  std::optional<LogLine> unfinished();

 private:
  struct Place {
    std::uint64_t segment = 0;
    std::uint64_t offset = 0;
  };

  std::vector<std::uint64_t> segments() const;
  bool open_segment(std::uint64_t number, std::uint64_t offset);
  bool advance();  // to the next segment that exists
  bool fill();     // false: nothing more at the moment
  void refresh_index();
  std::optional<Instant> time_at(std::uint64_t offset) const;
  LogLine take_pending(bool whole);
  std::optional<Place> place_since(std::uint64_t number, std::int64_t since_us) const;
  void skip_to_line_start();
  std::string path_of(std::uint64_t number, std::string_view suffix) const;

  std::string folder_;
  os::UniqueFd file_;
  os::UniqueFd index_file_;
  std::uint64_t segment_ = 0;
  bool open_ = false;
  std::vector<wire::LogIndexEntry> index_;
  std::string chunk_;
  std::size_t chunk_used_ = 0;
  std::uint64_t chunk_offset_ = 0;  // of chunk_[0] in the segment
  std::string pending_;             // the line so far
  std::optional<Instant> pending_at_;
  bool gap_ = false;       // segments were missing before the chunk
  bool skipping_ = false;  // the rest of a line that began before where we were told to begin
};

}  // namespace hammock::cli
