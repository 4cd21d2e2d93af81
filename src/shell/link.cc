#include "shell/link.h"

#include <fcntl.h>

#include <cerrno>

#include "os/channel.h"

namespace hammock::shell {

bool Link::send_now(const wire::OrderMessage& order, int fd) {
  int error = os::send_packet(socket_.get(), os::bytes_of(order), fd);
  if (error == 0) return true;
  // Any other error: the peer is gone, and receive() will say so once its last words are read.
  return error != EAGAIN && error != ENOBUFS;
}

void Link::send(const wire::OrderMessage& order, int fd) {
  if (!is_open()) return;
  if (unsent_.empty() && send_now(order, fd)) return;
  if (unsent_.size() == kOrdersQueuedMax) return close();
  os::UniqueFd copy;
  if (fd >= 0) copy.reset(fcntl(fd, F_DUPFD_CLOEXEC, 10));
  unsent_.push_back({order, std::move(copy)});
}

void Link::flush() {
  while (is_open() && !unsent_.empty() &&
         send_now(unsent_.front().order, unsent_.front().fd.get())) {
    unsent_.pop_front();
  }
}

std::vector<ReceivedHint> Link::receive() {
  std::vector<ReceivedHint> hints;
  while (is_open() && hints.size() < kHintsPerTurn) {
    ReceivedHint hint;
    os::Received what = os::receive_packet(socket_.get(), os::bytes_into(hint.message), hint.fd);
    if (what == os::Received::kNothing) break;
    if (what == os::Received::kClosed)
      close();
    else
      hints.push_back(std::move(hint));
  }
  return hints;
}

void Link::close() {
  socket_.reset();
  unsent_.clear();
}

wire::OrderMessage hello_order() {
  return simple_order(wire::Order::kHello, 0, 0, wire::kLinkVersion);
}

wire::OrderMessage simple_order(wire::Order order, std::uint32_t slot, std::uint64_t generation,
                                std::int64_t value) {
  wire::OrderMessage message;
  message.order = order;
  message.slot = slot;
  message.generation = generation;
  message.value = value;
  return message;
}

}  // namespace hammock::shell
