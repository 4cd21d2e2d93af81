#include "cli/control.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace hammock::cli {
namespace {

constexpr std::size_t kStreamLineBytesMax = 1 << 20;

// Until the descriptor is ready; kUnavailable when the deadline comes first.
Result<void> wait_for(int fd, short events, std::optional<Deadline> deadline) {
  for (;;) {
    int timeout = -1;
    if (deadline) {
      auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline -
                                                               std::chrono::steady_clock::now());
      timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
    }
    pollfd one{fd, events, 0};
    int ready = poll(&one, 1, timeout);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return fail_errno("wait for the brain");
    if (deadline && std::chrono::steady_clock::now() >= *deadline) {
      return fail(ErrorCode::kUnavailable, "the brain does not answer");
    }
  }
}

Result<void> connect_to(int fd, const std::string& path, Deadline deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::kInvalid, "the path of the control socket is longer than " +
                                         std::to_string(sizeof address.sun_path - 1) +
                                         " bytes: " + path);
  }
  path.copy(address.sun_path, path.size());
  for (;;) {
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return {};
    if (errno == EINTR) continue;
    if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR) {
      return fail(ErrorCode::kUnavailable, "nobody listens at " + path);
    }
    // A full backlog of a unix socket says EAGAIN and cannot be polled for, so look again shortly.
    if (errno != EAGAIN) return fail_errno("connect to " + path);
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(ErrorCode::kUnavailable, "the brain does not accept connections");
    }
    poll(nullptr, 0, 10);
  }
}

Result<void> send_all(int fd, std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      HAMMOCK_TRY(wait_for(fd, POLLOUT, deadline));
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return {};  // it may have answered before it closed: the reader will see
    } else if (errno != EINTR) {
      return fail_errno("send to the brain");
    }
  }
  return {};
}

}  // namespace

Deadline deadline_in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

Result<Exchange> Exchange::begin(const std::string& socket_path, std::string_view request,
                                 Deadline deadline) {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return fail_errno("make a socket");
  Exchange exchange(fd);
  HAMMOCK_TRY(connect_to(fd, socket_path, deadline));
  HAMMOCK_TRY(send_all(fd, request, deadline));
  return exchange;
}

Exchange::Exchange(Exchange&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), response_(std::move(other.response_)) {}

Exchange& Exchange::operator=(Exchange&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(response_, other.response_);
  return *this;
}

Exchange::~Exchange() {
  if (fd_ >= 0) close(fd_);
}

Result<void> Exchange::receive(std::optional<Deadline> deadline) {
  std::array<char, 16384> buffer;
  for (;;) {
    ssize_t got = recv(fd_, buffer.data(), buffer.size(), 0);
    if (got > 0) return response_.feed({buffer.data(), static_cast<std::size_t>(got)});
    if (got == 0 || errno == ECONNRESET) return response_.end();
    if (errno == EAGAIN) {
      HAMMOCK_TRY(wait_for(fd_, POLLIN, deadline));
    } else if (errno != EINTR) {
      return fail_errno("read from the brain");
    }
  }
}

Result<int> Exchange::status(Deadline deadline) {
  while (!response_.head_done())
    HAMMOCK_TRY(receive(deadline));
  return response_.status();
}

Result<std::string> Exchange::body(Deadline deadline) {
  while (!response_.done())
    HAMMOCK_TRY(receive(deadline));
  return std::exchange(response_.body(), {});
}

Result<std::optional<std::string>> Exchange::line(std::optional<Deadline> deadline) {
  for (;;) {
    std::string& body = response_.body();
    auto end = body.find('\n');
    if (end != std::string::npos) {
      std::string line = body.substr(0, end);
      body.erase(0, end + 1);
      return std::optional(std::move(line));
    }
    if (response_.done()) {
      if (body.empty()) return std::optional<std::string>();
      return std::optional(std::exchange(body, {}));
    }
    if (body.size() > kStreamLineBytesMax) {
      return fail(ErrorCode::kCorrupt, "the brain sent a line that is too long");
    }
    HAMMOCK_TRY(receive(deadline));
  }
}

Result<Answer> ask(const std::string& socket_path, std::string_view method, std::string_view target,
                   Deadline deadline, std::string_view body) {
  const std::string request = http_request(method, target, body, "application/octet-stream");
  auto exchange = Exchange::begin(socket_path, request, deadline);
  if (!exchange) return std::unexpected(std::move(exchange).error());
  auto status = exchange->status(deadline);
  auto text =
      status ? exchange->body(deadline) : Result<std::string>(std::unexpected(status.error()));
  if (!text) {
    Error error = text.error();
    error.code = ErrorCode::kUnavailable;
    return std::unexpected(std::move(error));
  }
  auto json = parse_json(*text);
  if (!json) return fail(ErrorCode::kUnavailable, "the brain's answer is no JSON");
  return Answer{*status, std::move(*json)};
}

Error error_of(const Answer& answer) {
  const Json& error = answer.body["error"];
  ErrorCode code = answer.status == 403   ? ErrorCode::kNotPermitted
                   : answer.status == 404 ? ErrorCode::kNotFound
                   : answer.status == 409 ? ErrorCode::kBusy
                   : answer.status == 503 ? ErrorCode::kUnavailable
                                          : ErrorCode::kInvalid;
  return {code, error["message"].text_or("the brain answered " + std::to_string(answer.status)), 0};
}

}  // namespace hammock::cli
