// Runs a command with its output passed through as it comes, and the end of it kept.
//
// Standard input is the caller's. Signals are handed on to the command; those that the terminal
// sends for Ctrl-C and Ctrl-\ reach it directly.
#pragma once

#include <signal.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "os/unique_fd.h"

namespace hammock::cli {

// Opens /dev/null as each standard stream that is closed, so that nothing of ours gets its number.
void fill_standard_streams();

// The last bytes of what was added.
class Tail {
 public:
  explicit Tail(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  void add(std::string_view bytes);
  std::string text() const;

 private:
  std::size_t bytes_max_;
  std::string text_;  // may be twice as long: then the front is cut off at once
};

// Keeps signals from ending this process while it lives: they wait in a descriptor. What came and
// nobody took is dropped at its end.
class HeldSignals {
 public:
  HeldSignals();
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  int fd() const { return fd_.get(); }  // -1: it could not be made
  // As all was before: for the child before exec.
  void put_back() const;

 private:
  sigset_t before_{};
  struct sigaction pipe_before_{};
  struct sigaction child_before_{};
  os::UniqueFd fd_;
};

struct WrapEnd {
  int code = 0;  // the command's, or 128 + signal; 127: not found, 126: not executable
  std::string not_begun = {};  // why it could not be executed; empty: it was
  std::string output = {};     // the last bytes of both streams together
  int write_failure = 0;       // errno, when output could not be passed on; a closed pipe is none
};

// Standard output and error of the command go to `out` and `err`. What a child that it leaves
// behind writes is not waited for. An error: nothing was begun.
Result<WrapEnd> run_wrapped(const std::vector<std::string>& command, int out, int err,
                            const HeldSignals& signals, std::size_t kept_bytes);

}  // namespace hammock::cli
