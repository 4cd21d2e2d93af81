#include "shell/pings.h"

#include <fcntl.h>
#include <unistd.h>

#include "core/heartbeat/ping.h"

namespace hammock::shell {
namespace {

constexpr unsigned kConnectionsMax = 512;
constexpr unsigned kPerAddressMax = 256;

}  // namespace

Result<void> Pings::open(const std::string& address, os::UniqueFd socket) {
  close();
  if (fcntl(socket.get(), F_SETFL, fcntl(socket.get(), F_GETFL) | O_NONBLOCK) != 0) {
    return fail_errno("serve " + address);
  }
  web::ServerOptions options;
  options.body_bytes_max = heartbeat::kBodyBytesMax;
  options.if_longer = web::ServerOptions::IfLonger::kCut;
  options.connections_max = kConnectionsMax;
  options.per_address_max = kPerAddressMax;
  auto handle = [this](const web::Request& request, web::ExchangeId exchange) -> web::Answer {
    asked_.emplace_back(exchange, request);
    return web::Later{};
  };
  auto server = web::Server::start(socket.release(), options, {handle, nullptr});
  if (!server) return std::unexpected(std::move(server).error());
  server_ = std::move(*server);
  address_ = address;
  return {};
}

void Pings::close() {
  server_.reset();
  asked_.clear();
  address_.clear();
}

std::optional<Duration> Pings::patience() const {
  return server_ ? server_->patience() : std::nullopt;
}

std::vector<Pings::Asked> Pings::turn() {
  if (server_) server_->turn();
  return std::exchange(asked_, {});
}

void Pings::answer(web::ExchangeId exchange, web::Response response) {
  if (server_) server_->answer(exchange, std::move(response));
}

}  // namespace hammock::shell
