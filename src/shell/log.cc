#include "shell/log.h"

#include <poll.h>
#include <unistd.h>

#include "base/text.h"
#include "os/clock.h"

namespace hammock::shell {
namespace {

std::string_view level_word(Level level) {
  switch (level) {
    case Level::kError:
      return "error";
    case Level::kWarning:
      return "warning";
    case Level::kInfo:
      break;
  }
  return "info";
}

void add_value(std::string& line, std::string_view value) {
  std::string clean = printable(value);
  if (!clean.empty() && clean.find_first_of(" \"=") == std::string::npos) {
    line += clean;
    return;
  }
  line += '"';
  for (char c : clean) {
    if (c == '"') line += '\\';
    line += c;
  }
  line += '"';
}

}  // namespace

std::string log_line(Instant at, Level level, std::string_view message,
                     std::initializer_list<LogField> fields) {
  std::string line = "time=" + format_instant_ms(at) + " level=" + std::string(level_word(level));
  line += " msg=";
  add_value(line, message);
  for (const auto& [key, value] : fields) {
    line += ' ';
    line += key;
    line += '=';
    add_value(line, value);
  }
  if (line.size() >= kLogLineBytes) line.resize(kLogLineBytes - 1);
  return line + '\n';
}

void Log::say(Level level, std::string_view message, std::initializer_list<LogField> fields) {
  Now now = os::read_clocks();
  if (lines_ == 0 || now.steady - window_ >= kLogWindow) {
    if (dropped_ > 0) {
      write_line(Level::kWarning, log_line(now.wall, Level::kWarning, "lines were not written",
                                           {{"count", std::to_string(dropped_)}}));
    }
    window_ = now.steady;
    lines_ = dropped_ = 0;
  }
  if (++lines_ > kLogLinesPerWindow) {
    ++dropped_;
    return;
  }
  write_line(level, log_line(now.wall, level, message, fields));
}

void Log::write_line(Level level, std::string_view line) {
  std::string text;
  if (priorities_) text = "<" + std::to_string(static_cast<int>(level)) + ">";
  text += line;
  // A pipe that poll(2) calls writable takes a line of this length whole, without blocking.
  pollfd room{fd_, POLLOUT, 0};
  if (poll(&room, 1, 0) != 1 || ::write(fd_, text.data(), text.size()) < 0) ++dropped_;
}

}  // namespace hammock::shell
