// The parts of the courier that need no network.
#include <gmock/gmock.h>
#include <unistd.h>

#include <array>

#include "courier/address.h"
#include "courier/http_rules.h"
#include "courier/loop.h"
#include "os/clock.h"

namespace hammock::courier {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

wire::HttpErrand post() {
  wire::HttpErrand errand;
  errand.method = "POST";
  errand.url = "https://a.example/";
  errand.headers = {{"Authorization", "Bearer s3cret"}, {"Accept", "*/*"}, {"X-Key", "k"}};
  errand.body = "body";
  errand.route.address = "192.0.2.1";
  errand.tls.server_name = "b.example";
  return errand;
}

TEST(Address, HasBracketsWhereItNeedsThem) {
  EXPECT_EQ(with_port("192.0.2.1", 80), "192.0.2.1:80");
  EXPECT_EQ(with_port("::1", 443), "[::1]:443");
  EXPECT_TRUE(is_ip_address("::1"));
  EXPECT_FALSE(is_ip_address("1.2.3"));
  EXPECT_FALSE(is_ip_address("[::1]"));
}

TEST(HttpRules, SecretsStayWithTheFirstOrigin) {
  auto next = redirected(post(), 303, "https://evil.example/", false);
  ASSERT_TRUE(next);
  EXPECT_THAT(next->headers, ElementsAre(wire::HttpHeader{"Accept", "*/*"}));
  EXPECT_EQ(next->method, "GET");
  EXPECT_EQ(next->body, "");
  EXPECT_EQ(next->route.address, "");
  EXPECT_EQ(next->tls.server_name, "");
  EXPECT_EQ(next->url, "https://evil.example/");
  EXPECT_FALSE(redirected(post(), 307, "https://evil.example/", false));
  EXPECT_FALSE(redirected(post(), 308, "https://evil.example/", false));
}

TEST(HttpRules, TheSameOriginGetsAllOfIt) {
  auto next = redirected(post(), 307, "https://a.example/b", true);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->headers, post().headers);
  EXPECT_EQ(next->method, "POST");
  EXPECT_EQ(next->body, "body");
  EXPECT_EQ(next->route.address, "192.0.2.1");
}

TEST(HttpRules, MethodsChangeAsTheRfcSays) {
  for (auto [status, method, expected] :
       std::vector<std::tuple<std::uint16_t, std::string, std::string>>{{301, "POST", "GET"},
                                                                        {302, "POST", "GET"},
                                                                        {301, "PUT", "PUT"},
                                                                        {303, "PUT", "GET"},
                                                                        {303, "HEAD", "HEAD"},
                                                                        {302, "HEAD", "HEAD"},
                                                                        {308, "POST", "POST"}}) {
    wire::HttpErrand errand = post();
    errand.method = method;
    EXPECT_EQ(redirected(errand, status, "https://a.example/", true)->method, expected)
        << status << " " << method;
  }
  EXPECT_TRUE(is_redirect(308));
  EXPECT_FALSE(is_redirect(304));
  EXPECT_FALSE(is_redirect(300));
}

TEST(HttpRules, NothingIsSmuggled) {
  EXPECT_FALSE(complaint_about(post()));
  for (const wire::HttpHeader& header :
       {wire::HttpHeader{"A", "x\r\nB: y"}, wire::HttpHeader{"A", "x\n"},
        wire::HttpHeader{"A\r\nB", "y"}, wire::HttpHeader{"A b", "y"}, wire::HttpHeader{"", "y"},
        wire::HttpHeader{"Content-Length", "3"}, wire::HttpHeader{"transfer-encoding", "chunked"},
        wire::HttpHeader{"A", std::string("\0", 1)}}) {
    wire::HttpErrand errand = post();
    errand.headers.push_back(header);
    EXPECT_TRUE(complaint_about(errand)) << header.name;
  }
  wire::HttpErrand errand = post();
  errand.headers.push_back({"X-Secret", "s3cret\x7f"});
  EXPECT_THAT(*complaint_about(errand), testing::Not(HasSubstr("s3cret")));
  for (const char* method : {"", "GET /", "G\r\n", "CONNECT"}) {
    errand = post();
    errand.method = method;
    EXPECT_TRUE(complaint_about(errand)) << method;
  }
}

TEST(Loop, TimersComeInOrderAndOnce) {
  Loop loop(std::move(*os::Epoll::make()));
  const Steady now = os::read_clocks().steady;
  std::vector<int> called;
  loop.at(now + std::chrono::milliseconds(2), [&] { called.push_back(2); });
  const auto cancelled = loop.at(now + std::chrono::milliseconds(1), [&] { called.push_back(9); });
  loop.at(now + std::chrono::milliseconds(1), [&] { called.push_back(1); });
  loop.cancel(cancelled);
  loop.cancel(cancelled);
  while (called.size() < 2)
    loop.turn();
  EXPECT_THAT(called, ElementsAre(1, 2));
}

TEST(Loop, ATimerThatSetsOneAtOnceKeepsNobodyWaiting) {
  Loop loop(std::move(*os::Epoll::make()));
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  int ticks = 0;
  bool ready = false;
  std::function<void()> again = [&] {
    ++ticks;
    loop.soon(again);
  };
  loop.soon(again);
  loop.watch(ends[0], EPOLLIN, [&](std::uint32_t) {
    ready = true;
    loop.unwatch(ends[0]);
  });
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  loop.turn();
  EXPECT_TRUE(ready);
  EXPECT_EQ(ticks, 1);
  close(ends[0]);
  close(ends[1]);
}

TEST(Loop, AnEventOfAClosedDescriptorIsNobodys) {
  Loop loop(std::move(*os::Epoll::make()));
  std::array<int, 2> one{};
  std::array<int, 2> other{};
  ASSERT_EQ(pipe(one.data()), 0);
  ASSERT_EQ(pipe(other.data()), 0);
  int wrong = 0;
  int calls = 0;
  // Whichever is called first watches the other's descriptor anew.
  auto watch = [&](int mine, int its) {
    loop.watch(mine, EPOLLIN, [&, its](std::uint32_t) {
      ++calls;
      loop.unwatch(its);
      loop.watch(its, EPOLLIN, [&](std::uint32_t) { ++wrong; });
    });
  };
  watch(one[0], other[0]);
  watch(other[0], one[0]);
  ASSERT_EQ(write(one[1], "x", 1), 1);
  ASSERT_EQ(write(other[1], "x", 1), 1);
  loop.turn();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(wrong, 0);
  for (int fd : {one[0], one[1], other[0], other[1]})
    close(fd);
}

}  // namespace
}  // namespace hammock::courier
