// An HTTP/1.1 server (RFC 9112) on a socket that somebody else has bound, unix or TCP, driven by
// somebody else's loop: it has one descriptor to wait on, one deadline, and turn(). It starts no
// thread. Connections stay open for more requests, pipelined ones are answered in their order, HEAD
// is answered as GET without the body, and Expect: 100-continue is met.
//
// The handler gets a whole request and gives a Response, or Later: then the exchange stays open,
// under its number, until answer(), or begin_stream() … push() … finish(). A number whose client
// has left is simply unknown: every call with it does nothing. On TCP a client that only closes its
// sending side while it waits for a Later counts as one that has left: the two look the same.
//
// Peers: a unix socket can be kept for root and one user; anybody else gets 403 before their
// request is read. A TCP peer has an address and no user, so nobody is permitted by that rule.
//
// Limits: those in ServerOptions, 16 KiB for the request line and the headers, 30 s for a client
// that does not go on, 1 MiB of lines that a client has not fetched (the stream is then cut off).
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

inline constexpr std::size_t kStreamBytesMax = 1 << 20;
inline constexpr std::uint32_t kNoUser = UINT32_MAX;  // no account can have this number

struct Request {
  std::string method{};
  std::string path{};  // decoded, without the query
  std::vector<std::pair<std::string, std::string>> query{};
  std::string body{};
  bool is_cut = false;           // it had more bytes, see IfLonger::kCut
  std::uint32_t user = kNoUser;  // of the peer, on a unix socket
  std::string remote{};          // the peer's address as text; empty on a unix socket
  std::vector<std::pair<std::string, std::string>> headers{};

  // The first value of a query parameter.
  std::optional<std::string_view> parameter(std::string_view name) const;
  // The first header of that name, in whatever case.
  std::optional<std::string_view> header(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string body{};
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers{};  // with a line break: left out
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

struct ServerOptions {
  enum class IfLonger : std::uint8_t {
    kRefuse,  // 413
    kCut,     // the handler gets the first body_bytes_max; beyond 16 MiB the connection is closed
  };

  std::optional<std::uint32_t> user{};  // root and this uid are served; none: all who can connect
  std::size_t body_bytes_max = 64 << 10;
  IfLonger if_longer = IfLonger::kRefuse;
  unsigned connections_max = 128;  // more wait to be accepted
  unsigned per_address_max = 0;    // more from one IP address are closed at once; 0: no such limit
};

class Server {
 public:
  // `listening` is bound and listening; the server takes it over.
  static Result<Server> start(int listening, ServerOptions options, Handlers handlers);
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
