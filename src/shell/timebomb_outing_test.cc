#include "shell/timebomb_outing.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "base/dns_words.h"
#include "shell/timebomb_judge.h"

namespace hammock::shell {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using timebomb::Reading;
using timebomb::Sighting;
using timebomb::Unread;

constexpr Instant kNow{1'800'000'000s};

Told answer(decltype(wire::Answer::what) what) {
  wire::Answer answer;
  answer.what = std::move(what);
  return {0, std::move(answer)};
}
Told refused(const std::string& why = "Connection refused") {
  return answer(wire::Failed{wire::ErrandStage::kConnect, wire::Reason::kSystem, 111, why});
}
Told records(const std::string& type, const std::vector<std::string>& texts) {
  wire::DnsResult result;
  for (const std::string& text : texts)
    result.records.push_back({"shop.example", *dns_type(type), 60, text});
  return answer(std::move(result));
}
wire::Certificate certificate(const std::string& name, Duration left) {
  return {"CN=" + name, "CN=issuer", {}, kNow - 24h, kNow + left, "hash of " + name};
}
Told showed(const std::string& remote, std::vector<wire::Certificate> chain) {
  Told told = answer(wire::TcpResult{});
  auto& answer = std::get<wire::Answer>(told.what);
  answer.remote = remote;
  answer.tls = wire::TlsFacts{};
  answer.tls->verified = true;
  answer.tls->chain = std::move(chain);
  return told;
}
Told page(std::uint16_t status, std::string body, bool is_whole = true) {
  wire::HttpResult result;
  result.status = status;
  result.body = std::move(body);
  result.body_is_whole = is_whole;
  return answer(std::move(result));
}

std::string why_of(const std::optional<Sighting>& told) {
  if (!told) return "it is not over";
  const auto* unread = std::get_if<Unread>(&*told);
  return unread == nullptr ? "it was read" : unread->why;
}
Reading reading_of(const std::optional<Sighting>& told) {
  const bool is_read = told && std::holds_alternative<Reading>(*told);
  EXPECT_TRUE(is_read) << why_of(told);
  return is_read ? std::get<Reading>(*told) : Reading();
}

timebomb::Certificate server(const std::string& host) {
  timebomb::Certificate server;
  server.host = host;
  return server;
}
Outing outing(timebomb::Target target, Duration timeout = 30s) {
  timebomb::Setup setup;
  setup.config.target = std::move(target);
  setup.config.timeout = timeout;
  return Outing(std::move(setup));
}
const wire::TcpErrand& tcp(const wire::Request& request) {
  return std::get<wire::TcpErrand>(request.what);
}
std::vector<std::string> addresses(const Outing::Step& step) {
  std::vector<std::string> addresses;
  for (const wire::Request& request : step.requests)
    addresses.push_back(tcp(request).route.address);
  return addresses;
}

TEST(ServerOuting, AnAddressIsNotAskedFor) {
  for (const char* host : {"192.0.2.1", "2001:db8::1", "::1"}) {
    Outing::Step step = outing(server(host)).begin();
    EXPECT_THAT(addresses(step), ElementsAre(host));
    EXPECT_EQ(tcp(step.requests.front()).host, host);
    EXPECT_FALSE(step.told);
  }
}

TEST(ServerOuting, ANameIsAskedForBothKinds) {
  for (const char* host : {"shop.example", "192.0.2.1.example", "192.0.2", "1"}) {
    const Outing::Step step = outing(server(host)).begin();
    ASSERT_THAT(step.requests, SizeIs(2)) << host;
    std::vector<std::uint16_t> types;
    for (const wire::Request& request : step.requests) {
      const auto& errand = std::get<wire::DnsErrand>(request.what);
      EXPECT_EQ(errand.name, host);
      EXPECT_THAT(errand.resolvers, IsEmpty());
      types.push_back(errand.type);
    }
    EXPECT_THAT(types, ElementsAre(*dns_type("A"), *dns_type("AAAA")));
  }
}

TEST(ServerOuting, GoesToAllAddressesOfTheName) {
  Outing out = outing(server("shop.example"));
  out.begin();
  Outing::Step step = out.answered(records("AAAA", {"2001:db8::1"}));
  EXPECT_THAT(step.requests, IsEmpty());
  EXPECT_FALSE(step.told);
  Told both = records("CNAME", {"other.example."});
  auto& list = std::get<wire::DnsResult>(std::get<wire::Answer>(both.what).what).records;
  list.push_back({"other.example", *dns_type("A"), 60, "192.0.2.1"});
  list.push_back({"other.example", *dns_type("A"), 60, "192.0.2.2"});
  step = out.answered(std::move(both));
  EXPECT_THAT(addresses(step), ElementsAre("2001:db8::1", "192.0.2.1", "192.0.2.2"));
  EXPECT_FALSE(step.told);
}

TEST(ServerOuting, AsksForWhatIsShownWithoutVerifyingIt) {
  timebomb::Certificate wanted = server("192.0.2.1");
  wanted.port = 25;
  wanted.starttls = "smtp";
  wanted.server_name = "mail.example";
  const Outing::Step step = outing(wanted, 2500ms).begin();
  const wire::TcpErrand& errand = tcp(step.requests.front());
  EXPECT_EQ(step.requests.front().within_ms, 2500U);
  EXPECT_EQ(errand.port, 25);
  EXPECT_EQ(errand.starttls, wire::StartTls::kSmtp);
  ASSERT_TRUE(errand.tls);
  EXPECT_FALSE(errand.tls->verify);
  EXPECT_EQ(errand.tls->server_name, "mail.example");
  EXPECT_EQ(errand.keep_bytes, 0U);
  const Outing::Step plain = outing(server("192.0.2.1"), 1h).begin();
  EXPECT_EQ(tcp(plain.requests.front()).starttls, wire::StartTls::kNone);
  EXPECT_EQ(plain.requests.front().within_ms, wire::kCourierDeadlineMsMax);
  EXPECT_EQ(outing(server("::1"), 0s).begin().requests.front().within_ms, 1U);
}

TEST(ServerOuting, WithoutAnAddressTheMachineResolvesTheName) {
  for (const Told& none : {records("A", {}), refused(), Told{0, Unanswered{"no courier"}}}) {
    Outing out = outing(server("shop.example"));
    out.begin();
    out.answered(none);
    const Outing::Step step = out.answered(refused());
    EXPECT_THAT(addresses(step), ElementsAre(""));
    EXPECT_EQ(tcp(step.requests.front()).host, "shop.example");
    const Outing::Step last = out.answered(refused("`shop.example`: Domain name not found"));
    EXPECT_EQ(why_of(last.told), "`shop.example`: Domain name not found");
  }
}

TEST(ServerOuting, HalfAnAnswerIsEnough) {
  Outing out = outing(server("shop.example"));
  out.begin();
  out.answered(refused());
  EXPECT_THAT(addresses(out.answered(records("AAAA", {"::1"}))), ElementsAre("::1"));
}

TEST(ServerOuting, GoesToAsManyAddressesAsMayBe) {
  std::vector<std::string> many;
  for (int i = 1; i <= 20; ++i)
    many.push_back(fmt::format("192.0.2.{}", i));
  Outing out = outing(server("shop.example"));
  out.begin();
  out.answered(records("A", many));
  Outing::Step step = out.answered(records("AAAA", {"::1"}));
  ASSERT_THAT(step.requests, SizeIs(kAddressesMost));
  EXPECT_EQ(addresses(step).front(), "192.0.2.1");
  for (std::size_t i = 0; i + 1 < kAddressesMost; ++i)
    EXPECT_FALSE(out.answered(showed("x", {certificate("a", 1h)})).told) << i;
  step = out.answered(showed("x", {certificate("a", 1h)}));
  EXPECT_EQ(reading_of(step.told).goes_off, kNow + 1h);
}

TEST(JudgeServer, TheLeafEnds) {
  const Told told[] = {showed("192.0.2.1:443", {certificate("leaf", 5h), certificate("root", 9h)})};
  const Reading reading = reading_of(judge_server(server("a"), told));
  EXPECT_EQ(reading.goes_off, kNow + 5h);
  EXPECT_EQ(reading.begins, kNow - 24h);
  EXPECT_EQ(reading.identity, "hash of leaf");
  EXPECT_EQ(reading.evidence, "CN=leaf at 192.0.2.1:443 ends");
}

TEST(JudgeServer, WhatTheLeafRestsOnEndsBefore) {
  const Told told[] = {showed("192.0.2.1:443", {certificate("leaf", 5h), certificate("middle", 4h),
                                                certificate("root", 9h)})};
  const Reading reading = reading_of(judge_server(server("a"), told));
  EXPECT_EQ(reading.goes_off, kNow + 4h);
  EXPECT_EQ(reading.identity, "hash of middle");
  EXPECT_EQ(reading.evidence, "CN=middle at 192.0.2.1:443 ends, on which CN=leaf rests");
}

TEST(JudgeServer, TheWorstAddressIsTold) {
  std::vector<Told> told = {showed("a:1", {certificate("new", 90h)}),
                            showed("b:1", {certificate("old", 3h), certificate("root", 99h)}),
                            showed("c:1", {certificate("new", 90h)})};
  for (int i = 0; i < 3; ++i) {
    const Reading reading = reading_of(judge_server(server("a"), told));
    EXPECT_EQ(reading.identity, "hash of old");
    EXPECT_EQ(reading.evidence, "CN=old at b:1 ends");
    std::ranges::rotate(told, told.begin() + 1);
  }
}

TEST(JudgeServer, WhoShowedNoneIsCounted) {
  std::vector<Told> told = {refused(), showed("b:1", {certificate("leaf", 3h)}), showed("c:1", {}),
                            answer(wire::TcpResult{})};
  const Reading reading = reading_of(judge_server(server("a"), told));
  EXPECT_EQ(reading.goes_off, kNow + 3h);
  EXPECT_THAT(reading.evidence, EndsWith("; 3 of 4 addresses showed none (Connection refused)"));
  told.erase(told.begin());
  EXPECT_THAT(reading_of(judge_server(server("a"), told)).evidence,
              EndsWith("; 2 of 3 addresses showed none"));
  told.pop_back();
  EXPECT_THAT(reading_of(judge_server(server("a"), told)).evidence,
              EndsWith("; 1 of 2 addresses showed none"));
}

TEST(JudgeServer, NoCertificateIsUnknown) {
  const auto why = [](std::vector<Told> told) {
    return why_of(judge_server(server("shop.example"), told));
  };
  EXPECT_EQ(why({answer(wire::TcpResult{})}), "shop.example showed no certificate");
  EXPECT_EQ(why({showed("a:1", {})}), "shop.example showed no certificate");
  EXPECT_EQ(why({refused(), showed("a:1", {})}), "Connection refused");
  EXPECT_EQ(why({Told{0, Unanswered{"no courier"}}}), "no courier");
}

TEST(JudgeServer, WhatIsNotTrustedIsReadAndSaid) {
  Told told = showed("a:1", {certificate("leaf", -3h)});
  auto& said = std::get<wire::Answer>(told.what);
  said.tls->verified = false;
  said.tls->verify_error = "self-signed certificate";
  Reading reading = reading_of(judge_server(server("a"), std::span(&told, 1)));
  EXPECT_EQ(reading.goes_off, kNow - 3h);
  EXPECT_EQ(reading.evidence, "CN=leaf at a:1 ends; it is not trusted: self-signed certificate");
  // A handshake that failed after it was shown.
  said.what = wire::Failed{wire::ErrandStage::kTls, wire::Reason::kTls, 1, "it wants ours"};
  reading = reading_of(judge_server(server("a"), std::span(&told, 1)));
  EXPECT_EQ(reading.goes_off, kNow - 3h);
}

constexpr const char* kList =
    R"({"version":"1.0","services":[[["example"],["https://registry.example/rdap/"]]]})";
constexpr const char* kDomain =
    R"({"objectClassName":"domain","ldhName":"shop.example","events":[)"
    R"({"eventAction":"expiration","eventDate":"2027-03-01T23:30:00Z"}],)"
    R"("entities":[{"roles":["registrar"],"handle":"R 7"}]})";

const wire::HttpErrand& http(const Outing::Step& step) {
  EXPECT_THAT(step.requests, SizeIs(1));
  return std::get<wire::HttpErrand>(step.requests.at(0).what);
}

TEST(DomainOuting, AsksWhoseRegistryItIs) {
  Outing out = outing(timebomb::Domain{"shop.example", {}, {}});
  Outing::Step step = out.begin();
  EXPECT_EQ(http(step).url, kBootstrap);
  step = out.answered(page(200, kList));
  EXPECT_EQ(http(step).url, "https://registry.example/rdap/domain/shop.example");
  EXPECT_FALSE(step.told);
  step = out.answered(page(200, kDomain));
  const Reading reading = reading_of(step.told);
  EXPECT_EQ(format_instant(*reading.goes_off), "2027-03-01T23:30:00Z");
  EXPECT_EQ(reading.identity, "shop.example 2027-03-01");
  EXPECT_EQ(reading.evidence, "shop.example is registered by R 7 until 2027-03-01T23:30:00Z");
  EXPECT_THAT(step.requests, IsEmpty());
}

TEST(DomainOuting, AnotherListMayBeNamed) {
  EXPECT_EQ(http(outing(timebomb::Domain{"a.example", {}, "http://127.0.0.1/l"}).begin()).url,
            "http://127.0.0.1/l");
}

TEST(DomainOuting, AsksARegistryThatIsNamedAtOnce) {
  for (const char* base : {"https://r.example/rdap", "https://r.example/rdap/"}) {
    Outing out = outing(timebomb::Domain{"shop.example", base, {}}, 7s);
    const Outing::Step step = out.begin();
    const wire::HttpErrand& errand = http(step);
    EXPECT_EQ(errand.url, "https://r.example/rdap/domain/shop.example");
    EXPECT_EQ(step.requests.front().within_ms, 7000U);
    EXPECT_EQ(errand.method, "GET");
    EXPECT_TRUE(errand.tls.verify);
    EXPECT_EQ(errand.keep_bytes, wire::kCourierBodyBytesMax);
    // Registries send to others, but not around for ever.
    EXPECT_GE(errand.redirects_max, 1U);
    EXPECT_LE(errand.redirects_max, 10U);
    ASSERT_THAT(errand.headers, SizeIs(1));
    EXPECT_THAT(errand.headers.front().value, HasSubstr("application/rdap+json"));
    EXPECT_EQ(reading_of(out.answered(page(200, kDomain)).told).identity,
              "shop.example 2027-03-01");
  }
}

TEST(DomainOuting, WhatIsNoListIsUnknown) {
  const std::vector<std::pair<Told, std::string>> wrong = {
      {page(404, kList), "the list of registries answered with status 404, expected 200"},
      {page(302, kList), "the list of registries answered with status 302, expected 200"},
      {page(200, kList, false), "the list of registries sent more than 1048576 bytes"},
      {answer(wire::TcpResult{}), "the list of registries did not answer in HTTP"},
      {refused(), "Connection refused"},
      {Told{0, Unanswered{"no courier"}}, "no courier"},
      {page(200, "{}"),
       "the list of registries: the list of RDAP registries: expected \"1.0\" in \"version\", got "
       "nothing"}};
  for (const auto& [told, why] : wrong) {
    Outing out = outing(timebomb::Domain{"shop.example", {}, {}});
    out.begin();
    const Outing::Step step = out.answered(told);
    EXPECT_EQ(why_of(step.told), why);
    EXPECT_THAT(step.requests, IsEmpty());
  }
  Outing out = outing(timebomb::Domain{"shop.test", {}, {}});
  out.begin();
  EXPECT_THAT(why_of(out.answered(page(200, kList)).told), HasSubstr("no registry is listed for"));
}

TEST(JudgeDomain, WhatDoesNotSayItIsUnknown) {
  const auto why = [](const Told& told) {
    return why_of(judge_domain(timebomb::Domain{"shop.example", {}, {}}, told));
  };
  EXPECT_EQ(why(page(404, kDomain)),
            "the registry of shop.example answered with status 404, expected 200");
  EXPECT_EQ(why(page(500, "")),
            "the registry of shop.example answered with status 500, expected 200");
  EXPECT_EQ(why(page(301, "")),
            "the registry of shop.example answered with status 301, expected 200");
  EXPECT_EQ(why(page(200, kDomain, false)),
            "the registry of shop.example sent more than 1048576 bytes");
  EXPECT_EQ(why(answer(wire::DnsResult{})), "the registry of shop.example did not answer in HTTP");
  EXPECT_EQ(why(refused("too slow")), "too slow");
  EXPECT_EQ(why(Told{0, Unanswered{"no courier"}}), "no courier");
  EXPECT_THAT(why(page(200, "<html>")), HasSubstr("the registry of shop.example: the RDAP answer"));
  EXPECT_EQ(why(page(200, R"({"objectClassName":"domain","ldhName":"shop.example"})")),
            "the registry does not say when shop.example ends");
  EXPECT_EQ(why(page(200, R"({"objectClassName":"domain","ldhName":"other.example","events":[)"
                          R"({"eventAction":"expiration","eventDate":"2027-03-01T23:30:00Z"}]})")),
            "the registry of shop.example answered about other.example");
}

TEST(JudgeDomain, WithoutARegistrarNoneIsSaid) {
  const auto sighting = judge_domain(
      timebomb::Domain{"shop.example", {}, {}},
      page(200, R"({"objectClassName":"domain","ldhName":"shop.example","events":[)"
                R"({"eventAction":"expiration","eventDate":"2027-03-01T23:30:00Z"}]})"));
  EXPECT_EQ(reading_of(sighting).evidence, "shop.example is registered until 2027-03-01T23:30:00Z");
}

}  // namespace
}  // namespace hammock::shell
