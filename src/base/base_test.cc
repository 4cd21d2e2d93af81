#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "base/bounded.h"
#include "base/dns_words.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/result.h"
#include "base/shared.h"
#include "base/signals.h"
#include "base/text.h"
#include "base/time.h"
#include "base/variant.h"

namespace hammock {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Time, DurationsShowTheTwoLargestUnits) {
  EXPECT_EQ(format_duration(Duration::zero()), "0s");
  EXPECT_EQ(format_duration(milliseconds(250)), "250ms");
  EXPECT_EQ(format_duration(milliseconds(1250)), "1s");
  EXPECT_EQ(format_duration(minutes(90)), "1h30m");
  EXPECT_EQ(format_duration(hours(25) + seconds(3)), "1d1h");
  EXPECT_EQ(format_duration(-seconds(5)), "-5s");
  EXPECT_EQ(format_age(minutes(90)), "1h");
}

TEST(Time, InstantsAreIso8601InUtc) {
  Instant instant = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + hours(4);
  EXPECT_EQ(format_instant(instant), "2026-11-23T04:00:00Z");
  EXPECT_EQ(format_instant_ms(instant + milliseconds(7)), "2026-11-23T04:00:00.007Z");
  EXPECT_EQ(format_instant(Instant(Duration(-1))), "1969-12-31T23:59:59Z");
}

TEST(Hash, KnownVectors) {
  EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325ULL);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8ULL);
  EXPECT_EQ(hex64(0xabc), "0000000000000abc");
}

TEST(Signals, NamesBothWays) {
  EXPECT_EQ(signal_name(SIGTERM), "TERM");
  EXPECT_EQ(parse_signal("sigterm"), SIGTERM);
  EXPECT_EQ(parse_signal("RTMIN+3"), SIGRTMIN + 3);
  EXPECT_EQ(signal_name(SIGRTMIN + 3), "RTMIN+3");
  for (const char* wrong : {"", "SIG", "TERMX", "RTMIN+", "RTMIN+99", "RTMINX", "9"}) {
    EXPECT_EQ(parse_signal(wrong), std::nullopt) << wrong;
  }
  EXPECT_EQ(sysexit_meaning(78), "configuration error");
  EXPECT_EQ(sysexit_meaning(1), "");
}

TEST(Text, SplitTrimJoin) {
  EXPECT_THAT(split("a,,b", ','), testing::ElementsAre("a", "", "b"));
  EXPECT_THAT(split("", ','), testing::ElementsAre(""));
  EXPECT_EQ(trim(" \ta b\n"), "a b");
  EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
}

TEST(Text, DecimalsAreWholeAndUnsigned) {
  EXPECT_EQ(parse_decimal("18446744073709551615"), 18446744073709551615ULL);
  for (const char* wrong : {"", "-1", "+1", " 1", "1 ", "0x1", "18446744073709551616"}) {
    EXPECT_EQ(parse_decimal(wrong), std::nullopt) << wrong;
  }
}

TEST(Text, Sizes) {
  EXPECT_EQ(format_size(0), "0B");
  EXPECT_EQ(format_size(512ULL << 20), "512MiB");
  EXPECT_EQ(format_size(1536), "1.5KiB");
}

TEST(Text, Base64IsThatOfTheStandard) {
  // RFC 4648, section 10.
  const std::vector<std::pair<std::string, std::string>> known = {{"", ""},
                                                                  {"f", "Zg=="},
                                                                  {"fo", "Zm8="},
                                                                  {"foo", "Zm9v"},
                                                                  {"foob", "Zm9vYg=="},
                                                                  {"fooba", "Zm9vYmE="},
                                                                  {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : known) {
    EXPECT_EQ(base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
  const std::string odd("\xff\0\xfe\n", 4);
  EXPECT_EQ(from_base64(base64(odd)), odd);
  for (std::string_view bad : {"Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zm9!", "Zm9\n"})
    EXPECT_FALSE(from_base64(bad)) << bad;
}

TEST(Text, Utf8IsCheckedStrictly) {
  EXPECT_TRUE(is_utf8("grün €"));
  for (const char* wrong :
       {"\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80", "\xc3"}) {
    EXPECT_FALSE(is_utf8(wrong));
  }
  EXPECT_EQ(printable("a\x1b[31m\xff€\xc2\x85"), "a\\x1b[31m\\xff€\\xc2\\x85");
}

TEST(Json, NestsAndSeparates) {
  JsonWriter json;
  json.object([&] {
    json.member("name", "we\"b\n\x01");
    json.member("list");
    json.array([&] {
      json.value(1);
      json.value(true);
      json.object([&] {});
      json.null();
    });
    json.member("half", 0.5);
    json.member("none", std::optional<int>());
  });
  EXPECT_EQ(json.text(),
            R"({"name":"we\"b\n\u0001","list":[1,true,{},null],"half":0.5,"none":null})");
}

TEST(Json, InvalidUtf8BecomesTheReplacementCharacter) {
  EXPECT_EQ(json_quote("a\xff€\xe2\x82"), "\"a\xef\xbf\xbd€\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(Bounded, RefusesWhatDoesNotFit) {
  BoundedVector<int, 2> numbers;
  EXPECT_TRUE(numbers.push(1));
  EXPECT_TRUE(numbers.push(2));
  EXPECT_FALSE(numbers.push(3));
  numbers.remove_at(0);
  EXPECT_THAT(numbers, testing::ElementsAre(2));
}

TEST(BoundedDeathTest, AnIndexPastTheEndIsABug) {
  BoundedVector<int, 2> numbers;
  EXPECT_DEATH((void)numbers[0], "assertion failed: index < size_");
}

TEST(Result, ErrorsSayWhatWasAttempted) {
  Result<int> result = fail_errno("open /x", ENOENT);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "open /x: No such file or directory");
  EXPECT_EQ(result.error().code, ErrorCode::kNotFound);
  Result<int> outer = within("read the configuration", result.error());
  EXPECT_EQ(outer.error().message, "read the configuration: open /x: No such file or directory");
}

TEST(Variant, MatchPicksTheAlternative) {
  std::variant<int, std::string> either = "x";
  EXPECT_EQ(match(either, [](int) { return 1; }, [](const std::string&) { return 2; }), 2);
}

TEST(Shared, IsOneValueHoweverOftenItIsCopied) {
  Shared<std::string> one(std::string("a thousand services"));
  Shared<std::string> copy = one;
  EXPECT_EQ(&*copy, &*one);
  EXPECT_EQ(one, Shared<std::string>(std::string("a thousand services")));
  EXPECT_FALSE(one == Shared<std::string>());
  EXPECT_EQ(*Shared<std::string>(), "");
  const std::vector<Shared<std::string>> each = share_each(std::vector<std::string>{"a", "b"});
  EXPECT_EQ(*each.at(1), "b");
}

TEST(DnsWords, AreThoseOfIana) {
  EXPECT_EQ(dns_type("aaaa"), 28);
  EXPECT_EQ(dns_type("TYPE65"), 65);
  for (const char* text : {"", "TYPE", "TYPE0", "TYPE65536", "TYPEx", "B"})
    EXPECT_EQ(dns_type(text), std::nullopt) << text;
  EXPECT_EQ(dns_type_text(257), "CAA");
  EXPECT_EQ(dns_type_text(999), "TYPE999");
  EXPECT_EQ(dns_rcode_text(3), "NXDOMAIN");
  EXPECT_EQ(dns_rcode_text(15), "RCODE15");
}

}  // namespace
}  // namespace hammock
