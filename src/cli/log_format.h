// How a line of a log is shown.
#pragma once

#include <optional>
#include <string>

#include "cli/log_merge.h"
#include "cli/look.h"

namespace hammock::cli {

struct LogFormat {
  std::string service;
  bool name_instances = false;  // "web/2 | " in front
  bool times = false;
  Look look;
};

// Remembers only whether the last line has ended.
class LogWriter {
 public:
  explicit LogWriter(LogFormat format) : format_(std::move(format)) {}
  // The bytes to write. A terminal gets no control characters but tabs; anything else gets the
  // program's own bytes.
  std::string text_of(const MergedLine& line);
  void name_instances() { format_.name_instances = true; }

 private:
  LogFormat format_;
  std::optional<std::uint32_t> open_;  // the instance whose line has not ended yet
};

}  // namespace hammock::cli
