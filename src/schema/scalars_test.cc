#include "schema/scalars.h"

#include <gtest/gtest.h>

#include <chrono>

#include "schema/containers.h"
#include "schema/schema_testing.h"
#include "schema/suggest.h"

namespace hammock::schema {
namespace {

using namespace std::chrono_literals;
namespace chrono = std::chrono;

TEST(Scalars, TakeTheirOwnKindOnly) {
  EXPECT_TRUE(takes(boolean(), "true"));
  EXPECT_EQ(value_faults(boolean(), "1"), Faults{"1:5-6 wrong-type v"});
  EXPECT_EQ(value_faults(boolean(), "\"true\""), Faults{"1:5-11 wrong-type v → true"});
  EXPECT_TRUE(takes(integer(), "-3"));
  EXPECT_EQ(value_faults(integer(), "3.0"), Faults{"1:5-8 wrong-type v"});
  EXPECT_EQ(value_faults(integer(), "\"80\""), Faults{"1:5-9 wrong-type v → 80"});
  EXPECT_TRUE(takes(number(), "3"));
  EXPECT_TRUE(takes(number(), "3.5"));
  EXPECT_FALSE(takes(number(), "nan"));
  EXPECT_FALSE(takes(number(), "inf"));
  EXPECT_FALSE(takes(number(), "true"));
  EXPECT_EQ(value_faults(string(), "5"), Faults{"1:5-6 wrong-type v → \"5\""});
  EXPECT_EQ(value_faults(string(), "2020-01-01"), Faults{"1:5-15 wrong-type v"});
}

TEST(Scalars, RangesIncludeBothEnds) {
  auto range = integer().range(1, 10);
  EXPECT_TRUE(takes(range, "1"));
  EXPECT_TRUE(takes(range, "10"));
  EXPECT_EQ(value_faults(range, "0"), Faults{"1:5-6 out-of-range v"});
  EXPECT_EQ(value_faults(range, "11"), Faults{"1:5-7 out-of-range v"});
  EXPECT_FALSE(takes(number().at_least(0.5), "0.4"));
  EXPECT_FALSE(takes(integer_of<std::uint8_t>(), "256"));
  EXPECT_TRUE(takes(integer_of<std::uint8_t>(), "255"));
  auto outcome = read_value(duration().range(1s, 1min), "\"2m\"");
  ASSERT_EQ(outcome.report.diagnostics.size(), 1U);
  EXPECT_EQ(outcome.report.diagnostics[0].message,
            "expected a duration such as \"30s\" from \"1s\" to \"1m\", got the string \"2m\"");
}

TEST(Scalars, LengthsCountCodePoints) {
  auto three = string().size(2, 3);
  EXPECT_TRUE(takes(three, "\"éé\""));
  EXPECT_EQ(value_faults(three, "\"éééé\""), Faults{"1:5-11 too-long v"});
  EXPECT_EQ(value_faults(string().not_empty(), "\"\""), Faults{"1:5-7 too-short v"});
}

TEST(Scalars, PatternsMatchTheWholeString) {
  auto hex = string().matching("[0-9a-f]+", "hexadecimal digits");
  EXPECT_TRUE(takes(hex, "\"0af\""));
  EXPECT_EQ(value_faults(hex, "\"0af \""), Faults{"1:5-11 bad-format v"});
  EXPECT_FALSE(takes(hex, '"' + std::string(1'000'000, 'a') + '"'));
}

TEST(Scalars, EnumerationsGuess) {
  auto overlap = one_of({"skip", "queue", "replace"});
  EXPECT_TRUE(takes(overlap, "\"queue\""));
  EXPECT_EQ(value_faults(overlap, "\"queu\""), Faults{"1:5-11 unknown-value v → \"queue\""});
  EXPECT_EQ(value_faults(overlap, "\"sometimes\""), Faults{"1:5-16 unknown-value v"});
  enum class Colour { kRed, kBlue };
  auto colour = one_of<Colour>({{"red", Colour::kRed}, {"blue", Colour::kBlue}});
  EXPECT_EQ(read_value(colour, "\"blue\"").value->v, Colour::kBlue);
}

TEST(Scalars, LiteralsAreExact) {
  EXPECT_TRUE(takes(literal(true), "true"));
  EXPECT_EQ(value_faults(literal(true), "false"), Faults{"1:5-10 unknown-value v → true"});
  EXPECT_FALSE(takes(literal(std::int64_t{1}), "true"));
  EXPECT_FALSE(takes(literal(std::string("a")), "\"b\""));
}

TEST(Scalars, Durations) {
  EXPECT_EQ(*read_duration("1h30m"), 90min);
  EXPECT_EQ(*read_duration("500ms"), 500ms);
  EXPECT_EQ(*read_duration("2d"), 48h);
  EXPECT_EQ(*read_duration("0s"), 0s);
  for (const char* bad : {"", "30", "s", "1m1h", "1h1h", "-1s", "1.5h", " 1s", "1 s", "1S",
                          "99999999999999999999s", "40000d"}) {
    EXPECT_FALSE(read_duration(bad)) << bad;
  }
  EXPECT_EQ(value_faults(duration(), "30"), Faults{"1:5-7 wrong-type v → \"30s\""});
  EXPECT_EQ(value_faults(duration(), "\"30\""), Faults{"1:5-9 bad-duration v → \"30s\""});
  EXPECT_EQ(value_faults(duration(), "\"5 minutes\""), Faults{"1:5-16 bad-duration v → \"5m\""});
  EXPECT_EQ(value_faults(duration(), "\"2 weeks\""), Faults{"1:5-14 bad-duration v → \"14d\""});
  EXPECT_EQ(value_faults(duration(), "\"soon\""), Faults{"1:5-11 bad-duration v"});
}

TEST(Scalars, Sizes) {
  EXPECT_EQ(read_size("512MiB")->bytes, 512U << 20);
  EXPECT_EQ(read_size("1kB")->bytes, 1000U);
  EXPECT_EQ(read_size("0B")->bytes, 0U);
  for (const char* bad : {"", "512", "512mb", "1.5GiB", "1KiB1B", "-1B", "9999999999TiB"}) {
    EXPECT_FALSE(read_size(bad)) << bad;
  }
  EXPECT_EQ(value_faults(size(), "\"512mb\""), Faults{"1:5-12 bad-size v → \"512MiB\""});
  EXPECT_EQ(value_faults(size(), "\"4 G\""), Faults{"1:5-10 bad-size v → \"4GiB\""});
  EXPECT_EQ(value_faults(size().at_most(Size{1024}), "\"2KiB\""), Faults{"1:5-11 out-of-range v"});
}

TEST(Scalars, PortsAndSignals) {
  EXPECT_EQ(read_value(port(), "80").value->v, Port{80});
  EXPECT_EQ(value_faults(port(), "0"), Faults{"1:5-6 out-of-range v"});
  EXPECT_EQ(value_faults(port(), "70000"), Faults{"1:5-10 out-of-range v"});
  EXPECT_EQ(read_value(signal(), "\"SIGTERM\"").value->v, Signal{15});
  EXPECT_EQ(value_faults(signal(), "\"TREM\""), Faults{"1:5-11 bad-signal v → \"TERM\""});
  EXPECT_EQ(value_faults(signal(), "9"), Faults{"1:5-6 wrong-type v → \"KILL\""});
}

TEST(Scalars, Addresses) {
  EXPECT_EQ(*read_address("127.0.0.1:80"), Address(TcpAddress{"127.0.0.1", 80}));
  EXPECT_EQ(*read_address("[::1]:80"), Address(TcpAddress{"::1", 80}));
  EXPECT_EQ(*read_address("db.example:5432"), Address(TcpAddress{"db.example", 5432}));
  EXPECT_EQ(*read_address("unix:/run/x"), Address(UnixAddress{"/run/x"}));
  EXPECT_EQ(*read_address("/run/x"), Address(UnixAddress{"/run/x"}));
  for (const char* text : {"127.0.0.1:80", "[::1]:80", "unix:/run/x"}) {
    EXPECT_EQ(format_address(*read_address(text)), text);
  }
  for (const char* bad : {"", "80", "a:b", "a:0", "a:65536", "::1:80", "[::1]", "[zz]:1", ":80",
                          "*:80", "256.0.0.1:80", "1.2.3:80", "-a:80", "a b:80", "[1:2]:3",
                          "[1:2:3:4:5:6:7:8:9]:1", "[::1::2]:1", "run/x"}) {
    EXPECT_FALSE(read_address(bad)) << bad;
  }
  for (const char* good :
       {"[::]:1", "[fe80::1%eth0]:1", "[::ffff:1.2.3.4]:1", "[1:2:3:4:5:6:7:8]:1", "[1::]:9"}) {
    EXPECT_TRUE(read_address(good)) << good;
  }
  EXPECT_EQ(value_faults(address(), "\"8000\""),
            Faults{"1:5-11 bad-address v → \"127.0.0.1:8000\""});
  EXPECT_EQ(value_faults(address(), "8000"), Faults{"1:5-9 wrong-type v → \"127.0.0.1:8000\""});
  EXPECT_EQ(value_faults(address(), "\"*:80\""), Faults{"1:5-11 bad-address v → \"0.0.0.0:80\""});
  EXPECT_EQ(value_faults(address(), "\"::1:80\""), Faults{"1:5-13 bad-address v → \"[::1]:80\""});
  EXPECT_FALSE(takes(address(), "\"/" + std::string(107, 'x') + "\""));
}

TEST(Scalars, Urls) {
  Url parsed = *read_url("https://Shop.example:8443/a?b=c#d");
  EXPECT_EQ(parsed.host, "shop.example");
  EXPECT_EQ(parsed.port, 8443);
  EXPECT_EQ(parsed.target, "/a?b=c");
  EXPECT_EQ(read_url("http://x")->target, "/");
  EXPECT_EQ(read_url("http://x?q")->target, "/?q");
  EXPECT_EQ(read_url("http://[::1]:9/")->host, "::1");
  EXPECT_EQ(read_url("http://[::1]/")->port, 80);
  for (const char* bad : {"", "x", "ftp://x", "http://", "http:// x", "http://a:b@c", "http://x:0",
                          "http://[::1", "http://a b", "http://[]", "http://x:"}) {
    EXPECT_FALSE(read_url(bad)) << bad;
  }
  EXPECT_EQ(value_faults(url(), "\"shop.example\""),
            Faults{"1:5-19 bad-url v → \"https://shop.example\""});
}

TEST(Scalars, InstantsAndDates) {
  EXPECT_EQ(format_instant(*read_instant("2026-12-01T08:00:00Z")), "2026-12-01T08:00:00Z");
  EXPECT_EQ(format_instant(*read_instant("2026-12-01 09:00:00.5+01:00")), "2026-12-01T08:00:00Z");
  for (const char* bad :
       {"", "2026-12-01", "2026-12-01T08:00:00", "2026-02-30T08:00:00Z", "2026-12-01T24:00:00Z",
        "2026-12-01T08:00:00.Z", "2026-12-01T08:00:00+1"}) {
    EXPECT_FALSE(read_instant(bad)) << bad;
  }
  EXPECT_TRUE(takes(instant(), "2026-12-01T08:00:00Z"));
  EXPECT_TRUE(takes(instant(), "\"2026-12-01T08:00:00Z\""));
  EXPECT_EQ(value_faults(instant(), "2026-12-01"), Faults{"1:5-15 bad-instant v"});
  EXPECT_TRUE(takes(date(), "2026-12-01"));
  EXPECT_FALSE(read_date("2026-02-29"));
  EXPECT_TRUE(read_date("2028-02-29"));
  EXPECT_EQ(read_date_range("2026-12-01..2027-01-05")->last,
            chrono::year_month_day(chrono::year(2027), chrono::month(1), chrono::day(5)));
  EXPECT_FALSE(read_date_range("2027-01-05..2026-12-01"));
  EXPECT_FALSE(read_date_range("2027-01-05.."));
}

TEST(Scalars, PathsNamesAndMasks) {
  EXPECT_TRUE(takes(path(), "\"../x\""));
  EXPECT_FALSE(takes(path(), "\"\""));
  EXPECT_FALSE(takes(path(), "\"a\\u0000b\""));
  EXPECT_EQ(value_faults(absolute_path(), "\"x\""), Faults{"1:5-8 bad-path v"});
  EXPECT_TRUE(takes(identifier(), "\"web-2\""));
  EXPECT_FALSE(takes(identifier(), "\"Web\""));
  EXPECT_FALSE(takes(identifier(), '"' + std::string(64, 'a') + '"'));
  EXPECT_TRUE(takes(variable_name(), "\"_A1\""));
  EXPECT_FALSE(takes(variable_name(), "\"1A\""));
  EXPECT_EQ(read_value(octal(0777), "\"0022\"").value->v, 022U);
  EXPECT_EQ(value_faults(octal(0777), "\"7777\""), Faults{"1:5-11 out-of-range v"});
  EXPECT_FALSE(takes(octal(), "\"0089\""));
}

TEST(Scalars, NormaliseBeforeTheyCheck) {
  EXPECT_EQ(read_value(trimmed(lower_case(one_of({"on", "off"}))), "\" ON \"").value->v, "on");
  auto doubled = integer().transform([](std::int64_t n) { return n * 2; });
  EXPECT_EQ(read_value(doubled, "4").value->v, 8);
}

TEST(Scalars, ChecksOfYourOwn) {
  auto even = integer().check("even", [](std::int64_t n) -> std::optional<Problem> {
    if (n % 2 == 0) return std::nullopt;
    Problem problem;
    problem.code = "odd";
    problem.message = "must be even";
    problem.suggestion = std::to_string(n + 1);
    return problem;
  });
  EXPECT_TRUE(takes(even, "2"));
  EXPECT_EQ(value_faults(even, "3"), Faults{"1:5-6 odd v → 4"});
  EXPECT_EQ(value_faults(even, "\"x\""), Faults{"1:5-8 wrong-type v"});
  auto outcome = read_value(integer().at_least(5).why("less would starve it"), "1");
  EXPECT_EQ(outcome.report.diagnostics.at(0).why, "less would starve it");
}

TEST(Scalars, ArgumentVectorIsShownForAString) {
  auto command = list_of(string()).on_string(
      [](const std::string& text) { return Hint{argument_vector(text), "no shell is used"}; });
  EXPECT_EQ(value_faults(command, "\"gunicorn app:api\""),
            Faults{R"(1:5-23 wrong-type v → ["gunicorn", "app:api"])"});
  EXPECT_EQ(value_faults(command, "5"), Faults{"1:5-6 wrong-type v"});
  EXPECT_TRUE(takes(command, "[\"a\"]"));
}

TEST(Scalars, Located) {
  auto outcome = read_value(string().located(), "\"x\"");
  EXPECT_EQ(place(outcome.value->v.span), "1:5-8");
}

}  // namespace
}  // namespace hammock::schema
