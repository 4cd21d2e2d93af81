#include "shell/control.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>

#include "os/unique_fd.h"

namespace hammock::shell {
namespace {

constexpr int kBacklog = 64;

// Bound under another name and renamed, so that the socket is never missing and never open to
// others.
Result<os::UniqueFd> bind_control(const std::string& path) {
  std::string fresh = path + ".new";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (fresh.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::kInvalid, path + " is too long for a unix socket");
  }
  fresh.copy(address.sun_path, fresh.size());
  os::UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail_errno("make the control socket");
  unlink(fresh.c_str());
  mode_t before = umask(0177);
  int bound = bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  umask(before);
  if (bound != 0 || listen(fd.get(), kBacklog) != 0) return fail_errno("bind " + fresh);
  if (rename(fresh.c_str(), path.c_str()) != 0) return fail_errno("rename " + fresh);
  return fd;
}

}  // namespace

Result<void> Control::open(const std::string& path, std::uint32_t user) {
  auto fd = bind_control(path);
  if (!fd) return std::unexpected(fd.error());
  auto handle = [this](const web::Request& request, web::ExchangeId exchange) -> web::Answer {
    ++open_exchanges_;
    asked_.push_back({exchange, parse_call(request), request.user});
    return web::Later{};
  };
  auto server = web::Server::start(fd->release(), {.user = user},
                                   {handle, [this](web::ExchangeId exchange) { ended(exchange); }});
  if (!server) return std::unexpected(server.error());
  server_ = std::move(*server);
  return {};
}

std::vector<Control::Asked> Control::turn() {
  server_->turn();
  return std::exchange(asked_, {});
}

void Control::answer(web::ExchangeId exchange, web::Response response) {
  server_->answer(exchange, std::move(response));
}

void Control::await_command(web::ExchangeId exchange, const std::string& id) {
  waiters_[id].push_back({exchange, false});
}

void Control::tell_command(const std::string& id, std::string_view line, bool last) {
  auto found = waiters_.find(id);
  if (found == waiters_.end()) return;
  for (Waiter& waiter : found->second) {
    if (!waiter.streaming) server_->begin_stream(waiter.exchange);
    waiter.streaming = true;
    server_->push(waiter.exchange, line);
    if (last) server_->finish(waiter.exchange);
  }
  if (last) waiters_.erase(found);
}

void Control::follow(web::ExchangeId exchange, std::int64_t after) {
  followers_[exchange] = after;
  server_->begin_stream(exchange);
}

std::int64_t Control::followed_after() const {
  std::int64_t oldest = INT64_MAX;
  for (const auto& [exchange, sent] : followers_)
    oldest = std::min(oldest, sent);
  return oldest;
}

void Control::publish(const std::vector<FactRow>& facts) {
  for (const FactRow& fact : facts) {
    std::string line;
    for (auto& [exchange, sent] : followers_) {
      if (sent >= fact.id) continue;
      if (line.empty()) line = event_line(fact);
      server_->push(exchange, line);
      sent = fact.id;
    }
  }
}

void Control::ended(web::ExchangeId exchange) {
  --open_exchanges_;
  followers_.erase(exchange);
  for (auto& [id, waiters] : waiters_) {
    std::erase_if(waiters, [&](const Waiter& waiter) { return waiter.exchange == exchange; });
  }
  std::erase_if(waiters_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace hammock::shell
