#include "web/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

namespace hammock::web {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// A server on a socket in a scratch folder, and clients that speak raw bytes to it, all in one
// thread.
class WebTest : public testing::Test {
 protected:
  void SetUp() override { serve(geteuid()); }
  void TearDown() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  void serve(std::uint32_t user) {
    server_.reset();
    std::string pattern = std::filesystem::temp_directory_path() / "hammock-web-XXXXXX";
    if (folder_.empty()) folder_ = mkdtemp(pattern.data());
    address_.sun_family = AF_UNIX;
    std::string path = folder_ + "/control";
    unlink(path.c_str());
    path.copy(address_.sun_path, sizeof address_.sun_path - 1);
    int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ASSERT_EQ(bind(listening, reinterpret_cast<sockaddr*>(&address_), sizeof address_), 0);
    ASSERT_EQ(listen(listening, 64), 0);
    ASSERT_EQ(chmod_for_all(path), 0);
    auto server = Server::start(
        listening, user,
        {[this](const Request& request, ExchangeId id) { return handle(request, id); },
         [this](ExchangeId id) { ended_.push_back(id); }});
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }

  int chmod_for_all(const std::string& path) {
    std::error_code error;
    std::filesystem::permissions(folder_, std::filesystem::perms::all, error);
    std::filesystem::permissions(path, std::filesystem::perms::all, error);
    return error.value();
  }

  Answer handle(const Request& request, ExchangeId id) {
    requests_.push_back(request);
    if (request.path == "/later") {
      open_.push_back(id);
      return Later{};
    }
    return Response{200, "{\"n\":" + std::to_string(request.body.size()) + "}"};
  }

  int client(std::string_view bytes) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address_), sizeof address_), 0);
    while (!bytes.empty()) {
      ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent > 0)
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      else if (errno == EPIPE || errno == ECONNRESET)
        break;
      else
        turn(fd, POLLOUT);
    }
    return fd;
  }

  // One turn of the server once it or the client has something to do; at most 5 s.
  void turn(int fd = -1, short events = POLLIN) {
    pollfd wait[2] = {{server_->descriptor(), POLLIN, 0}, {fd, events, 0}};
    auto patience = server_->patience();
    auto limit = patience ? std::min<std::int64_t>(patience->count() / 1000, 5000) : 5000;
    poll(wait, 2, static_cast<int>(limit));
    server_->turn();
  }

  // What the client gets until `end` stands at the end, or until the server closes.
  std::string receive(int fd, std::string_view end = "}") {
    std::string text;
    for (int turns = 0; turns < 2000; ++turns) {
      turn(fd);
      char bytes[4096];
      ssize_t count = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
      if (count == 0) return text;
      if (count > 0) text.append(bytes, static_cast<std::size_t>(count));
      if (text.ends_with(end)) return text;
    }
    ADD_FAILURE() << "no answer: " << text;
    return text;
  }

  template <class Condition>
  void until(Condition condition) {
    for (int turns = 0; turns < 2000 && !condition(); ++turns)
      turn();
    EXPECT_TRUE(condition());
  }

  std::string folder_;
  sockaddr_un address_{};
  std::optional<Server> server_;
  std::vector<Request> requests_;
  std::vector<ExchangeId> open_;
  std::vector<ExchangeId> ended_;
};

constexpr std::string_view kLater = "POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";

TEST_F(WebTest, AnswersARequest) {
  int fd = client("GET /v1/a%20b?x=1&y=%2F&x=2 HTTP/1.1\r\nHost: h\r\n\r\n");
  std::string text = receive(fd);
  EXPECT_THAT(text, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(text, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(text, EndsWith("\r\n\r\n{\"n\":0}"));
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].path, "/v1/a b");
  EXPECT_EQ(requests_[0].parameter("x"), "1");
  EXPECT_EQ(requests_[0].parameter("y"), "/");
  EXPECT_EQ(requests_[0].parameter("z"), std::nullopt);
  EXPECT_EQ(requests_[0].user, geteuid());
  close(fd);
}

TEST_F(WebTest, KeepsAConnectionForMoreRequests) {
  int fd = client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  receive(fd);
  std::string_view more = "GET /b HTTP/1.1\r\nHost: h\r\n\r\n";
  ASSERT_EQ(send(fd, more.data(), more.size(), 0), static_cast<ssize_t>(more.size()));
  EXPECT_THAT(receive(fd), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(requests_.size(), 2U);
  close(fd);
}

TEST_F(WebTest, ABodyComesWholeOrNotAtAll) {
  auto post = [&](std::size_t bytes) {
    int fd = client("POST /c HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: " +
                    std::to_string(bytes) + "\r\n\r\n" + std::string(bytes, 'x'));
    std::string text = receive(fd, "}\n");
    close(fd);
    return text;
  };
  EXPECT_THAT(post(kBodyBytesMax), HasSubstr("{\"n\":65536}"));
  EXPECT_THAT(post(kBodyBytesMax + 1), StartsWith("HTTP/1.1 413"));
  EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(WebTest, GarbageIsNotARequest) {
  int fd = client("\x01\x02 nonsense\r\n\r\n");
  EXPECT_THAT(receive(fd, ">"), testing::Not(HasSubstr("200")));
  close(fd);
  EXPECT_TRUE(requests_.empty());
}

TEST_F(WebTest, AnswersLater) {
  int fd = client(kLater);
  until([&] { return open_.size() == 1; });
  server_->answer(open_[0], error_response(503, "unavailable", "no"));
  std::string text = receive(fd, "}\n");
  EXPECT_THAT(text, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(text, EndsWith("{\"error\":{\"code\":\"unavailable\",\"message\":\"no\"}}\n"));
  until([&] { return ended_ == open_; });
  server_->answer(open_[0], {});
  close(fd);
}

TEST_F(WebTest, StreamsLinesAsTheyCome) {
  int fd = client(kLater);
  until([&] { return open_.size() == 1; });
  server_->begin_stream(open_[0]);
  server_->push(open_[0], "{\"a\":1}\n");
  EXPECT_THAT(receive(fd, "{\"a\":1}\n\r\n"), HasSubstr("Transfer-Encoding: chunked"));
  server_->push(open_[0], "{\"b\":2}\n");
  EXPECT_THAT(receive(fd, "{\"b\":2}\n\r\n"), HasSubstr("{\"b\":2}"));
  EXPECT_TRUE(ended_.empty());
  server_->finish(open_[0]);
  EXPECT_THAT(receive(fd, "0\r\n\r\n"), EndsWith("0\r\n\r\n"));
  until([&] { return ended_ == open_; });
  close(fd);
}

TEST_F(WebTest, NoticesAClientThatLeaves) {
  int waiting = client(kLater);
  until([&] { return open_.size() == 1; });
  close(waiting);
  until([&] { return ended_.size() == 1; });
  int streaming = client(kLater);
  until([&] { return open_.size() == 2; });
  server_->begin_stream(open_[1]);
  server_->push(open_[1], "x\n");
  receive(streaming, "x\n\r\n");
  close(streaming);
  until([&] { return ended_.size() == 2; });
  server_->push(open_[1], "nobody reads this\n");
}

TEST_F(WebTest, CutsOffAClientThatDoesNotFetch) {
  int fd = client(kLater);
  until([&] { return open_.size() == 1; });
  server_->begin_stream(open_[0]);
  std::string block(64 << 10, 'x');
  for (int i = 0; i < 40; ++i) {
    server_->push(open_[0], block);
    server_->turn();
  }
  std::string text = receive(fd, "never");
  EXPECT_EQ(ended_, open_);
  EXPECT_LT(text.size(), 40 * block.size());
  EXPECT_THAT(text, testing::Not(EndsWith("0\r\n\r\n"))) << "it must not look complete";
  close(fd);
}

TEST_F(WebTest, SleepsWhenNobodyIsThere) {
  int fd = client("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  receive(fd);
  close(fd);
  until([&] { return !server_->patience(); });
  pollfd wait{server_->descriptor(), POLLIN, 0};
  EXPECT_EQ(poll(&wait, 1, 0), 0);
}

// Root is always served, so as root the stranger is a child that changes its user.
TEST_F(WebTest, StrangersAreNotServed) {
  bool root = geteuid() == 0;
  if (!root) serve(geteuid() + 1);
  pid_t child = fork();
  if (child == 0) {
    if (root && setresuid(65534, 65534, 65534) != 0) _exit(2);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, reinterpret_cast<sockaddr*>(&address_), sizeof address_) != 0) _exit(3);
    std::string_view bytes = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
    if (write(fd, bytes.data(), bytes.size()) < 0) _exit(4);
    char text[64] = {};
    if (read(fd, text, sizeof text - 1) < 12) _exit(5);
    _exit(std::string_view(text).starts_with("HTTP/1.1 403") ? 0 : 6);
  }
  int ended = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
  int status = -1;
  for (int turns = 0; turns < 100 && waitpid(child, &status, WNOHANG) == 0; ++turns)
    turn(ended);
  close(ended);
  EXPECT_EQ(status, 0) << WEXITSTATUS(status);
  EXPECT_TRUE(requests_.empty());
}

TEST_F(WebTest, StopsWithOpenExchanges) {
  int fd = client(kLater);
  until([&] { return open_.size() == 1; });
  server_.reset();
  EXPECT_TRUE(ended_.empty());
  close(fd);
}

}  // namespace
}  // namespace hammock::web
