#include "wire/courier.h"

#include <gtest/gtest.h>

#include <string>

namespace hammock::wire {
namespace {

constexpr std::size_t kHeadBytes = 8;

Request http_request() {
  HttpErrand http;
  http.method = "POST";
  http.url = "https://example.org/x?y=1";
  http.headers = {{"Accept", "*/*"}, {"X-Empty", ""}};
  http.body = std::string("\0\xff body", 7);
  http.route = {Family::kV6, "2001:db8::1", {"192.0.2.1:5353", "[::1]:53"}};
  http.tls = {false, "-----BEGIN", "other.example"};
  http.redirects_max = 3;
  http.keep_bytes = 4096;
  return {7, 30'000, http};
}

Request tcp_request() {
  return {
      ~std::uint64_t{0}, 1,
      TcpErrand{
          "host", 65535, {Family::kV4, "", {}}, TlsWish{}, "EHLO\r\n", "220", 10, StartTls::kImap}};
}

Answer http_answer() {
  Certificate leaf{"CN=a",
                   "CN=b",
                   {"a.example", "127.0.0.1"},
                   Instant(Duration(-1)),
                   Instant(Duration(1'800'000'000'000'000)),
                   "ab12"};
  Answer answer;
  answer.id = 9;
  answer.phases = {Duration(1), Duration(2), std::nullopt, Duration(0), Duration(5)};
  answer.remote = "[::1]:443";
  answer.tls = TlsFacts{"TLSv1.3", "AES", {leaf, leaf}, 2, false, -10, "expired"};
  answer.what = HttpResult{503, "2", {{"a", "b"}}, "body", false, {{302, "https://b.example/"}}};
  return answer;
}

std::string payload(const Result<std::string>& frame) {
  EXPECT_TRUE(frame) << frame.error().message;
  return frame ? frame->substr(kHeadBytes) : "";
}

// What the answer is after its way over the wire.
Answer there_and_back(const Answer& answer) {
  return decode_answer(payload(encode_answer(answer))).value_or(Answer{});
}

TEST(CourierWire, OrdersComeBackAsTheyWere) {
  for (const CourierOrder& order :
       {CourierOrder(http_request()), CourierOrder(tcp_request()),
        CourierOrder(Request{1, 5, DnsErrand{"a.example", 28, {"::1"}}}),
        CourierOrder(Cancel{3})}) {
    auto again = decode_order(payload(encode_order(order)));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, order);
  }
}

TEST(CourierWire, AnswersComeBackAsTheyWere) {
  Answer answer = http_answer();
  EXPECT_EQ(there_and_back(answer), answer);
  answer.tls.reset();
  answer.what = Failed{ErrandStage::kReceive, Reason::kPeer, -104, "gone"};
  EXPECT_EQ(there_and_back(answer), answer);
  answer.what = TcpResult{std::string("SSH-2.0\0", 8)};
  EXPECT_EQ(there_and_back(answer), answer);
  answer.what = DnsResult{3, true, {{"a.example.", 16, 300, "\"text\""}}};
  EXPECT_EQ(there_and_back(answer), answer);
}

TEST(CourierWire, NothingThatIsCutOrLongerIsTaken) {
  const std::string order = payload(encode_order(http_request()));
  const std::string answer = payload(encode_answer(http_answer()));
  for (std::size_t size = 0; size < order.size(); ++size)
    EXPECT_FALSE(decode_order(order.substr(0, size))) << size;
  for (std::size_t size = 0; size < answer.size(); ++size)
    EXPECT_FALSE(decode_answer(answer.substr(0, size))) << size;
  EXPECT_FALSE(decode_order(order + '\0'));
  EXPECT_FALSE(decode_answer(answer + '\0'));
}

TEST(CourierWire, BoundsAreKeptBySenderAndReceiver) {
  Request request = http_request();
  auto& http = std::get<HttpErrand>(request.what);
  http.body.assign(kCourierBodyBytesMax, 'b');
  EXPECT_TRUE(encode_order(request));
  http.body += 'b';
  auto refused = encode_order(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(refused.error().message,
            "the body is too long for the courier: 1048577, at most 1048576");

  for (std::uint32_t within : {0U, kCourierDeadlineMsMax + 1}) {
    Request other = tcp_request();
    other.within_ms = within;
    EXPECT_FALSE(encode_order(other)) << within;
  }
  // The receiver does not trust the sender: the deadline stands behind the kind and the id.
  std::string bytes = payload(encode_order(tcp_request()));
  ASSERT_TRUE(decode_order(bytes));
  bytes[9] = 0;
  EXPECT_FALSE(decode_order(bytes));
  bytes[0] = 2;
  EXPECT_FALSE(decode_order(bytes));
}

TEST(CourierWire, AnUnknownWordIsNoAnswer) {
  Answer answer;
  answer.what = Failed{ErrandStage::kReceive, Reason::kPeer, 0, ""};
  const std::string bytes = payload(encode_answer(answer));
  ASSERT_TRUE(decode_answer(bytes));
  constexpr std::size_t kReasonFromEnd = 13;  // behind it: 8 bytes of code, 4 of a length
  for (std::size_t from_end : {kReasonFromEnd, kReasonFromEnd + 1}) {
    std::string other = bytes;
    ++other[other.size() - from_end];
    EXPECT_FALSE(decode_answer(other)) << from_end;
  }
}

TEST(CourierWire, FamiliesAreThree) {
  Request request = tcp_request();
  std::get<TcpErrand>(request.what).route.family = static_cast<Family>(5);
  EXPECT_FALSE(encode_order(request));
}

TEST(CourierWire, FramesAreCutFromAStreamHoweverItComes) {
  const std::string one = *encode_order(Cancel{1});
  const std::string two = *encode_order(http_request());
  const std::string stream = one + two + one;
  for (std::size_t step : {std::size_t{1}, std::size_t{7}, stream.size()}) {
    Frames frames;
    std::vector<CourierOrder> orders;
    for (std::size_t at = 0; at < stream.size(); at += step) {
      frames.feed(std::string_view(stream).substr(at, step));
      for (auto next = frames.next(); next && *next; next = frames.next())
        orders.push_back(*decode_order(**next));
    }
    EXPECT_EQ(orders, (std::vector<CourierOrder>{Cancel{1}, http_request(), Cancel{1}})) << step;
    EXPECT_EQ(frames.waiting(), 0U);
  }
}

TEST(CourierWire, WhatIsNoFrameEndsTheLink) {
  std::string other = *encode_order(Cancel{1});
  other[4] = 3;
  Frames frames;
  frames.feed(other);
  auto next = frames.next();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().message, "the other end speaks version 3 of the courier's wire, not 2");

  Frames large;
  large.feed(std::string_view("\xff\xff\xff\xff\x02\0\0\0", 8));
  EXPECT_FALSE(large.next());
}

}  // namespace
}  // namespace hammock::wire
