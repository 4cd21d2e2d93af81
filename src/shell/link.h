// The brain's end of the link to the keeper (wire/link.h): packets out through a bounded queue,
// hints in.
//
// Nothing here blocks. When the keeper does not take orders for so long that kOrdersQueuedMax of
// them wait, the link counts as lost: the ledger is the truth, and whoever is on the other side
// next is told everything anew.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "os/unique_fd.h"
#include "wire/link.h"

namespace hammock::shell {

inline constexpr std::size_t kOrdersQueuedMax = 32'768;
inline constexpr std::size_t kHintsPerTurn = 512;

struct ReceivedHint {
  wire::HintMessage message;
  os::UniqueFd fd;
};

class Link {
 public:
  Link() = default;
  explicit Link(os::UniqueFd socket) : socket_(std::move(socket)) {}

  int descriptor() const { return socket_.get(); }
  bool is_open() const { return static_cast<bool>(socket_); }
  // True: wait for writable, too, then flush().
  bool has_unsent() const { return !unsent_.empty(); }

  // `fd` is duplicated when it cannot be sent at once.
  void send(const wire::OrderMessage& order, int fd = -1);
  void flush();
  // Up to kHintsPerTurn. After the peer has gone, what it had sent is still received, then
  // is_open() is false.
  std::vector<ReceivedHint> receive();
  void close();

 private:
  struct Unsent {
    wire::OrderMessage order;
    os::UniqueFd fd;
  };
  bool send_now(const wire::OrderMessage& order, int fd);  // false: later

  os::UniqueFd socket_;
  std::deque<Unsent> unsent_;
};

template <std::size_t kBytes>
void copy_text(std::array<char, kBytes>& into, std::string_view text) {
  into = {};
  text.copy(into.data(), kBytes - 1);
}

// Orders as messages.
wire::OrderMessage hello_order();
wire::OrderMessage simple_order(wire::Order order, std::uint32_t slot = 0,
                                std::uint64_t generation = 0, std::int64_t value = 0);

}  // namespace hammock::shell
