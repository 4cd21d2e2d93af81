#include "shell/probe_errand.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "core/probe/probe.h"
#include "shell/json_pointer.h"

namespace hammock::shell {
namespace {

using namespace std::chrono_literals;
using probe::Verdict;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

probe::Setup http_setup() {
  probe::Setup setup;
  setup.config.name = "shop";
  setup.config.target = probe::Http{.url = "https://shop.example/health?token=s3cret",
                                    .headers = {{"Authorization", "Bearer s3cret"}},
                                    .body = {},
                                    .route = {},
                                    .tls = {},
                                    .contains = {},
                                    .lacks = {},
                                    .json = {}};
  setup.ca = "PEM";
  return setup;
}
probe::Http& http_of(probe::Setup& setup) {
  return std::get<probe::Http>(setup.config.target);
}
wire::Answer http_answer(std::uint16_t status, std::string body = "", bool is_whole = true) {
  wire::Answer answer;
  wire::HttpResult result;
  result.status = status;
  result.body = std::move(body);
  result.body_is_whole = is_whole;
  answer.what = std::move(result);
  answer.phases.total = 80ms;
  return answer;
}
wire::Answer failed(wire::ErrandStage stage, wire::Reason reason, std::int64_t code,
                    std::string message) {
  wire::Answer answer;
  answer.what = wire::Failed{stage, reason, code, std::move(message)};
  return answer;
}

TEST(Errand, HttpIsAskedAsItIsConfigured) {
  probe::Setup setup = http_setup();
  setup.config.timeout = 1500ms;
  probe::Http& http = http_of(setup);
  http.method = "POST";
  http.body = "hello";
  http.redirects = 3;
  http.route = {6, "2001:db8::1", {"192.0.2.53"}};
  http.tls = {false, "/ca.pem", "other.example"};
  const wire::Request request = errand_of(7, setup);
  EXPECT_EQ(request.id, 7U);
  EXPECT_EQ(request.within_ms, 1500U);
  const auto& errand = std::get<wire::HttpErrand>(request.what);
  EXPECT_EQ(errand.url, "https://shop.example/health?token=s3cret");
  EXPECT_EQ(errand.method, "POST");
  EXPECT_THAT(errand.headers, ElementsAre(wire::HttpHeader{"Authorization", "Bearer s3cret"}));
  EXPECT_EQ(errand.body, "hello");
  EXPECT_EQ(errand.redirects_max, 3U);
  EXPECT_EQ(errand.route, (wire::Route{wire::Family::kV6, "2001:db8::1", {"192.0.2.53"}}));
  EXPECT_EQ(errand.tls, (wire::TlsWish{false, "PEM", "other.example"}));
  EXPECT_EQ(errand.keep_bytes, kProbeBodyBytesRead);  // nobody looks at the body
  http.lacks = "error";
  EXPECT_EQ(std::get<wire::HttpErrand>(errand_of(7, setup).what).keep_bytes, kProbeBodyBytesMax);
}

TEST(Errand, TcpAndDns) {
  probe::Setup setup;
  probe::Tcp tcp;
  tcp.host = "mail.example";
  tcp.port = 25;
  tcp.tls = probe::Tls();
  tcp.send = "a";
  tcp.expect = "b";
  setup.config.target = tcp;
  const auto asked = std::get<wire::TcpErrand>(errand_of(1, setup).what);
  EXPECT_EQ(asked.host, "mail.example");
  EXPECT_EQ(asked.port, 25);
  EXPECT_TRUE(asked.tls);
  EXPECT_EQ(asked.send, "a");
  EXPECT_EQ(asked.expect, "b");
  probe::Dns dns;
  dns.name = "shop.example";
  dns.type = "MX";
  dns.resolvers = {"192.0.2.1"};
  setup.config.target = dns;
  EXPECT_EQ(std::get<wire::DnsErrand>(errand_of(1, setup).what),
            (wire::DnsErrand{"shop.example", 15, {"192.0.2.1"}}));
}

TEST(Errand, AWitness) {
  const wire::Request request = errand_of_witness(3, "[2001:db8::1]:443");
  EXPECT_EQ(std::get<wire::TcpErrand>(request.what).host, "2001:db8::1");
  EXPECT_EQ(std::get<wire::TcpErrand>(request.what).port, 443);
  EXPECT_EQ(request.within_ms, 5000U);
  const wire::Request named = errand_of_witness(3, "one.example:53");
  EXPECT_EQ(std::get<wire::TcpErrand>(named.what).host, "one.example");
}

TEST(Judge, TheStatusDecides) {
  probe::Setup setup = http_setup();
  Judged judged = judge(setup, http_answer(204));
  EXPECT_EQ(judged.verdict, Verdict::kGood);
  EXPECT_EQ(judged.message, "status 204");
  EXPECT_EQ(judged.took, 80ms);
  judged = judge(setup, http_answer(503));
  EXPECT_EQ(judged.verdict, Verdict::kBad);
  EXPECT_EQ(judged.message, "status 503, expected 200–299");
  http_of(setup).status = {{200, 200}, {500, 599}};
  EXPECT_EQ(judge(setup, http_answer(503)).verdict, Verdict::kGood);
  EXPECT_THAT(judge(setup, http_answer(204)).message, HasSubstr("expected 200, 500–599"));
}

TEST(Judge, TheBodyDecides) {
  probe::Setup setup = http_setup();
  http_of(setup).contains = "well";
  EXPECT_EQ(judge(setup, http_answer(200, "all is well")).verdict, Verdict::kGood);
  const Judged judged = judge(setup, http_answer(200, "s3cret"));
  EXPECT_EQ(judged.verdict, Verdict::kBad);
  EXPECT_THAT(judged.message, AllOf(HasSubstr("does not contain 'well'"), HasSubstr("6 bytes"),
                                    Not(HasSubstr("s3cret"))));
  EXPECT_THAT(judge(setup, http_answer(200, "s", false)).message,
              HasSubstr("the first 1 bytes of the body do not"));
  http_of(setup).contains.reset();
  http_of(setup).lacks = "error";
  EXPECT_EQ(judge(setup, http_answer(200, "fine")).verdict, Verdict::kGood);
  EXPECT_EQ(judge(setup, http_answer(200, "an error")).verdict, Verdict::kBad);
  EXPECT_EQ(judge(setup, http_answer(200, "fine", false)).verdict, Verdict::kBad);
}

TEST(Judge, JsonDecides) {
  probe::Setup setup = http_setup();
  http_of(setup).json = {{"/db/ok", "true"}, {"/lag", "3"}};
  EXPECT_EQ(judge(setup, http_answer(200, R"({"db":{"ok":true},"lag":3})")).verdict,
            Verdict::kGood);
  EXPECT_THAT(judge(setup, http_answer(200, R"({"db":{"ok":true},"lag":4})")).message,
              HasSubstr("/lag of the JSON is something else, expected 3"));
  EXPECT_THAT(judge(setup, http_answer(200, "{")).message, HasSubstr("the body is no JSON"));
  EXPECT_THAT(judge(setup, http_answer(200, R"({"db":{"ok":true},"lag":3})", false)).message,
              HasSubstr("too long for JSON"));
}

TEST(Judge, WhatIsTooSlowIsBad) {
  probe::Setup setup = http_setup();
  setup.config.within = 50ms;
  const Judged judged = judge(setup, http_answer(200));
  EXPECT_EQ(judged.verdict, Verdict::kBad);
  EXPECT_THAT(judged.message, HasSubstr("after 80ms, expected within 50ms"));
  setup.config.within = 80ms;
  EXPECT_EQ(judge(setup, http_answer(200)).verdict, Verdict::kGood);
}

TEST(Judge, WhatIsOurFaultIsUnknown) {
  const probe::Setup setup = http_setup();
  using enum wire::Reason;
  constexpr auto kAsked = wire::ErrandStage::kAsked;
  constexpr auto kConnect = wire::ErrandStage::kConnect;
  EXPECT_EQ(judge(setup, failed(kConnect, kSystem, ECONNREFUSED, "refused")).verdict,
            Verdict::kBad);
  EXPECT_EQ(judge(setup, failed(kConnect, kSystem, ECONNREFUSED, "refused")).message,
            "connect: refused");
  for (const auto reason : {kDeadline, kBounds, kNames, kCertificate, kTls, kHttp, kPeer})
    EXPECT_EQ(judge(setup, failed(kConnect, reason, 1, "x")).verdict, Verdict::kBad);
  for (const int ours : {EMFILE, ENFILE, ENOMEM, ENOBUFS, EPERM, EADDRNOTAVAIL})
    EXPECT_EQ(judge(setup, failed(kConnect, kSystem, ours, "x")).verdict, Verdict::kUnknown);
  EXPECT_EQ(judge(setup, failed(kAsked, kRefused, 0, "x")).verdict, Verdict::kUnknown);
  wire::Answer other;
  other.what = wire::TcpResult{};
  EXPECT_EQ(judge(setup, other).verdict, Verdict::kUnknown);
  EXPECT_EQ(judge_witness(other).verdict, Verdict::kGood);
  EXPECT_EQ(judge_witness(failed(kConnect, kDeadline, 0, "x")).verdict, Verdict::kBad);
}

TEST(Judge, RecordsDecide) {
  probe::Setup setup;
  probe::Dns dns;
  dns.name = "shop.example";
  dns.type = "AAAA";
  dns.records = {"2001:DB8:0::1"};
  setup.config.target = dns;
  wire::Answer answer;
  wire::DnsResult result;
  result.records = {{"shop.example", 5, 60, "other.example."},
                    {"other.example", 28, 60, "2001:db8::1"}};
  answer.what = result;
  EXPECT_EQ(judge(setup, answer).message, "1 AAAA record");
  EXPECT_EQ(judge(setup, answer).verdict, Verdict::kGood);
  std::get<probe::Dns>(setup.config.target).records = {"2001:db8::2"};
  EXPECT_EQ(judge(setup, answer).message, "1 AAAA record, and none is '2001:db8::2'");
  std::get<probe::Dns>(setup.config.target) = {"shop.example", "CNAME", {}, {"OTHER.example"}};
  EXPECT_EQ(judge(setup, answer).verdict, Verdict::kGood);
  std::get<probe::Dns>(setup.config.target) = {"shop.example", "MX", {}, {}};
  EXPECT_EQ(judge(setup, answer).message, "there are no MX records");
  result.rcode = 3;
  answer.what = result;
  EXPECT_EQ(judge(setup, answer).message, "NXDOMAIN, expected MX");
}

TEST(JsonPointer, FindsAsTheStandardSays) {
  // The document of RFC 6901, 5.
  const auto document = parse_json(
      R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"m~n":8,"list":[0,1,2,3,4,5,6,7,8,9,10]})");
  ASSERT_TRUE(document);
  EXPECT_EQ(at_pointer(*document, ""), &*document);
  EXPECT_EQ(wrong_value(*document, "/foo/0", "\"bar\""), std::nullopt);
  EXPECT_EQ(wrong_value(*document, "/", "0"), std::nullopt);
  EXPECT_EQ(wrong_value(*document, "/a~1b", "1"), std::nullopt);
  EXPECT_EQ(wrong_value(*document, "/c%d", "2"), std::nullopt);
  EXPECT_EQ(wrong_value(*document, "/m~0n", "8"), std::nullopt);
  EXPECT_EQ(wrong_value(*document, "/list/10", "10"), std::nullopt);
  for (const char* nowhere : {"/foo/2", "/foo/00", "/foo/-", "/foo/bar", "/x", "/foo/0/y"})
    EXPECT_EQ(at_pointer(*document, nowhere), nullptr) << nowhere;
  EXPECT_EQ(wrong_value(*document, "/x", "1"), "there is no /x of the JSON");
  EXPECT_EQ(wrong_value(*document, "/foo", "1"), "/foo of the JSON is an array, expected 1");
  EXPECT_EQ(wrong_value(*document, "/foo/0", "1"), "/foo/0 of the JSON is a string, expected 1");
}

}  // namespace
}  // namespace hammock::shell
