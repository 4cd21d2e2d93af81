#include "shell/probe_errand.h"

#include <gmock/gmock.h>

#include "shell/dns_record.h"
#include "shell/json_pointer.h"

namespace hammock::shell {
namespace {

using probe::Verdict;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

probe::Setup setup_of(probe::Target target) {
  probe::Setup setup;
  setup.config.name = "shop";
  setup.config.target = std::move(target);
  return setup;
}

probe::Http shop() {
  probe::Http http;
  http.url = "https://shop.example/health?token=secret";
  return http;
}

Told told(decltype(wire::Answer::what) what, Duration took = milliseconds(80)) {
  wire::Answer answer;
  answer.id = 7;
  answer.phases.total = took;
  answer.what = std::move(what);
  return {7, answer};
}

wire::HttpResult page(std::uint16_t status, std::string body = "", bool whole = true) {
  wire::HttpResult http;
  http.status = status;
  http.body = std::move(body);
  http.body_is_whole = whole;
  return http;
}

Judged judge_page(const probe::Http& wished, const wire::HttpResult& page) {
  return judge(setup_of(wished), told(page));
}

Judged judge_json(std::vector<probe::JsonWish> wishes, std::string body, bool whole = true) {
  probe::Http http = shop();
  http.json = std::move(wishes);
  return judge_page(http, page(200, std::move(body), whole));
}

Judged judge_dns(probe::Dns wished, std::uint8_t rcode, std::vector<wire::Record> records) {
  wished.name = "shop.example";
  return judge(setup_of(wished), told(wire::DnsResult{rcode, false, std::move(records)}));
}

TEST(ProbeErrand, HttpIsAskedAsConfigured) {
  probe::Http http = shop();
  http.method = "POST";
  http.headers = {{"Authorization", "Bearer x"}};
  http.body = "ping";
  http.redirects = 3;
  http.route = {6, "::1", {"192.0.2.1:53"}};
  http.tls = {false, "/etc/ca.pem", "other.example"};
  probe::Setup setup = setup_of(http);
  setup.ca = "PEM";
  setup.config.timeout = std::chrono::microseconds(1500);
  const wire::Request request = errand_of(9, setup);
  EXPECT_EQ(request.id, 9U);
  EXPECT_EQ(request.within_ms, 2U);
  wire::HttpErrand expected;
  expected.method = "POST";
  expected.url = http.url;
  expected.headers = {{"Authorization", "Bearer x"}};
  expected.body = "ping";
  expected.redirects_max = 3;
  expected.route = {wire::Family::kV6, "::1", {"192.0.2.1:53"}};
  expected.tls = {false, "PEM", "other.example"};
  expected.keep_bytes = kBodyRead;  // nothing is wished of the body
  EXPECT_EQ(std::get<wire::HttpErrand>(request.what), expected);
}

TEST(ProbeErrand, ABodyIsKeptForWhoLooksIntoIt) {
  auto kept = [](const probe::Http& http) {
    return std::get<wire::HttpErrand>(errand_of(1, setup_of(http)).what).keep_bytes;
  };
  probe::Http contains = shop();
  contains.contains = "ok";
  EXPECT_EQ(kept(contains), kBodyKept);
  probe::Http lacks = shop();
  lacks.lacks = "error";
  EXPECT_EQ(kept(lacks), kBodyKept);
  probe::Http json = shop();
  json.json = {{"/ok", "true"}};
  EXPECT_EQ(kept(json), kBodyKept);
  EXPECT_LE(kBodyKept, wire::kCourierBodyBytesMax);
}

TEST(ProbeErrand, TcpReadsUpToWhatIsExpected) {
  probe::Tcp tcp;
  tcp.host = "mail.example";
  tcp.port = 25;
  tcp.send = "EHLO\r\n";
  tcp.route.family = 4;
  auto errand = [&] { return std::get<wire::TcpErrand>(errand_of(1, setup_of(tcp)).what); };
  wire::TcpErrand expected;
  expected.host = "mail.example";
  expected.port = 25;
  expected.send = "EHLO\r\n";
  expected.route.family = wire::Family::kV4;
  expected.keep_bytes = 0;
  EXPECT_EQ(errand(), expected);
  tcp.expect = "250";
  tcp.tls = probe::Tls{};
  expected.expect = "250";
  expected.keep_bytes = kReceivedKept + 3;
  expected.tls = wire::TlsWish{};
  EXPECT_EQ(errand(), expected);
  // An empty file of certificates is not those of the machine.
  tcp.tls->ca = "/etc/empty.pem";
  EXPECT_EQ(errand().tls->ca, "\n");
}

TEST(ProbeErrand, DnsTypesHaveNumbers) {
  probe::Dns dns;
  dns.name = "shop.example";
  dns.type = "MX";
  dns.resolvers = {"192.0.2.1"};
  EXPECT_EQ(std::get<wire::DnsErrand>(errand_of(1, setup_of(dns)).what),
            (wire::DnsErrand{"shop.example", 15, {"192.0.2.1"}}));
}

TEST(ProbeErrand, TimesAreWithinWhatTheCourierTakes) {
  probe::Setup setup = setup_of(shop());
  setup.config.timeout = Duration::zero();
  EXPECT_EQ(errand_of(1, setup).within_ms, 1U);
  setup.config.timeout = std::chrono::hours(24);
  EXPECT_EQ(errand_of(1, setup).within_ms, wire::kCourierDeadlineMsMax);
  EXPECT_TRUE(wire::encode_order(errand_of(1, setup)));
}

TEST(ProbeErrand, AWitnessIsConnectedTo) {
  wire::Request request = errand_of_witness(3, "one.example:53");
  EXPECT_EQ(request.id, 3U);
  EXPECT_EQ(milliseconds(request.within_ms), probe::kWitnessWithin);
  wire::TcpErrand expected;
  expected.host = "one.example";
  expected.port = 53;
  expected.keep_bytes = 0;
  EXPECT_EQ(std::get<wire::TcpErrand>(request.what), expected);
  EXPECT_EQ(std::get<wire::TcpErrand>(errand_of_witness(3, "[::1]:853").what).host, "::1");
  EXPECT_EQ(std::get<wire::TcpErrand>(errand_of_witness(3, "[::1]:853").what).port, 853);
}

TEST(ProbeJudge, TheStatusIsWithinOneOfTheRanges) {
  EXPECT_EQ(judge_page(shop(), page(200)),
            (Judged{Verdict::kGood, milliseconds(80), "status 200"}));
  EXPECT_EQ(judge_page(shop(), page(299)).verdict, Verdict::kGood);
  EXPECT_EQ(judge_page(shop(), page(503)),
            (Judged{Verdict::kBad, milliseconds(80), "status 503, expected 200–299"}));
  EXPECT_EQ(judge_page(shop(), page(199)).verdict, Verdict::kBad);
  probe::Http http = shop();
  http.status = {{200, 200}, {301, 308}};
  EXPECT_EQ(judge_page(http, page(301)).verdict, Verdict::kGood);
  EXPECT_EQ(judge_page(http, page(404)).message, "status 404, expected 200, 301–308");
}

TEST(ProbeJudge, TheBodyContainsAndLacks) {
  probe::Http http = shop();
  http.contains = "all is \"well\"";
  http.lacks = "error";
  EXPECT_EQ(judge_page(http, page(200, "<p>all is \"well\"</p>")).verdict, Verdict::kGood);
  EXPECT_EQ(judge_page(http, page(200, "nothing is well")),
            (Judged{Verdict::kBad, milliseconds(80),
                    "the body does not contain `all is \"well\"`, as it should"}));
  EXPECT_EQ(judge_page(http, page(200, "all is \"well\", no error")).message,
            "the body contains `error`, as it should not");
  // The status first: an error page lacks what is expected anyway.
  EXPECT_THAT(judge_page(http, page(500, "error")).message, HasSubstr("status 500"));
}

TEST(ProbeJudge, WhatACutBodyCannotDecideIsBad) {
  probe::Http http = shop();
  http.contains = "ok";
  EXPECT_EQ(judge_page(http, page(200, "ok, and", false)).verdict, Verdict::kGood);
  EXPECT_EQ(judge_page(http, page(200, "a long", false)),
            (Judged{Verdict::kBad, milliseconds(80),
                    "whether the body contains `ok` cannot be told: only the first 6 bytes of the "
                    "body were read"}));
  http.contains.reset();
  http.lacks = "error";
  EXPECT_EQ(judge_page(http, page(200, "an error", false)).message,
            "the body contains `error`, as it should not");
  EXPECT_EQ(judge_page(http, page(200, "a long", false)).verdict, Verdict::kBad);
  EXPECT_THAT(judge_page(http, page(200, "a long", false)).message, HasSubstr("first 6 bytes"));
  const Judged cut = judge_json({{"/ok", "true"}}, R"({"ok":true})", false);
  EXPECT_EQ(cut.verdict, Verdict::kBad);
  EXPECT_THAT(cut.message, HasSubstr("first 11 bytes"));
  // Nothing was wished of it.
  EXPECT_EQ(judge_page(shop(), page(200, "a", false)).verdict, Verdict::kGood);
}

TEST(ProbeJudge, JsonIsComparedByValue) {
  const std::string body = R"( {"status" : "\u006fk", "n": 3, "db": {"a/b": [null, {"up": true}]},)"
                           R"( "x": {"p":1,"q":2}} )";
  EXPECT_EQ(judge_json({{"/status", R"("ok")"},
                        {"/n", "3"},
                        {"/db/a~1b/0", "null"},
                        {"/db/a~1b/1/up", "true"},
                        {"/x", R"({"q":2, "p":1})"}},
                       body),
            (Judged{Verdict::kGood, milliseconds(80), "status 200"}));
  // Each of them counts.
  EXPECT_EQ(judge_json({{"/n", "3"}, {"/status", R"("up")"}}, body),
            (Judged{Verdict::kBad, milliseconds(80),
                    R"(the body has something else at `/status`, expected `"up"`)"}));
  EXPECT_EQ(judge_json({{"/n", R"("3")"}}, body).verdict, Verdict::kBad);
  for (const char* other : {R"({"p":1})", R"({"p":1,"q":3})", R"({"p":1,"q":2,"r":3})"})
    EXPECT_EQ(judge_json({{"/x", other}}, body).verdict, Verdict::kBad) << other;
  EXPECT_EQ(judge_json({{"/gone", "null"}}, body).message,
            "the body has nothing at `/gone`, expected `null`");
  EXPECT_EQ(judge_json({{"/n", "3"}}, "<html>secret").message,
            "the body is no JSON that can be judged: expected a value at byte 0");
}

TEST(ProbeJudge, ABodyMayHaveManyMembers) {
  std::string body = "{";
  for (int i = 0; i < 500; ++i)
    body += "\"m" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  EXPECT_EQ(judge_json({{"/m499", "499"}}, body + R"("last":0})").verdict, Verdict::kGood);
}

TEST(ProbeJudge, SlowIsBad) {
  probe::Setup setup = setup_of(shop());
  setup.config.within = milliseconds(100);
  EXPECT_EQ(judge(setup, told(page(200), milliseconds(100))).verdict, Verdict::kGood);
  EXPECT_EQ(judge(setup, told(page(200), Duration(100'001))),
            (Judged{Verdict::kBad, Duration(100'001),
                    "status 200, but it took 101ms, expected within 100ms"}));
  setup.config.target = probe::Tcp{};
  EXPECT_EQ(judge(setup, told(wire::TcpResult{}, seconds(1))).verdict, Verdict::kBad);
  setup.config.target = probe::Dns{"a.example", "A", {}, {}};
  const wire::DnsResult dns{0, false, {{"a.example.", 1, 60, "192.0.2.1"}}};
  EXPECT_EQ(judge(setup, told(dns, seconds(1))).verdict, Verdict::kBad);
}

TEST(ProbeJudge, AConnectionIsAllThatIsWished) {
  EXPECT_EQ(judge(setup_of(probe::Tcp{}), told(wire::TcpResult{"220 hello"})),
            (Judged{Verdict::kGood, milliseconds(80), "connected"}));
  EXPECT_EQ(judge_witness(told(wire::TcpResult{})),
            (Judged{Verdict::kGood, milliseconds(80), "connected"}));
}

TEST(ProbeJudge, DnsHasRecordsOfTheTypeAndThoseThatAreWished) {
  const wire::Record alias{"shop.example.", 5, 60, "www.shop.example."};
  const wire::Record one{"www.shop.example.", 1, 60, "192.0.2.1"};
  const wire::Record two{"www.shop.example.", 1, 60, "192.0.2.2"};
  probe::Dns dns;
  EXPECT_EQ(judge_dns(dns, 0, {alias, one, two}),
            (Judged{Verdict::kGood, milliseconds(80), "2 records"}));
  EXPECT_EQ(judge_dns(dns, 0, {one}).message, "1 record");
  EXPECT_EQ(judge_dns(dns, 0, {alias}),
            (Judged{Verdict::kBad, milliseconds(80), "shop.example has no A records"}));
  EXPECT_EQ(judge_dns(dns, 3, {}).message, "NXDOMAIN, expected A records of shop.example");
  EXPECT_EQ(judge_dns(dns, 2, {one}).verdict, Verdict::kBad);
  dns.records = {"192.0.2.2", "192.0.2.1"};
  EXPECT_EQ(judge_dns(dns, 0, {one, two}).verdict, Verdict::kGood);
  dns.records = {"192.0.2.1", "192.0.2.3"};
  EXPECT_EQ(judge_dns(dns, 0, {one, two}),
            (Judged{Verdict::kBad, milliseconds(80),
                    "`192.0.2.3` is not among the 2 A records of shop.example"}));
  // A record of another type is not what is wished.
  dns.records = {"www.shop.example"};
  dns.type = "TXT";
  EXPECT_EQ(judge_dns(dns, 0, {alias, {"a.", 16, 60, "\"x\""}}).verdict, Verdict::kBad);
}

TEST(ProbeJudge, FailuresSayWhereAndWhy) {
  const probe::Setup setup = setup_of(shop());
  EXPECT_EQ(
      judge(setup, told(wire::Failed{wire::ErrandStage::kConnect, wire::Reason::kSystem,
                                     ECONNREFUSED, "Connection refused"})),
      (Judged{Verdict::kBad, milliseconds(80), "connect to shop.example: Connection refused"}));
  using enum wire::ErrandStage;
  auto message = [&](wire::ErrandStage stage) {
    return judge(setup, told(wire::Failed{stage, wire::Reason::kDeadline, 0, "x\n"})).message;
  };
  EXPECT_EQ(message(kAsked), "ask shop.example: x\\x0a");
  EXPECT_EQ(message(kResolve), "resolve shop.example: x\\x0a");
  EXPECT_EQ(message(kTls), "TLS with shop.example: x\\x0a");
  EXPECT_EQ(message(kSend), "send to shop.example: x\\x0a");
  EXPECT_EQ(message(kReceive), "receive from shop.example: x\\x0a");
  EXPECT_EQ(judge_witness(told(wire::Failed{kConnect, wire::Reason::kPeer, 0, "x"})),
            (Judged{Verdict::kBad, milliseconds(80), "connect: x"}));
}

TEST(ProbeJudge, TheHostIsAllOfTheUrl) {
  for (const char* url : {"http://u:secret@shop.example:81/secret?secret#secret",
                          "http://shop.example:81?secret=/", "http://shop.example:81#secret"}) {
    probe::Http http;
    http.url = url;
    const Judged judged =
        judge(setup_of(http),
              told(wire::Failed{wire::ErrandStage::kConnect, wire::Reason::kDeadline, 0, "late"}));
    EXPECT_EQ(judged.message, "connect to shop.example:81: late") << url;
  }
}

TEST(ProbeJudge, WhatWasOursSaysNothingAboutTheTarget) {
  using enum wire::Reason;
  using wire::ErrandStage;
  auto verdict = [](ErrandStage stage, wire::Reason reason, std::int64_t code = 0) {
    const Told it = told(wire::Failed{stage, reason, code, "x"});
    EXPECT_EQ(judge_witness(it).verdict, judge(setup_of(shop()), it).verdict);
    return judge_witness(it).verdict;
  };
  EXPECT_EQ(verdict(ErrandStage::kAsked, kRefused), Verdict::kUnknown);
  EXPECT_EQ(verdict(ErrandStage::kReceive, kRefused), Verdict::kBad);  // a redirect to nowhere
  EXPECT_EQ(verdict(ErrandStage::kAsked, kBusy), Verdict::kUnknown);
  EXPECT_EQ(verdict(ErrandStage::kAsked, kDeadline), Verdict::kUnknown);
  EXPECT_EQ(verdict(ErrandStage::kConnect, kDeadline), Verdict::kBad);
  for (int code : {EMFILE, ENFILE, ENOMEM, ENOBUFS, EPERM, EAFNOSUPPORT})
    EXPECT_EQ(verdict(ErrandStage::kConnect, kSystem, code), Verdict::kUnknown) << code;
  for (int code :
       {0, ECONNREFUSED, ECONNRESET, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT, EACCES, EADDRNOTAVAIL})
    EXPECT_EQ(verdict(ErrandStage::kConnect, kSystem, code), Verdict::kBad) << code;
  constexpr int kAresNoMemory = 15;
  constexpr int kAresNotFound = 4;
  EXPECT_EQ(verdict(ErrandStage::kResolve, kNames, kAresNoMemory), Verdict::kUnknown);
  EXPECT_EQ(verdict(ErrandStage::kResolve, kNames, kAresNotFound), Verdict::kBad);
  // Codes of other reasons are no errno.
  for (wire::Reason reason : {kBounds, kCertificate, kTls, kHttp, kPeer})
    EXPECT_EQ(verdict(ErrandStage::kTls, reason, ENOMEM), Verdict::kBad) << text_of(reason);
  const Told unanswered{7, Unanswered{"there is no courier"}};
  EXPECT_EQ(judge(setup_of(shop()), unanswered),
            (Judged{Verdict::kUnknown, Duration::zero(), "there is no courier"}));
  EXPECT_EQ(judge_witness(unanswered).verdict, Verdict::kUnknown);
}

TEST(ProbeJudge, AnAnswerOfAnotherKindTellsNothing) {
  EXPECT_EQ(judge(setup_of(shop()), told(wire::TcpResult{})).verdict, Verdict::kUnknown);
  EXPECT_EQ(judge(setup_of(probe::Tcp{}), told(page(200))).verdict, Verdict::kUnknown);
  EXPECT_EQ(judge(setup_of(probe::Dns{}), told(page(200))).verdict, Verdict::kUnknown);
  EXPECT_EQ(judge_witness(told(page(200))).verdict, Verdict::kUnknown);
}

TEST(ProbeJudge, QuotesAreShortAndPrintable) {
  probe::Http http = shop();
  http.contains = std::string(kQuoteBytesMax - 1, 'x') + "ä" + "\x1b[31m";
  const std::string message = judge_page(http, page(200, "secret")).message;
  EXPECT_THAT(message, HasSubstr("`" + std::string(kQuoteBytesMax - 1, 'x') + "…`"));
  http.contains = "\x1b[31m";
  EXPECT_THAT(judge_page(http, page(200)).message, HasSubstr("`\\x1b[31m`"));
  http.contains = std::string(kQuoteBytesMax, 'x');
  EXPECT_THAT(judge_page(http, page(200)).message, HasSubstr("x`"));
  EXPECT_THAT(message, Not(HasSubstr("secret")));
}

TEST(JsonPointer, IsThatOfItsStandard) {
  const Json json = *parse_json(R"({"foo":["bar","baz"],"":0,"a/b":1,"m~n":8,"~1":9,"0":{"":5}})");
  EXPECT_EQ(find_at(json, ""), &json);
  auto number = [&](std::string_view pointer) {
    const Json* found = find_at(json, pointer);
    return found != nullptr && found->as<double>() != nullptr ? *found->as<double>() : -1;
  };
  EXPECT_EQ(number("/"), 0);
  EXPECT_EQ(number("/a~1b"), 1);
  EXPECT_EQ(number("/m~0n"), 8);
  EXPECT_EQ(number("/~01"), 9);
  EXPECT_EQ(number("/0/"), 5);
  ASSERT_NE(find_at(json, "/foo/1"), nullptr);
  EXPECT_EQ(*find_at(json, "/foo/1")->as<std::string>(), "baz");
  for (const char* none : {"foo", "xfoo", "/foo/2", "/foo/01", "/foo/-", "/foo/", "/foo/0/x",
                           "/m~n", "/m~", "/gone/0", "/foo/18446744073709551616"})
    EXPECT_EQ(find_at(json, none), nullptr) << none;
}

TEST(DnsRecord, IsComparedAsWhatItIs) {
  EXPECT_TRUE(is_same_record(1, "192.0.2.1", " 192.0.2.1 "));
  EXPECT_FALSE(is_same_record(1, "192.0.2.1", "192.0.2.2"));
  EXPECT_FALSE(is_same_record(1, "192.0.2.1", "192.0.2"));
  EXPECT_FALSE(is_same_record(1, "192.0", "192.0.2"));
  EXPECT_TRUE(is_same_record(28, "2001:db8::1", "2001:DB8:0:0::1"));
  EXPECT_FALSE(is_same_record(28, "2001:db8::1", "2001:db8::2"));
  EXPECT_TRUE(is_same_record(15, "10 Mail.example.", "10  mail.EXAMPLE"));
  EXPECT_FALSE(is_same_record(15, "10 mail.example.", "20 mail.example"));
  EXPECT_TRUE(is_same_record(15, "0 .", "0 ."));  // RFC 7505
  EXPECT_FALSE(is_same_record(15, "0 .", "0"));
  EXPECT_TRUE(is_same_record(257, R"(0 issue "ca.example")", "0 issue ca.example"));
  EXPECT_TRUE(is_same_record(16, R"("v=spf1 " "-all")", "v=spf1 -all"));
  EXPECT_TRUE(is_same_record(16, R"("v=spf1 " "-all")", R"("v=spf1 -all")"));
  EXPECT_TRUE(is_same_record(16, R"("a\"b\\c\228")", "a\"b\\c\xe4"));
  EXPECT_FALSE(is_same_record(16, R"("Key")", "key"));
}

}  // namespace
}  // namespace hammock::shell
