// Commands of probes under way: programs that look at something and say by their exit status how it
// is, as the Monitoring Plugins do (https://www.monitoring-plugins.org/doc/guidelines.html): 0 is
// good, 1 (warning) and 2 (critical) are bad, 3 is unknown; the first line of the output is for
// people, what follows a '|' in it are numbers.
//
// Each is a child of the brain, with a deadline, and ends in exactly one Ended; what it leaves
// behind in its process group is killed then. One that dies with the brain is run again when it is
// due; nothing is lost. What ends in any other way (another status, a signal, it cannot be started)
// says something about the command and nothing about what it looks at: unknown.
//
// Bounds: kProbeCommandsMax at once, the others wait for their turn; kProbeOutputMax bytes of
// output are kept, the rest is read and dropped.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "core/probe/words.h"
#include "os/unique_fd.h"
#include "wire/spec.h"

namespace hammock::shell {

inline constexpr std::size_t kProbeCommandsMax = 64;
inline constexpr std::size_t kProbeOutputMax = 64 << 10;
inline constexpr std::size_t kProbeSaysMax = 200;  // bytes of the first line, for people

// How a plugin's end is read. Pure.
struct PluginResult {
  probe::Verdict verdict{};
  std::string message;
  std::string numbers;  // the text after '|'
};
PluginResult read_plugin(int wait_status, std::string_view output);

class ProbeCommands {
 public:
  // `watch` waits for a descriptor to be readable, for as long as it is open, and then calls
  // readable() with the id.
  explicit ProbeCommands(std::function<void(int fd, std::uint64_t id)> watch)
      : watch_(std::move(watch)) {}

  void run(std::uint64_t id, const wire::Spec& spec, Duration within, Steady now);
  void readable(std::uint64_t id);
  // False: no child of ours.
  bool child_ended(pid_t pid, int wait_status, Steady now);
  void expire(Steady now);
  std::optional<Steady> next_deadline() const;

  struct Ended {
    std::uint64_t id = 0;
    PluginResult result;
    Duration took{};
  };
  // What has ended since the last call.
  std::vector<Ended> take_ended() { return std::exchange(ended_, {}); }

 private:
  struct Waiting {
    std::uint64_t id = 0;
    wire::Spec spec;
    Duration within{};
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
