// What other validators of this kind are known to get wrong, and what happens here.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "schema/house_testing.h"
#include "schema/render.h"
#include "schema/schema_testing.h"

namespace hammock::schema {
namespace {

// A list reports only its first bad item.
TEST(Weakness, EveryBadItemOfAListIsReported) {
  struct Host {
    Address address;
    std::int64_t weight = 0;
  };
  auto host = TableOf<Host>("host")
                  .required("address", &Host::address, address())
                  .required("weight", &Host::weight, integer().range(1, 9))
                  .schema();
  EXPECT_EQ(
      value_faults(
          list_of(host),
          "[{address='a', weight=1}, {address='b:1', weight=0}, {adress='c:1', weight=true}]"),
      (Faults{"1:15-18 bad-address v[0].address", "1:54-55 out-of-range v[1].weight",
              "1:59-65 unknown-key v[2].adress → address", "1:80-84 wrong-type v[2].weight"}));
}

// The order of missing keys changes from run to run.
TEST(Weakness, TheOrderIsThatOfTheDocument) {
  std::string text = "[service.b]\n[service.a]\ncommand=5\n[service.c]\n";
  Faults first = faults(house_schema(), text);
  EXPECT_EQ(first, (Faults{"1:1-1 missing-key name → name = \"web\"",
                           "1:1-12 missing-key service.b.command → command = [\"nginx\"]",
                           "3:9-10 wrong-type service.a.command",
                           "4:1-12 missing-key service.c.command → command = [\"nginx\"]"}));
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(faults(house_schema(), text), first);
}

// One violation of exclusive keys hides every other error of its table.
TEST(Weakness, ExclusiveKeysHideNothing) {
  EXPECT_EQ(
      faults(house_schema(),
             "name='a'\n[service.w]\ncommand=5\nready={tcp='x',notify=true,within=3,z=1}\n"),
      (Faults{"3:9-10 wrong-type service.w.command", "4:12-15 bad-address service.w.ready.tcp",
              "4:16-22 exclusive-keys service.w.ready.notify ~4:8-11",
              "4:35-36 wrong-type service.w.ready.within → \"3s\"",
              "4:37-38 unknown-key service.w.ready.z"}));
}

// A boolean passes for an integer.
TEST(Weakness, ABooleanIsNoInteger) {
  EXPECT_FALSE(takes(integer(), "true"));
  EXPECT_FALSE(takes(number(), "false"));
  EXPECT_FALSE(takes(literal(std::int64_t{1}), "true"));
  EXPECT_FALSE(takes(boolean(), "0"));
}

// A union keeps only its deepest branch, and says "extra keys" for a wrong tag.
TEST(Weakness, AUnionNamesEveryAlternative) {
  using Either = std::variant<std::int64_t, std::vector<std::int64_t>>;
  auto outcome = read_value(any_of<Either>(integer(), list_of(integer())), "'x'");
  EXPECT_EQ(outcome.report.diagnostics.at(0).message,
            "expected an integer or a list of integers, got the string \"x\"");
}

// The text of several errors shows the first only.
TEST(Weakness, TheTextShowsEveryError) {
  auto report = read_text(house_schema(), "nmae='a'\n[service.w]\ncommand=5\n", "t").report;
  std::string text = render_human(report);
  EXPECT_NE(text.find("unknown-key"), std::string::npos);
  EXPECT_NE(text.find("wrong-type"), std::string::npos);
  EXPECT_NE(text.find("2 errors"), std::string::npos);
  std::string lines = render_short(report);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2);
}

// No place, no code, no suggestion; a missing key "got None".
TEST(Weakness, AMissingKeyGotNothing) {
  auto report = read_text(house_schema(), "name='a'\n[service.w]\n", "t").report;
  const Diagnostic& d = report.diagnostics.at(0);
  EXPECT_EQ(place(d.span), "2:1-12");
  EXPECT_EQ(d.code, "missing-key");
  EXPECT_EQ(d.got, "");
  EXPECT_EQ(d.suggestion, "command = [\"nginx\"]");
}

// Unrelated keys make validation slower with the square of their number.
TEST(Weakness, TenThousandTablesAreFast) {
  std::string text = "name='a'\n";
  for (int i = 0; i < 10'000; ++i) {
    text += fmt::format(
        "[service.s{}]\ncommand=['x','y']\ninstances=3\nmin_ready=1\n"
        "needs=[{}]\nrestart={{backoff='1s'}}\n",
        i, i == 9'999 ? "" : fmt::format("'s{}'", i + 1));
  }
  auto document = parse_toml(text, "t");
  ASSERT_TRUE(document);
  auto schema = house_schema();
  auto begin = std::chrono::steady_clock::now();
  auto outcome = read(schema, *document);
  auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_TRUE(outcome.value);
  RecordProperty("microseconds", std::to_string(took / std::chrono::microseconds(1)));
  EXPECT_LT(took, std::chrono::seconds(10));
}

}  // namespace
}  // namespace hammock::schema
