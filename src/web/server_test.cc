#include "web/server.h"

#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <filesystem>

#include "web/web_testing.h"

namespace hammock::web {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// A server on a socket in a scratch folder.
class WebTest : public ServerTest {
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
    start(listening, {.user = user});
  }

  int chmod_for_all(const std::string& path) {
    std::error_code error;
    std::filesystem::permissions(folder_, std::filesystem::perms::all, error);
    std::filesystem::permissions(path, std::filesystem::perms::all, error);
    return error.value();
  }

  int connected() override {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address_), sizeof address_), 0);
    return fd;
  }

  std::string folder_;
  sockaddr_un address_{};
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
  EXPECT_EQ(requests_[0].remote, "");
  close(fd);
}

TEST_F(WebTest, KeepsAConnectionForMoreRequests) {
  int fd = client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  receive(fd);
  send_all(fd, "GET /b HTTP/1.1\r\nHost: h\r\n\r\n");
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
  EXPECT_THAT(post(65536), HasSubstr("{\"n\":65536}"));
  EXPECT_THAT(post(65536 + 1), StartsWith("HTTP/1.1 413"));
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
