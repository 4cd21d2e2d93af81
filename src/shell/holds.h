// Copies of the descriptors whose loss would harm programs: listening sockets, notify sockets and
// stored descriptors. Keeper and brain hold the same ones, and give them to whoever is replaced.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "os/unique_fd.h"
#include "wire/link.h"

namespace hammock::shell {

inline constexpr std::size_t kHoldsMax = 8192;  // more are dropped: the keeper has fewer places

bool same_hold(const wire::Hold& a, const wire::Hold& b);
wire::Hold listen_hold(std::string_view service, std::uint32_t index, std::string_view name);

class HoldBook {
 public:
  // Replaces what was held under the same hold; of stored descriptors, several may have the same
  // one. `known_to_keeper`: it came from there.
  void keep(const wire::Hold& hold, os::UniqueFd fd, bool known_to_keeper);
  // One of them: of several equal ones that which was hung up, where one was.
  void drop(const wire::Hold& hold);
  // -1: nothing is held under it. The descriptor stays ours.
  int find(const wire::Hold& hold) const;
  // A new keeper knows nothing.
  void forget_who_knows();
  // Calls give(hold, fd) for all that the keeper does not know, and takes them as known.
  void give(const std::function<void(const wire::Hold&, int fd)>& give);
  // The same for a service manager above us, which keeps copies under names: first drop(name) for
  // those that went, then keep(hold, fd). Ends at the first that returns false, to go on
  // there. False when there is more to tell.
  bool tell_manager(const std::function<bool(const std::string& name)>& drop,
                    const std::function<bool(const wire::Hold&, int fd)>& keep);
  // The listening sockets of services for which `wanted` is false are closed; returns their holds.
  std::vector<wire::Hold> drop_listening(
      const std::function<bool(std::string_view service, std::uint32_t index)>& wanted);
  std::size_t size() const { return held_.size(); }

 private:
  struct Held {
    wire::Hold hold;
    os::UniqueFd fd;
    bool known_to_keeper = false;
    bool known_to_manager = false;
  };
  void left(const Held& held);

  std::vector<Held> held_;
  std::vector<std::string> gone_;  // names that the manager has not been told to drop
  bool manager_is_behind_ = false;
};

}  // namespace hammock::shell
