// The server as strangers meet it: on TCP.
#include <arpa/inet.h>
#include <netinet/in.h>

#include "web/server.h"
#include "web/web_testing.h"

namespace hammock::web {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class TcpTest : public ServerTest {
 protected:
  void SetUp() override { serve({}); }

  void serve(ServerOptions options) {
    server_.reset();
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    address_ = {};
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    ASSERT_EQ(bind(listening, reinterpret_cast<sockaddr*>(&address_), size), 0);
    ASSERT_EQ(listen(listening, 64), 0);
    ASSERT_EQ(getsockname(listening, reinterpret_cast<sockaddr*>(&address_), &size), 0);
    start(listening, options);
  }

  Answer handle(const Request& request, ExchangeId id) override {
    Answer answer = ServerTest::handle(request, id);
    if (request.path == "/page") {
      return Response{.status = 201,
                      .body = "<p>}",
                      .content_type = "text/html; charset=utf-8",
                      .headers = {{"X-One", "1"}, {"X-Two", "a, b"}, {"X-Bad", "1\r\nX-Three: 3"}}};
    }
    return answer;
  }

  int connected() override {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address_), sizeof address_), 0);
    return fd;
  }

  std::string post(std::size_t bytes) {
    int fd = client("POST /c HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: " +
                    std::to_string(bytes) + "\r\n\r\n" + std::string(bytes, 'x'));
    std::string text = receive(fd, "never");
    close(fd);
    return text;
  }

  sockaddr_in address_{};
};

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::string_view kLater = "POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";

TEST_F(TcpTest, SeesAddressAndHeaders) {
  int fd = client(
      "GET /a HTTP/1.1\r\nHost: h\r\nUser-Agent: x/1\r\nX-Empty:\r\nX-Twice: 1\r\n"
      "x-twice: 2\r\n\r\n");
  EXPECT_THAT(receive(fd), StartsWith("HTTP/1.1 200"));
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].remote, "127.0.0.1");
  EXPECT_EQ(requests_[0].user, kNoUser);
  EXPECT_EQ(requests_[0].header("user-AGENT"), "x/1");
  EXPECT_EQ(requests_[0].header("X-Empty"), "");
  EXPECT_EQ(requests_[0].header("X-TWICE"), "1");
  EXPECT_EQ(requests_[0].header("User"), std::nullopt);
  close(fd);
}

TEST_F(TcpTest, HeadersHaveABound) {
  int fd = client("GET /a HTTP/1.1\r\nHost: h\r\nX-Long: " + std::string(20'000, 'x') + "\r\n\r\n");
  EXPECT_THAT(receive(fd, "</html>"), StartsWith("HTTP/1.1 431"));
  EXPECT_TRUE(requests_.empty());
  close(fd);
}

TEST_F(TcpTest, SendsTypeAndHeadersOfAResponse) {
  int fd = client("GET /page HTTP/1.1\r\nHost: h\r\n\r\n");
  std::string text = receive(fd);
  EXPECT_THAT(text, StartsWith("HTTP/1.1 201 Created\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nContent-Type: text/html; charset=utf-8\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nX-One: 1\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nX-Two: a, b\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("X-Three")));
  EXPECT_THAT(text, EndsWith("\r\n\r\n<p>}"));
  close(fd);
}

TEST_F(TcpTest, HeadIsGetWithoutTheBody) {
  int fd = client("HEAD /page HTTP/1.1\r\nHost: h\r\n\r\n");
  std::string text = receive(fd, "\r\n\r\n");
  EXPECT_THAT(text, StartsWith("HTTP/1.1 201 Created\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nContent-Length: 4\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nContent-Type: text/html; charset=utf-8\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nX-One: 1\r\n"));
  EXPECT_THAT(text, EndsWith("\r\n\r\n"));
  // The next answer on the same connection begins where this one ended.
  send_all(fd, kGet);
  EXPECT_THAT(receive(fd), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(requests_[0].method, "HEAD");
  close(fd);
}

TEST_F(TcpTest, ALongBodyIsRefused) {
  serve({.body_bytes_max = 10});
  EXPECT_THAT(post(10), HasSubstr("{\"n\":10}"));
  EXPECT_THAT(post(11), StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(post(11), HasSubstr("a body has at most 10"));
  EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(TcpTest, ALongBodyIsCut) {
  serve({.body_bytes_max = 100'000, .if_longer = ServerOptions::IfLonger::kCut});
  EXPECT_THAT(post(99'999), HasSubstr("{\"n\":99999}"));
  EXPECT_THAT(post(100'001), HasSubstr("{\"n\":100000}"));
  EXPECT_THAT(post(16 << 20), HasSubstr("{\"n\":100000}"));
  EXPECT_EQ(post((16 << 20) + 1), "");
  EXPECT_EQ(requests_.size(), 3U);
}

TEST_F(TcpTest, AClientMayAskBeforeItSendsABody) {
  int fd =
      client("POST /c HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_THAT(receive(fd, "\r\n\r\n"), StartsWith("HTTP/1.1 100 Continue\r\n"));
  EXPECT_TRUE(requests_.empty());
  send_all(fd, "abc");
  EXPECT_THAT(receive(fd), HasSubstr("{\"n\":3}"));
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].body, "abc");
  close(fd);
}

TEST_F(TcpTest, AnAddressHasItsShareOfConnections) {
  serve({.per_address_max = 2});
  int first = client(kGet);
  EXPECT_THAT(receive(first), StartsWith("HTTP/1.1 200"));
  int second = client(kGet);
  EXPECT_THAT(receive(second), StartsWith("HTTP/1.1 200"));
  int third = client(kGet);
  EXPECT_EQ(receive(third), "") << "closed without an answer";
  close(third);
  close(first);
  turn();  // it sees that the first has left
  int fourth = client(kGet);
  EXPECT_THAT(receive(fourth), StartsWith("HTTP/1.1 200"));
  close(fourth);
  close(second);
}

TEST_F(TcpTest, AnswersPipelinedRequestsInTheirOrder) {
  int fd = client("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx" +
                  std::string(kLater) + "GET /c HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(receive(fd), HasSubstr("{\"n\":1}"));
  until([&] { return open_.size() == 1; });
  ASSERT_EQ(requests_.size(), 2U) << "the third waits for the second";
  server_->answer(open_[0], {.body = "{\"later\":1}"});
  std::string text = receive(fd, "{\"n\":0}");
  EXPECT_LT(text.find("{\"later\":1}"), text.find("{\"n\":0}"));
  ASSERT_EQ(requests_.size(), 3U);
  EXPECT_EQ(requests_[2].path, "/c");
  close(fd);
}

TEST_F(TcpTest, KeepsAConnectionAfterALaterAnswer) {
  int fd = connected();
  for (std::size_t n = 1; n <= 3; ++n) {
    send_all(fd, kLater);
    until([&] { return open_.size() == n; });
    ASSERT_EQ(open_.size(), n);
    server_->turn();
    server_->turn();
    EXPECT_EQ(ended_.size(), n - 1) << "the client waits";
    server_->answer(open_.back(), {.body = "{\"later\":" + std::to_string(n) + "}"});
    EXPECT_THAT(receive(fd), EndsWith("{\"later\":" + std::to_string(n) + "}"));
    until([&] { return ended_ == open_; });
  }
  close(fd);
}

TEST_F(TcpTest, NoticesAClientThatLeavesBeforeTheAnswer) {
  int fd = client(kLater);
  until([&] { return open_.size() == 1; });
  EXPECT_TRUE(ended_.empty());
  close(fd);
  until([&] { return ended_ == open_; });
  server_->answer(open_[0], {});
  int next = client(kGet);
  EXPECT_THAT(receive(next), StartsWith("HTTP/1.1 200"));
  close(next);
}

TEST_F(TcpTest, ServesAClientThatHasSentAllItHas) {
  int fd = connected();
  ASSERT_EQ(send(fd, kGet.data(), kGet.size(), 0), static_cast<ssize_t>(kGet.size()));
  shutdown(fd, SHUT_WR);
  EXPECT_THAT(receive(fd), StartsWith("HTTP/1.1 200"));
  close(fd);
}

TEST_F(TcpTest, NobodyOnTcpIsAUser) {
  serve({.user = geteuid()});
  int fd = client(kGet);
  EXPECT_THAT(receive(fd, "}\n"), StartsWith("HTTP/1.1 403"));
  close(fd);
  EXPECT_TRUE(requests_.empty());
}

}  // namespace
}  // namespace hammock::web
