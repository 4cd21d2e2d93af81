// An HTTP/1.1 server (RFC 9112) on a unix socket that somebody else has bound, driven by somebody
// else's loop: it has one descriptor to wait on, one deadline, and turn(). It starts no thread.
//
// The handler gets a whole request and gives a Response, or Later: then the exchange stays open,
// under its number, until answer(), or begin_stream() … push() … finish(). A number whose client
// has left is simply unknown: every call with it does nothing.
//
// Limits: bodies 64 KiB (413 beyond), 128 connections (more wait to be accepted), 30 s for a client
// that does not go on, 1 MiB of lines that a client has not fetched (the stream is then cut off).
// Peers: root and one user; anybody else gets 403 before their request is read.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace hammock::web {

inline constexpr std::size_t kBodyBytesMax = 64 << 10;
inline constexpr std::size_t kStreamBytesMax = 1 << 20;
inline constexpr unsigned kConnectionsMax = 128;

struct Request {
  std::string method;
  std::string path;  // decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;
  std::string body;
  std::uint32_t user = 0;  // of the peer

  // The first value of a query parameter.
  std::optional<std::string_view> parameter(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string body;  // JSON
};
// {"error":{"code":…,"message":…}}
Response error_response(int status, std::string_view code, std::string_view message);

using ExchangeId = std::uint64_t;
struct Later {};
using Answer = std::variant<Response, Later>;

struct Handlers {
  std::function<Answer(const Request&, ExchangeId)> handle;
  std::function<void(ExchangeId)> ended;  // of a Later: all was sent, or the client left
};

class Server {
 public:
  // `listening` is bound and listening; the server takes it over. Peers with the uid `user` are
  // served.
  static Result<Server> start(int listening, std::uint32_t user, Handlers handlers);
  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;
  ~Server();

  // Readable: call turn(). It may also be called at any time; it never blocks.
  int descriptor() const;
  // Call turn() at the latest after this; none: there is nothing to wait for.
  std::optional<Duration> patience() const;
  void turn();

  void answer(ExchangeId exchange, Response response);
  void begin_stream(ExchangeId exchange);
  void push(ExchangeId exchange, std::string_view bytes);
  void finish(ExchangeId exchange);

  struct Impl;

 private:
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hammock::web
