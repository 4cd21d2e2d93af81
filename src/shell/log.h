// The brain's own log: one line of key=value pairs for each thing worth saying, on standard error.
//
// It is bounded: beyond kLogLinesPerWindow lines in kLogWindow the rest is counted and said in one
// line, and a reader that does not read loses lines instead of stopping the brain. Secrets are
// never given to it.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/time.h"

namespace hammock::shell {

enum class Level { kError = 3, kWarning = 4, kInfo = 6 };  // as syslog(3) numbers them

inline constexpr unsigned kLogLinesPerWindow = 200;
inline constexpr Duration kLogWindow = std::chrono::seconds(10);
inline constexpr std::size_t kLogLineBytes = 2048;

using LogField = std::pair<std::string_view, std::string>;

// time=… level=warning msg="…" service=web, with a newline; cut to kLogLineBytes. Values are quoted
// where needed, and never hold control characters.
std::string log_line(Instant at, Level level, std::string_view message,
                     std::initializer_list<LogField> fields);

class Log {
 public:
  // `priorities`: begin each line with "<4>", as the journal of systemd understands it.
  explicit Log(int fd = 2, bool priorities = false) : fd_(fd), priorities_(priorities) {}
  void say(Level level, std::string_view message, std::initializer_list<LogField> fields = {});

 private:
  void write_line(Level level, std::string_view line);

  int fd_;
  bool priorities_;
  Steady window_{};
  unsigned lines_ = 0;
  unsigned dropped_ = 0;
};

}  // namespace hammock::shell
