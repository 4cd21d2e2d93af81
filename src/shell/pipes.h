// Copies of the output pipes of the programs. A pipe is gone with the last who has it open, and so
// is what was written and not yet read. While the brain holds a copy, the last words of a program
// outlive the program and the keeper together; the next keeper reads them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "os/unique_fd.h"

namespace hammock::shell {

class Pipes {
 public:
  explicit Pipes(const std::string& runtime);

  // Opens R/out/SLOT.fifo unless it is held. One that cannot be opened is tried again when the slot
  // is kept again; beyond half of this process's open files nothing more is held.
  void keep(std::uint32_t slot);
  // Opens it anew: a keeper that found the runtime directory emptied has made other ones.
  void renew(std::uint32_t slot);
  // Opens it, unless it would be the pipe of nobody: one that nobody holds and whose program does
  // not live has nothing to keep, and holding it would tell the next keeper otherwise.
  void begin(std::uint32_t slot, const std::function<bool()>& program_lives);
  void drop(std::uint32_t slot);
  // Its other end, as its program has it; empty when nobody reads.
  os::UniqueFd writer(std::uint32_t slot) const;

 private:
  std::string folder_;
  std::uint64_t held_max_ = 0;
  std::uint64_t held_count_ = 0;
  std::vector<os::UniqueFd> held_;  // by slot
};

}  // namespace hammock::shell
