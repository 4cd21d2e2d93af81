// For tests: a server on a socket, and clients that speak raw bytes to it, all in one thread.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "web/server.h"

namespace hammock::web {

class ServerTest : public testing::Test {
 protected:
  // The server takes over `listening`.
  void start(int listening, ServerOptions options) {
    auto server = Server::start(
        listening, options,
        {[this](const Request& request, ExchangeId id) { return handle(request, id); },
         [this](ExchangeId id) { ended_.push_back(id); }});
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }

  virtual Answer handle(const Request& request, ExchangeId id) {
    requests_.push_back(request);
    if (request.path == "/later") {
      open_.push_back(id);
      return Later{};
    }
    return Response{.body = "{\"n\":" + std::to_string(request.body.size()) + "}"};
  }

  // A new connection to the server.
  virtual int connected() = 0;

  int client(std::string_view bytes) {
    int fd = connected();
    send_all(fd, bytes);
    return fd;
  }

  void send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent > 0)
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      else if (errno == EPIPE || errno == ECONNRESET)
        break;
      else
        ASSERT_TRUE(turn(fd, POLLOUT));
    }
  }

  // One turn of the server once it or the client has something to do. False after 5 s of silence:
  // nothing more will come.
  bool turn(int fd = -1, short events = POLLIN) {
    pollfd wait[2] = {{server_->descriptor(), POLLIN, 0}, {fd, events, 0}};
    auto patience = server_->patience();
    auto limit = patience ? std::min<std::int64_t>(patience->count() / 1000, 5000) : 5000;
    const int ready = poll(wait, 2, static_cast<int>(limit));
    server_->turn();
    return ready != 0 || limit < 5000;
  }

  // What the client gets until `end` stands at the end, or until the server closes.
  std::string receive(int fd, std::string_view end = "}") {
    std::string text;
    for (int turns = 0; turns < 2000 && turn(fd); ++turns) {
      char bytes[4096];
      ssize_t count = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
      if (count == 0 || (count < 0 && errno == ECONNRESET)) return text;
      if (count > 0) text.append(bytes, static_cast<std::size_t>(count));
      if (text.ends_with(end)) return text;
    }
    ADD_FAILURE() << "no answer: " << text;
    return text;
  }

  template <class Condition>
  void until(Condition condition) {
    for (int turns = 0; turns < 2000 && !condition() && turn(); ++turns) {
    }
    EXPECT_TRUE(condition());
  }

  std::optional<Server> server_;
  std::vector<Request> requests_;
  std::vector<ExchangeId> open_;
  std::vector<ExchangeId> ended_;
};

}  // namespace hammock::web
