#include "cli/screen.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"

namespace hammock::cli {
namespace {

constexpr std::size_t kWidthMin = 20;
constexpr std::size_t kNoLimit = 100'000;

}  // namespace

Screen Screen::of(int fd, const Environment& environment) {
  Look look;
  look.terminal = isatty(fd) == 1;
  look.colour = look.terminal && !lookup(environment, "NO_COLOR");
  look.width = look.terminal ? 80 : kNoLimit;
  winsize size{};
  if (look.terminal && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    look.width = size.ws_col;
  } else if (auto columns = parse_decimal(lookup(environment, "COLUMNS").value_or(""))) {
    look.width = static_cast<std::size_t>(std::min<std::uint64_t>(*columns, kNoLimit));
  }
  look.width = std::max(look.width, kWidthMin);
  return {fd, look};
}

void Screen::write(std::string_view text) const {
  while (!text.empty()) {
    ssize_t written = ::write(fd_, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd one{fd_, POLLOUT, 0};
      poll(&one, 1, -1);
    } else if (errno != EINTR) {
      if (errno != EPIPE && failure_ == 0) failure_ = errno;
      return;
    }
  }
}

void Progress::show(std::string_view text) {
  if (text == shown_) return;
  shown_ = text;
  if (screen_.look().terminal) {
    screen_.write("\r\x1b[K" + shortened(text, screen_.look().width - 1));
  } else {
    screen_.write(std::string(text) + "\n");
  }
}

void Progress::clear() {
  if (!shown_.empty() && screen_.look().terminal) screen_.write("\r\x1b[K");
  shown_.clear();
}

}  // namespace hammock::cli
