// Where text goes: a descriptor, and how text may look there.
#pragma once

#include <string>
#include <string_view>

#include "cli/look.h"
#include "cli/places.h"

namespace hammock::cli {

class Screen {
 public:
  Screen(int fd, Look look) : fd_(fd), look_(look) {}
  // Looks at what the descriptor is: a terminal has its own width and, without NO_COLOR, colours;
  // anything else has the width COLUMNS or no limit.
  static Screen of(int fd, const Environment& environment);

  void write(std::string_view text) const;
  const Look& look() const { return look_; }
  int fd() const { return fd_; }
  // The errno of the first write that failed; 0 when all is written. A reader that has enough
  // (`| head`) is no failure.
  int failure() const { return failure_; }

 private:
  int fd_;
  Look look_;
  mutable int failure_ = 0;
};

// One line that changes in place on a terminal, and a line for each change elsewhere. A message
// that says what the one before said is not repeated.
class Progress {
 public:
  explicit Progress(const Screen& screen) : screen_(screen) {}
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void show(std::string_view text);
  void clear();

 private:
  const Screen& screen_;
  std::string shown_;
};

}  // namespace hammock::cli
