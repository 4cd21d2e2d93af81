// Where pings come in: the HTTP server at [hammock].listen. It answers nothing by itself: turn()
// gives the requests, and the brain answers each, once what it says is durable.
//
// Limits: 512 connections (more wait), 256 from one address (more are closed), bodies of which the
// first 10 000 bytes are kept.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "os/unique_fd.h"
#include "web/server.h"

namespace hammock::shell {

// The keeper holds its socket under this name; services are not called so.
inline constexpr std::string_view kPingsHeldAs = ".pings";

class Pings {
 public:
  using Asked = std::pair<web::ExchangeId, web::Request>;

  Pings() = default;
  Pings(const Pings&) = delete;
  Pings& operator=(const Pings&) = delete;

  // Serves what connects to `socket`, which is bound to `address` and listens; what it served
  // before is given up.
  Result<void> open(const std::string& address, os::UniqueFd socket);
  void close();
  bool is_open() const { return server_.has_value(); }
  const std::string& address() const { return address_; }

  // Only while it is open.
  int descriptor() const { return server_->descriptor(); }
  std::optional<Duration> patience() const;
  // What was asked since the last turn.
  std::vector<Asked> turn();
  void answer(web::ExchangeId exchange, web::Response response);

 private:
  std::optional<web::Server> server_;
  std::string address_;
  std::vector<Asked> asked_;
};

}  // namespace hammock::shell
