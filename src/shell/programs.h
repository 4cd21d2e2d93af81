// Programs that look at something and say what they saw: commands of probes, and gauges of time
// bombs.
//
// Each is a child of the brain, with a deadline, and ends in exactly one Ended; what it leaves
// behind in its process group is killed then. One that dies with the brain is run again when it is
// due; nothing is lost.
//
// Bounds: kProgramsMax at once, the others wait for their turn; kProgramOutputMax bytes of output
// are kept, the rest is read and dropped.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"
#include "os/unique_fd.h"
#include "wire/spec.h"

namespace hammock::shell {

inline constexpr std::size_t kProgramsMax = 64;
inline constexpr std::size_t kProgramOutputMax = 64 << 10;

// How a program ended.
struct Exited {
  int wait_status = 0;
  std::string output;
};
struct Overdue {  // and was killed
  Duration within{};
};
struct NotStarted {
  std::string why;
};
using ProgramEnd = std::variant<Exited, Overdue, NotStarted>;

class Programs {
 public:
  // `watch` waits for a descriptor to be readable, for as long as it is open, and then calls
  // readable() with the id.
  explicit Programs(std::function<void(int fd, std::uint64_t id)> watch)
      : watch_(std::move(watch)) {}

  // What is read of it: both outputs, or what it says on the first alone.
  enum class Reads : std::uint8_t { kBoth, kFirst };
  void run(std::uint64_t id, const wire::Spec& spec, Duration within, Steady now,
           Reads reads = Reads::kBoth);
  // Nobody wants to know any more: it is killed, and no Ended follows.
  void leave(std::uint64_t id, Steady now);
  void readable(std::uint64_t id);
  // False: no child of ours.
  bool child_ended(pid_t pid, int wait_status, Steady now);
  void expire(Steady now);
  std::optional<Steady> next_deadline() const;

  struct Ended {
    std::uint64_t id = 0;
    ProgramEnd how;
    Duration took{};
  };
  // What has ended since the last call.
  std::vector<Ended> take_ended() { return std::exchange(ended_, {}); }

 private:
  struct Waiting {
    std::uint64_t id = 0;
    wire::Spec spec;
    Duration within{};
    Reads reads{};
  };
  struct Running {
    std::uint64_t id = 0;
    pid_t pid = 0;
    Steady began{};
    Steady deadline{};
    os::UniqueFd output;
    std::string said;
  };
  void start(const Waiting& waiting, Steady now);
  void start_waiting(Steady now);
  static void drain(Running& running);

  std::function<void(int, std::uint64_t)> watch_;
  std::vector<Running> running_;
  std::deque<Waiting> waiting_;
  std::vector<pid_t> abandoned_;  // killed children, to be reaped
  std::vector<Ended> ended_;
};

}  // namespace hammock::shell
