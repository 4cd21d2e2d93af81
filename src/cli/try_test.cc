#include "cli/try.h"

#include <gmock/gmock.h>

#include "cli/command_rig.h"
#include "cli/when.h"

namespace hammock::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<wire::Request> request_of(std::vector<std::string> words, const std::string& ca = "") {
  words.insert(words.begin(), "try");
  Parsed parsed = parse_arguments(words);
  const auto* invocation = std::get_if<Invocation>(&parsed);
  if (invocation == nullptr) return fail(ErrorCode::kInvalid, "not parsed");
  return try_request(*invocation, ca);
}

std::string mistake(const std::vector<std::string>& words) {
  auto request = request_of(words);
  return request ? "" : request.error().message;
}

wire::TcpErrand tcp(const std::vector<std::string>& words) {
  auto request = request_of(words);
  EXPECT_TRUE(request) << request.error().message;
  return request ? std::get<wire::TcpErrand>(request->what) : wire::TcpErrand{};
}

TEST(TryRequest, IsWhatTheWordsSay) {
  auto request = request_of({"http", "https://a.example/", "--timeout", "1500ms", "--method",
                             "HEAD", "--follow", "3", "--insecure", "--server-name", "b.example",
                             "--family", "6", "--address", "::1", "--resolver", "::1, 192.0.2.1"},
                            "PEM");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->within_ms, 1500U);
  const auto& http = std::get<wire::HttpErrand>(request->what);
  EXPECT_EQ(http.method, "HEAD");
  EXPECT_EQ(http.redirects_max, 3U);
  EXPECT_EQ(http.tls, (wire::TlsWish{false, "PEM", "b.example"}));
  EXPECT_EQ(http.route, (wire::Route{wire::Family::kV6, "::1", {"::1", "192.0.2.1"}}));

  request = request_of({"dns", "a.example", "--type", "mx"});
  ASSERT_TRUE(request);
  EXPECT_EQ(request->within_ms, 10'000U);
  EXPECT_EQ(std::get<wire::DnsErrand>(request->what).type, 15);
}

TEST(TryRequest, HostsAndPorts) {
  EXPECT_EQ(tcp({"tcp", "a.example:22"}).port, 22);
  EXPECT_EQ(tcp({"tcp", "a.example:22"}).host, "a.example");
  EXPECT_EQ(tcp({"tcp", "[::1]:22"}).host, "::1");
  EXPECT_EQ(tcp({"tls", "::1"}).host, "::1");
  EXPECT_EQ(tcp({"tls", "[::1]"}).host, "::1");
  EXPECT_EQ(tcp({"tls", "a.example"}).port, 443);
  EXPECT_TRUE(tcp({"tls", "a.example"}).tls);
  EXPECT_FALSE(tcp({"tcp", "a.example:1"}).tls);
  for (const char* target : {"a.example", "a.example:", "a.example:0", "a.example:65536", ":22",
                             "::1", "[::1]", "a:b"}) {
    EXPECT_THAT(mistake({"tcp", target}), HasSubstr("is not HOST:PORT")) << target;
  }
}

TEST(TryRequest, BackslashesAreRead) {
  EXPECT_EQ(tcp({"tcp", "a:1", "--send", "x\\r\\n\\t\\\\\\0"}).send, std::string("x\r\n\t\\\0", 6));
  EXPECT_THAT(mistake({"tcp", "a:1", "--send", "\\q"}), HasSubstr("after a backslash"));
  EXPECT_THAT(mistake({"tcp", "a:1", "--expect", "x\\"}), HasSubstr("after a backslash"));
}

TEST(TryRequest, AnOptionOfAnotherKindIsAMistake) {
  EXPECT_EQ(mistake({"http", "http://a/", "--type", "A"}), "`--type` is for dns, not for http");
  EXPECT_EQ(mistake({"tcp", "a:1", "--insecure"}), "`--insecure` is for http and tls, not for tcp");
  EXPECT_EQ(mistake({"dns", "a", "--family", "4"}),
            "`--family` is for http, tcp and tls, not for dns");
  EXPECT_EQ(mistake({"tls", "a", "--body"}), "`--body` is for http, not for tls");
}

TEST(TryRequest, WrongValuesAreNamed) {
  EXPECT_THAT(mistake({"dns", "a", "--type", "X"}), HasSubstr("`X` is no type"));
  EXPECT_THAT(mistake({"dns", "a", "--timeout", "0s"}), HasSubstr("not `0s`"));
  EXPECT_THAT(mistake({"dns", "a", "--timeout", "11m"}), HasSubstr("from 1ms to 10m"));
  EXPECT_THAT(mistake({"http", "http://a/", "--follow", "21"}), HasSubstr("from 0 to 20"));
  EXPECT_THAT(mistake({"http", "a.example"}), HasSubstr("begins with http:// or https://"));
}

Instant at(std::string_view text) {
  return *parse_instant(text);
}
Instant now() {
  return at("2026-11-30T12:00:00Z");
}

wire::TlsFacts chain() {
  wire::TlsFacts tls;
  tls.version = "TLSv1.3";
  tls.cipher = "AES";
  tls.presented = 1;
  tls.verify_code = 20;
  tls.verify_error = "no issuer";
  tls.chain = {{"CN=a.example",
                "CN=Middle",
                {"a.example", "b.example"},
                at("2026-11-01T00:00:00Z"),
                at("2026-12-10T12:00:00Z"),
                "ab12"}};
  return tls;
}

wire::Answer answer_of(decltype(wire::Answer::what) what) {
  wire::Answer answer;
  answer.remote = "192.0.2.1:443";
  answer.phases = {Duration(250), Duration(12'345), Duration(40'000), Duration(50'600),
                   Duration(51'000)};
  answer.what = std::move(what);
  return answer;
}

constexpr Look kPlain{false, false, 100};

TEST(TryText, AnHttpAnswerWithItsCertificates) {
  wire::Request request{1, 1000, wire::HttpErrand{}};
  wire::HttpResult http{200, "2", {}, "a\n\x1b[2J", false, {{301, "https://a.example/"}}};
  wire::Answer answer = answer_of(http);
  answer.tls = chain();
  EXPECT_EQ(render_try(request, answer, true, now(), kPlain),
            "✓ status 200 from 192.0.2.1:443\n"
            "  resolved    250us\n"
            "  connected   12ms\n"
            "  TLS         40ms    TLSv1.3, AES\n"
            "  first byte  51ms\n"
            "  total       51ms\n"
            "  sent on     301 to https://a.example/\n"
            "  HTTP        2\n"
            "  body        6 bytes, and there is more\n"
            "  | a\n"
            "  | \\x1b[2J\n"
            "\n"
            "  certificates: not accepted: no issuer\n"
            "  1 CN=a.example\n"
            "    for     a.example, b.example\n"
            "    from    CN=Middle\n"
            "    valid   2026-11-01 until 2026-12-10, 10d left\n"
            "    sha256  ab12\n"
            "    the chain ends here; the server sent 1 certificate\n");
}

TEST(TryText, CertificatesOutsideOfTheirDates) {
  wire::Request request{1, 1000, wire::TcpErrand{}};
  wire::Answer answer = answer_of(wire::TcpResult{});
  answer.tls = chain();
  EXPECT_THAT(render_try(request, answer, false, at("2026-12-12T13:00:00Z"), kPlain),
              HasSubstr("until 2026-12-10, expired 2d ago\n"));
  EXPECT_THAT(render_try(request, answer, false, at("2026-10-31T00:00:00Z"), kPlain),
              HasSubstr("until 2026-12-10, not valid for another 1d\n"));
  EXPECT_THAT(render_try(request, answer, false, now(), kPlain),
              testing::StartsWith("✓ TLS with 192.0.2.1:443\n"));
}

TEST(TryText, AFailureSaysWhereAndWhy) {
  wire::Request request{1, 1000, wire::TcpErrand{}};
  wire::Answer answer;
  answer.phases = {Duration(1000), std::nullopt, std::nullopt, std::nullopt, Duration(1'000'000)};
  answer.what = wire::Failed{wire::ErrandStage::kConnect, wire::Reason::kDeadline, 0,
                             "no connection within 1s"};
  EXPECT_EQ(render_try(request, answer, false, now(), kPlain),
            "✗ no connection within 1s\n"
            "  resolved    1ms\n"
            "  given up    1s\n"
            "  stage       connect\n"
            "  reason      deadline\n");
}

TEST(TryText, RecordsAsInAZoneFile) {
  wire::Request request{1, 1000, wire::DnsErrand{"a.example", 15, {}}};
  wire::DnsResult dns{0, true, {{"a.example.", 15, 300, "10 mail.example."}}};
  wire::Answer answer;
  answer.phases.total = Duration(1000);
  answer.what = dns;
  EXPECT_EQ(render_try(request, answer, false, now(), kPlain),
            "✓ 1 record\n"
            "  total       1ms\n"
            "  a.example.               MX        300  10 mail.example.\n");
}

TEST(TryVerdict, ThreeKindsOfGood) {
  const wire::Request request{1, 1, wire::DnsErrand{"a", 15, {}}};
  auto good = [&](decltype(wire::Answer::what) what) {
    return verdict_of(request, answer_of(std::move(what))).good;
  };
  wire::HttpResult http;
  http.status = 399;
  EXPECT_TRUE(good(http));
  http.status = 400;
  EXPECT_FALSE(good(http));
  EXPECT_TRUE(good(wire::TcpResult{}));
  EXPECT_FALSE(good(wire::DnsResult{0, false, {}}));
  EXPECT_FALSE(good(wire::DnsResult{3, false, {{"a.", 5, 1, "b."}}}));
  EXPECT_TRUE(good(wire::DnsResult{0, false, {{"a.", 15, 1, "1 b."}}}));
  EXPECT_FALSE(good(wire::Failed{}));
  EXPECT_EQ(verdict_of(request, answer_of(wire::DnsResult{0, false, {}})).sentence,
            "there are no MX records");
}

TEST(TryJson, TellsAll) {
  wire::Request request{1, 1000, wire::TcpErrand{}};
  std::get<wire::TcpErrand>(request.what).tls.emplace();
  wire::Answer answer = answer_of(
      wire::Failed{wire::ErrandStage::kTls, wire::Reason::kCertificate, 20, "not accepted"});
  answer.phases.secured.reset();
  answer.tls = chain();
  EXPECT_EQ(try_json(request, answer),
            R"({"kind":"tls","good":false,"verdict":"not accepted","remote":"192.0.2.1:443",)"
            R"("phases_us":{"resolved":250,"connected":12345,"secured":null,"first_byte":50600,)"
            R"("total":51000},"tls":{"version":"TLSv1.3","cipher":"AES","verified":false,)"
            R"("verify_code":20,"verify_error":"no issuer","presented":1,"chain":[)"
            R"({"subject":"CN=a.example","issuer":"CN=Middle","names":["a.example","b.example"],)"
            R"("not_before":"2026-11-01T00:00:00Z","not_after":"2026-12-10T12:00:00Z",)"
            R"("sha256":"ab12"}]},"failed":{"stage":"tls","reason":"certificate","code":20,)"
            R"("message":"not accepted"}})");
}

using TryCommand = CommandTest;

TEST_F(TryCommand, WithoutItsCourierItSaysSo) {
  Ran ran = run({"try", "tcp", "127.0.0.1:1"});
  EXPECT_EQ(ran.code, 78);
  EXPECT_THAT(ran.err, HasSubstr("hammock-courier: No such file or directory"));
}

TEST_F(TryCommand, ACaFileThatIsNotThereIsAMistake) {
  Ran ran = run({"try", "tls", "127.0.0.1:1", "--ca", folder_ + "/none.pem"});
  EXPECT_EQ(ran.code, 64);
  EXPECT_THAT(ran.err, HasSubstr("none.pem"));
}

}  // namespace
}  // namespace hammock::cli
