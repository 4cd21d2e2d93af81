// The lines of several instances in the order of time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/log_stream.h"

namespace hammock::cli {

struct MergedLine {
  std::uint32_t instance = 0;
  LogLine line;
};

// A line whose time nobody knows comes as soon as it is seen. Lines of one instance keep their
// order, also when the clock was set back; a line in pieces is never interrupted while its pieces
// last.
class LogMerge {
 public:
  void add(std::uint32_t instance, LogStream stream);
  bool has(std::uint32_t instance) const;
  std::size_t size() const { return sources_.size(); }

  std::optional<MergedLine> next();
  // The unfinished last lines, once next() has nothing more.
  std::optional<MergedLine> unfinished();

 private:
  struct Source {
    std::uint32_t instance;
    LogStream stream;
    std::optional<LogLine> head;
  };
  std::vector<Source> sources_;
  std::optional<std::size_t> continuing_;  // whose line came in a piece
};

}  // namespace hammock::cli
