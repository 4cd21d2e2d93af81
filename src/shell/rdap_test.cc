#include "shell/rdap.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace hammock::shell {
namespace {

constexpr std::string_view kList = R"({
  "description": "RDAP bootstrap file for Domain Name System registrations",
  "publication": "2026-11-20T17:00:03Z",
  "services": [
    [["co.example"], ["https://co.registry.example/v1/"]],
    [["example", "xn--p1ai"],
     ["http://plain.registry.example/rdap/", "https://registry.example/rdap/"]],
    [["deep.co.example"], ["https://deep.registry.example/"]],
    [["test"], ["http://only.registry.test"]],
    [["bad"], ["ftp://registry.bad/"]],
    [["none"], []],
    [["split"], ["https://registry.split/a b/"]]
  ],
  "version": "1.0"
})";

std::string url(std::string_view domain, std::string_view list = kList) {
  auto url = rdap_url(list, domain);
  return url ? *url : url.error().message;
}

TEST(RdapUrl, IsOfTheLongestSuffixInWholeLabels) {
  EXPECT_EQ(url("shop.example"), "https://registry.example/rdap/domain/shop.example");
  EXPECT_EQ(url("shop.co.example"), "https://co.registry.example/v1/domain/shop.co.example");
  EXPECT_EQ(url("a.deep.co.example"), "https://deep.registry.example/domain/a.deep.co.example");
  EXPECT_EQ(url("shopco.example"), "https://registry.example/rdap/domain/shopco.example");
  EXPECT_EQ(url("SHOP.Example."), "https://registry.example/rdap/domain/shop.example");
  EXPECT_EQ(url("xn--e1afmkfd.xn--p1ai"),
            "https://registry.example/rdap/domain/xn--e1afmkfd.xn--p1ai");
}

TEST(RdapUrl, TakesHttpWhereThereIsNothingElse) {
  EXPECT_EQ(url("shop.test"), "http://only.registry.test/domain/shop.test");
}

TEST(RdapUrl, SaysThatNoRegistryIsListed) {
  const auto none = rdap_url(kList, "shop.counterexample");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(none.error().message,
            "no registry is listed for \"shop.counterexample\", nor for a domain above it; whether "
            "it expires cannot be asked by RDAP");
}

TEST(RdapUrl, RefusesWhatIsNoDomain) {
  for (const std::string_view domain :
       {"", ".", "shop..example", ".example", "b\xc3\xbc.example", "shop.example/../x",
        "shop example", "shop.example?x=1", "a@example"}) {
    const auto wrong = rdap_url(kList, domain);
    ASSERT_FALSE(wrong) << domain;
    EXPECT_EQ(wrong.error().code, ErrorCode::kInvalid) << domain;
    EXPECT_TRUE(wrong.error().message.starts_with("expected a domain in its ASCII form")) << domain;
  }
  EXPECT_FALSE(rdap_url(kList, std::string(64, 'a') + ".example"));
  EXPECT_TRUE(rdap_url(kList, std::string(63, 'a') + ".example"));
  std::string deep = "example";
  while (deep.size() < 252)
    deep.insert(0, "a.");
  EXPECT_TRUE(rdap_url(kList, deep)) << deep.size();
  EXPECT_FALSE(rdap_url(kList, "a." + deep));
}

TEST(RdapUrl, RefusesUrlsThatItCannotAsk) {
  constexpr std::string_view kPrefix =
      "the list of RDAP registries: expected an https or http URL for ";
  EXPECT_EQ(url("shop.bad"), fmt::format("{}\"bad\", got \"ftp://registry.bad/\"", kPrefix));
  EXPECT_EQ(url("shop.none"), fmt::format("{}\"none\", got none", kPrefix));
  EXPECT_EQ(url("shop.split"),
            fmt::format("{}\"split\", got \"https://registry.split/a b/\"", kPrefix));
}

TEST(RdapUrl, RefusesWhatIsNoSuchList) {
  const auto problem = [](std::string_view list) { return url("shop.example", list); };
  constexpr std::string_view kPrefix = "the list of RDAP registries: ";
  const std::pair<std::string_view, std::string_view> lists[] = {
      {"", "expected a value at byte 0"},
      {"[]", "expected an object, got an array"},
      {"{}", "expected \"1.0\" in \"version\", got nothing"},
      {R"({"version":"2.0","services":[]})", "expected \"1.0\" in \"version\", got \"2.0\""},
      {R"({"version":"1.0"})", "expected an array in \"services\", got nothing"},
      {R"({"version":"1.0","services":[["example"]]})",
       "expected an array of domains and one of URLs in \"services\", got an array"},
      {R"({"version":"1.0","services":[["example",["https://x/"]]]})",
       "expected an array of texts in the domains of \"services\", got \"example\""},
      {R"({"version":"1.0","services":[[["example"],[7]]]})",
       "expected texts in the URLs of \"services\", got a number"},
  };
  for (const auto& [list, expected] : lists)
    EXPECT_EQ(problem(list), fmt::format("{}{}", kPrefix, expected)) << list;
  const std::string padded =
      std::string(kList) + std::string(kRdapListBytesMax - kList.size(), ' ');
  EXPECT_EQ(problem(padded), "https://registry.example/rdap/domain/shop.example");
  EXPECT_TRUE(problem(padded + " ").contains("expected at most 1MiB, got "))
      << problem(padded + " ");
}

// `members` come after the class and the name.
Result<RdapDomain> read(std::string_view members) {
  return read_rdap(
      fmt::format(R"({{"objectClassName":"domain","ldhName":"SHOP.EXAMPLE"{}}})", members));
}

std::string problem(std::string_view members) {
  const auto domain = read(members);
  return domain ? "none" : domain.error().message;
}

TEST(Rdap, ReadsWhatARegistryAnswers) {
  const auto domain = read_rdap(R"({
    "objectClassName": "domain", "handle": "2336799_DOMAIN-EX", "ldhName": "SHOP.EXAMPLE",
    "links": [{"value": "https://registry.example/rdap/domain/SHOP.EXAMPLE", "rel": "self"}],
    "status": ["client delete prohibited", "client transfer prohibited"],
    "entities": [
      {"objectClassName": "entity", "handle": "9", "roles": ["technical"],
       "vcardArray": ["vcard", [["fn", {}, "text", "Somebody"]]]},
      {"objectClassName": "entity", "handle": "292", "roles": ["abuse", "registrar"],
       "publicIds": [{"type": "IANA Registrar ID", "identifier": "292"}],
       "vcardArray": ["vcard", [["version", {}, "text", "4.0"],
                                ["fn", {}, "text", "Example Names, Inc."]]],
       "entities": [{"objectClassName": "entity", "roles": ["abuse"]}]}
    ],
    "events": [
      {"eventAction": "registration", "eventDate": "1995-08-14T04:00:00Z"},
      {"eventAction": "expiration", "eventDate": "2027-08-13T04:00:00Z"},
      {"eventAction": "last update of RDAP database", "eventDate": "not read"}
    ],
    "secureDNS": {"delegationSigned": false},
    "rdapConformance": ["rdap_level_0"]
  })");
  ASSERT_TRUE(domain) << domain.error().message;
  EXPECT_EQ(domain->name, "SHOP.EXAMPLE");
  ASSERT_TRUE(domain->expires);
  EXPECT_EQ(format_instant(*domain->expires), "2027-08-13T04:00:00Z");
  EXPECT_EQ(domain->statuses,
            (std::vector<std::string>{"client delete prohibited", "client transfer prohibited"}));
  EXPECT_EQ(domain->registrar, "Example Names, Inc.");
}

TEST(Rdap, WhatIsNotSaidIsUnknown) {
  const auto domain = read("");
  ASSERT_TRUE(domain) << domain.error().message;
  EXPECT_EQ(*domain,
            (RdapDomain{.name = "SHOP.EXAMPLE", .expires = {}, .statuses = {}, .registrar = ""}));
  const auto others = read(
      R"(,"events":[{"eventAction":"registrar expiration","eventDate":"2020-01-01T00:00:00Z"}])");
  ASSERT_TRUE(others) << others.error().message;
  EXPECT_EQ(others->expires, std::nullopt);
  EXPECT_EQ(read_rdap(R"({"objectClassName":"domain","unicodeName":"b\u00fccher.example"})")->name,
            "b\xc3\xbc"
            "cher.example");
}

TEST(Rdap, ReadsInstantsWithOffsetsAndFractions) {
  const std::pair<std::string_view, std::string_view> dates[] = {
      {"2027-08-13T04:00:00+02:00", "2027-08-13T02:00:00.000Z"},
      {"2027-08-12T23:30:00.25-05:30", "2027-08-13T05:00:00.250Z"},
      {"2027-08-13t04:00:00.123456789z", "2027-08-13T04:00:00.123Z"},
  };
  for (const auto& [date, expected] : dates) {
    const auto domain =
        read(fmt::format(R"(,"events":[{{"eventAction":"expiration","eventDate":"{}"}}])", date));
    ASSERT_TRUE(domain && domain->expires) << date;
    EXPECT_EQ(format_instant_ms(*domain->expires), expected);
  }
}

TEST(Rdap, ADateThatIsNotUnderstoodIsNoDate) {
  constexpr std::string_view kPrefix =
      "the RDAP answer: expected a point in time (RFC 3339) in the \"eventDate\" of the "
      "expiration, got ";
  for (const std::string_view date :
       {"2027-08-13", "2027-08-13T04:00:00", "2027-02-30T00:00:00Z", "soon", "", "13.8.2027"}) {
    EXPECT_EQ(problem(fmt::format(R"(,"events":[{{"eventAction":"expiration","eventDate":"{}"}}])",
                                  date)),
              fmt::format("{}\"{}\"", kPrefix, date));
  }
  EXPECT_EQ(problem(R"(,"events":[{"eventAction":"expiration","eventDate":1818129600}])"),
            fmt::format("{}a number", kPrefix));
  EXPECT_EQ(problem(R"(,"events":[{"eventAction":"expiration"}])"),
            fmt::format("{}nothing", kPrefix));
}

TEST(Rdap, TwoExpirationsMustAgree) {
  constexpr std::string_view kTwo =
      R"(,"events":[{{"eventAction":"expiration","eventDate":"2027-08-13T04:00:00Z"}},)"
      R"({{"eventAction":"Expiration","eventDate":"{}"}}])";
  EXPECT_EQ(problem(fmt::format(kTwo, "2027-08-13T06:00:00+02:00")), "none");
  EXPECT_EQ(problem(fmt::format(kTwo, "2028-08-13T04:00:00Z")),
            "the RDAP answer: expected one expiration, got 2027-08-13T04:00:00Z and "
            "2028-08-13T04:00:00Z");
}

TEST(Rdap, TheRegistrarIsNamedByCardOrHandle) {
  const auto registrar = [](std::string_view members) {
    const auto domain = read(fmt::format(R"(,"entities":[{{"roles":["registrar"]{}}}])", members));
    return domain ? domain->registrar : domain.error().message;
  };
  EXPECT_EQ(registrar(R"(,"handle":"292")"), "292");
  EXPECT_EQ(registrar(R"(,"handle":"292","vcardArray":["vcard",[["fn",{},"text"," "]]])"), "292");
  EXPECT_EQ(registrar(R"(,"handle":"292","vcardArray":["vcard",[["org",{},"text","Org"]]])"),
            "292");
  EXPECT_EQ(registrar(R"(,"handle":"292","vcardArray":"vcard")"), "292");
  EXPECT_EQ(registrar(R"(,"vcardArray":["vcard",[["fn"],["fn",{},"text","A\u001b[1m"]]])"),
            "A\\x1b[1m");
  EXPECT_EQ(registrar(""), "");
}

TEST(Rdap, AnErrorIsNamedByItsTitle) {
  const auto unknown =
      read_rdap(R"({"errorCode":404,"title":"Object not found","description":[]})");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(unknown.error().message,
            "the RDAP answer: expected a domain, got the error 404 \"Object not found\"");
  const auto busy =
      read_rdap(R"({"errorCode":429,"objectClassName":"domain","ldhName":"x.example"})");
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(busy.error().message,
            "the RDAP answer: expected a domain, got the error 429 without a title");
  EXPECT_EQ(problem(R"(,"errorCode":"404")"),
            "the RDAP answer: expected a number in \"errorCode\", got \"404\"");
}

TEST(Rdap, RefusesWhatIsNoSuchAnswer) {
  const auto whole = [](std::string_view json) {
    const auto domain = read_rdap(json);
    return domain ? "none" : domain.error().message;
  };
  EXPECT_EQ(whole("<html>"), "the RDAP answer: expected a value at byte 0");
  EXPECT_EQ(whole("null"), "the RDAP answer: expected an object, got null");
  EXPECT_EQ(whole("{}"),
            "the RDAP answer: expected \"domain\" in \"objectClassName\", got nothing");
  EXPECT_EQ(whole(R"({"objectClassName":"nameserver"})"),
            "the RDAP answer: expected \"domain\" in \"objectClassName\", got \"nameserver\"");
  EXPECT_EQ(whole(R"({"objectClassName":"domain"})"),
            "the RDAP answer: expected the domain's name in \"ldhName\", got nothing");
  const std::pair<std::string_view, std::string_view> members[] = {
      {R"(,"events":{})", "an array in \"events\", got an object"},
      {R"(,"events":[null])", "a text in \"eventAction\", got nothing"},
      {R"(,"status":"ok")", "an array of texts in \"status\", got \"ok\""},
      {R"(,"status":[true])", "texts in \"status\", got a boolean"},
      {R"(,"entities":7)", "an array in \"entities\", got a number"},
  };
  for (const auto& [member, expected] : members)
    EXPECT_EQ(problem(member), fmt::format("the RDAP answer: expected {}", expected));
  const std::string answer = R"({"objectClassName":"domain","ldhName":"x.example"})";
  const std::string padded = answer + std::string(kRdapBytesMax - answer.size(), ' ');
  EXPECT_EQ(whole(padded), "none");
  EXPECT_TRUE(whole(padded + " ").contains("expected at most 256KiB, got ")) << whole(padded + " ");
}

}  // namespace
}  // namespace hammock::shell
