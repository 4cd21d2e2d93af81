#include "courier/tcp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "courier/address.h"

namespace hammock::courier {
namespace {

using Step = TlsStream::Step;
using wire::ErrandStage;
using wire::Reason;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

SocketAddress socket_address(const std::string& ip, std::uint16_t port) {
  SocketAddress address;
  if (ip.find(':') == std::string::npos) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    inet_pton(AF_INET, ip.c_str(), &v4->sin_addr);
    address.size = sizeof *v4;
  } else {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    inet_pton(AF_INET6, ip.c_str(), &v6->sin6_addr);
    address.size = sizeof *v6;
  }
  return address;
}

TlsStream::Moved moved(ssize_t count) {
  if (count > 0) return {Step::kDone, static_cast<std::size_t>(count), 0, 0, {}};
  if (count == 0) return {Step::kClosed, 0, 0, 0, {}};
  return {Step::kFailed, 0, 0, errno, std::strerror(errno)};
}

}  // namespace

TcpErrand::TcpErrand(Loop& loop, wire::TcpErrand wish, Times times, Done done)
    : loop_(loop),
      wish_(std::move(wish)),
      times_(times),
      done_(std::move(done)),
      unsent_(wish_.send),
      lookup_(Lookup::addresses(loop, {wish_.route.resolvers, times.deadline - times.began},
                                wish_.route.address.empty() ? wish_.host : wish_.route.address,
                                wish_.route.family, [this](const Lookup::Addresses& addresses) {
                                  if (!addresses) return end(addresses.error());
                                  trace_.phases.resolved = times_.since_began();
                                  stage_ = ErrandStage::kConnect;
                                  addresses_.assign(addresses->rbegin(), addresses->rend());
                                  connect_next();
                                })) {}

TcpErrand::~TcpErrand() {
  loop_.cancel(patience_);
  if (socket_) loop_.unwatch(socket_.get());
}

Trace TcpErrand::trace() const {
  Trace trace = trace_;
  if (tls_) trace.tls = tls_->watched().facts();
  return trace;
}

void TcpErrand::connect_next() {
  loop_.cancel(patience_);
  if (socket_) loop_.unwatch(socket_.get());
  address_ = addresses_.back();
  addresses_.pop_back();
  const SocketAddress address = socket_address(address_, wish_.port);
  socket_.reset(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket_) return fail(Reason::kSystem, errno, std::strerror(errno));
  // What is left of the time is shared by the addresses that are left.
  const auto left = static_cast<std::int64_t>(addresses_.size() + 1);
  if (left > 1) {
    const Duration share = (times_.deadline - loop_.now()) / left;
    patience_ = loop_.at(loop_.now() + share, [this] { connect_next(); });
  }
  const int result =
      ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size);
  if (result == 0 || errno == EINPROGRESS) {
    loop_.watch(socket_.get(), EPOLLOUT, [this](std::uint32_t) { connected_or_not(); });
    return;
  }
  const int error = errno;
  loop_.cancel(patience_);
  patience_ = loop_.soon([this, error] { not_connected(error); });
}

void TcpErrand::not_connected(int error) {
  if (!addresses_.empty()) return connect_next();
  fail(Reason::kSystem, error,
       with_port(address_, wish_.port) + " cannot be reached: " + std::strerror(error));
}

void TcpErrand::connected_or_not() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return not_connected(error);
  loop_.cancel(patience_);
  trace_.remote = with_port(address_, wish_.port);
  trace_.phases.connected = times_.since_began();
  stage_ = ErrandStage::kSend;
  if (wish_.tls) {
    stage_ = ErrandStage::kTls;
    if (wish_.starttls != wire::StartTls::kNone) start_.emplace(wish_.starttls);
  }
  go_on();
}

void TcpErrand::go_on() {
  if (stage_ == ErrandStage::kTls && !shake()) return;
  if (stage_ == ErrandStage::kSend && !send()) return;
  if (stage_ == ErrandStage::kReceive && !receive()) return;
  end(wire::TcpResult{received_});
}

// Nothing of TLS is read before it: the server waits for us then.
bool TcpErrand::agree() {
  std::array<char, 1024> buffer;
  for (;;) {
    start_unsent_ += start_->take_unsent();
    while (!start_unsent_.empty()) {
      const auto step = write_some(start_unsent_);
      if (step.step != Step::kDone) return wait_or_fail(step);
      start_unsent_.erase(0, step.bytes);
    }
    if (start_->failure()) {
      fail(Reason::kTls, 0, *start_->failure());
      return false;
    }
    if (start_->is_agreed()) break;
    const auto step = read_some(buffer);
    if (step.step != Step::kDone) return wait_or_fail(step);
    start_->feed({buffer.data(), step.bytes});
  }
  start_.reset();
  return true;
}

bool TcpErrand::shake() {
  if (start_ && !agree()) return false;
  if (!tls_) {
    auto stream = TlsStream::make(socket_.get(), *wish_.tls, wish_.host);
    if (!stream) {
      end(wire::Failed{ErrandStage::kAsked, Reason::kRefused, 0, stream.error().message});
      return false;
    }
    tls_.emplace(std::move(*stream));
  }
  const auto step = tls_->handshake();
  if (step.step == Step::kDone) {
    trace_.phases.secured = times_.since_began();
    stage_ = ErrandStage::kSend;
    return true;
  }
  if (step.step == Step::kFailed && tls_->watched().refused()) {
    const wire::TlsFacts& facts = *tls_->watched().facts();
    fail(Reason::kCertificate, facts.verify_code,
         "the certificate is not accepted: " + facts.verify_error);
    return false;
  }
  return wait_or_fail(step);
}

bool TcpErrand::send() {
  while (!unsent_.empty()) {
    const auto step = write_some(unsent_);
    if (step.step != Step::kDone) return wait_or_fail(step);
    unsent_.erase(0, step.bytes);
  }
  stage_ = ErrandStage::kReceive;
  return true;
}

bool TcpErrand::receive() {
  std::array<char, 16384> buffer;
  // Bounded by keep_bytes, so that no sender keeps the others waiting.
  while (received_.find(wish_.expect) == std::string::npos) {
    if (received_.size() >= wish_.keep_bytes) {
      fail(Reason::kBounds, 0,
           "what is expected did not come within " + std::to_string(wish_.keep_bytes) + " bytes");
      return false;
    }
    const auto step = read_some(buffer);
    if (step.step != Step::kDone) return wait_or_fail(step);
    if (!trace_.phases.first_byte) trace_.phases.first_byte = times_.since_began();
    received_.append(buffer.data(),
                     std::min<std::size_t>(step.bytes, wish_.keep_bytes - received_.size()));
  }
  return true;
}

void TcpErrand::wait_for(std::uint32_t events) {
  loop_.watch(socket_.get(), events, [this](std::uint32_t) { go_on(); });
}

// False, always: this turn is over.
bool TcpErrand::wait_or_fail(const TlsStream::Moved& moved) {
  switch (moved.step) {
    case Step::kDone:
      break;
    case Step::kWantsRead:
      wait_for(EPOLLIN);
      break;
    case Step::kWantsWrite:
      wait_for(EPOLLOUT);
      break;
    case Step::kClosed:
      fail(Reason::kPeer, 0,
           stage_ == ErrandStage::kReceive
               ? "the peer closed the connection after " + std::to_string(received_.size()) +
                     " bytes, and what is expected was not among them"
               : "the peer closed the connection");
      break;
    case Step::kFailed:
      fail(moved.errno_value != 0 ? Reason::kSystem : Reason::kTls,
           moved.errno_value != 0 ? moved.errno_value : moved.code, moved.message);
      break;
  }
  return false;
}

TlsStream::Moved TcpErrand::read_some(std::span<char> into) {
  if (tls_) return tls_->read(into);
  const ssize_t count = ::recv(socket_.get(), into.data(), into.size(), 0);
  if (count < 0 && errno == EAGAIN) return {Step::kWantsRead, 0, 0, 0, {}};
  return moved(count);
}

TlsStream::Moved TcpErrand::write_some(std::string_view bytes) {
  if (tls_) return tls_->write(bytes);
  const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (count < 0 && errno == EAGAIN) return {Step::kWantsWrite, 0, 0, 0, {}};
  return moved(count);
}

void TcpErrand::fail(Reason reason, std::int64_t code, std::string message) {
  end(wire::Failed{stage_, reason, code, std::move(message)});
}

void TcpErrand::end(Outcome outcome) {
  loop_.cancel(patience_);
  if (socket_) loop_.unwatch(socket_.get());
  done_(std::move(outcome));
}

}  // namespace hammock::courier
