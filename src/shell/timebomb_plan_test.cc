#include "shell/timebomb_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace hammock::shell {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::year;
using testing::SizeIs;
using timebomb::Target;

constexpr std::chrono::year_month_day kDay = year(2027) / 3 / 1;

timebomb::Certificate server(std::string host, std::uint16_t port = 443, std::string starttls = {},
                             std::optional<std::string> name = {}) {
  return {std::move(host), port, std::move(starttls), std::move(name)};
}
timebomb::Backup backup(std::string pattern) {
  timebomb::Backup backup;
  backup.pattern = std::move(pattern);
  return backup;
}

TEST(TimebombIdentity, IsAnotherOneOfWhateverElseIsLookedAt) {
  const std::vector<Target> all = {
      server("a"),
      server("b"),
      server("a", 25),
      server("a", 443, "smtp"),
      server("a", 443, {}, "b"),
      server("a\" 443 \"\" \"b"),
      timebomb::CertificateFile{"/a"},
      timebomb::CertificateFile{"/b"},
      timebomb::Domain{"a", {}, {}},
      timebomb::Domain{"b", {}, {}},
      timebomb::Date{kDay},
      timebomb::Date{year(2027) / 3 / 2},
      timebomb::Disk{"/a"},
      timebomb::Disk{"/b"},
      backup("/a"),
      backup("/b"),
      timebomb::Postgres{"dbname=a", 90, {}},
      timebomb::Postgres{"dbname=b", 90, {}},
      timebomb::Clock{{"a", "b"}},
      timebomb::Clock{{"b", "a"}},
      timebomb::Clock{{"a"}},
      timebomb::Clock{{"a\", \"b"}},
      timebomb::EndOfLife{"a", "1", {}},
      timebomb::EndOfLife{"a", "2", {}},
      timebomb::EndOfLife{"b", "1", {}},
      timebomb::EndOfLife{"a\" \"1", "", {}},
      timebomb::Secret{"/a"},
      timebomb::Secret{"/b"},
      timebomb::Secret{kDay},
      timebomb::Secret{year(2027) / 3 / 2},
      timebomb::Command{{"a", "b"}, {}, {}},
      timebomb::Command{{"a b"}, {}, {}},
      timebomb::Command{{"a\", \"b"}, {}, {}},
      timebomb::Command{{"a", "b"}, "ann", {}},
  };
  std::set<std::string> identities;
  for (const Target& target : all)
    EXPECT_TRUE(identities.insert(identity_of(target)).second) << target_text(target);
  EXPECT_THAT(identities, SizeIs(all.size()));
  EXPECT_THAT(*identities.begin(), SizeIs(16));
}

TEST(TimebombIdentity, IsTheSameWhateverMayBeAsked) {
  timebomb::Backup verified = backup("/a");
  verified.max_age = 1h;
  verified.least_percent = 1;
  verified.verified_by = "restore";
  verified.verified_within = 1h;
  const std::vector<std::pair<Target, Target>> pairs = {
      {timebomb::Disk{"/a", 95}, timebomb::Disk{"/a", 50}},
      {backup("/a"), verified},
      {timebomb::Postgres{"dbname=a", 90, {}}, timebomb::Postgres{"dbname=a", 50, "ann"}},
      {timebomb::Clock{{"a"}, 500ms}, timebomb::Clock{{"a"}, 5ms}},
      {timebomb::Secret{"/a", days(90)}, timebomb::Secret{"/a", days(9)}},
      {timebomb::Secret{kDay, days(90)}, timebomb::Secret{kDay, days(9)}},
      {timebomb::Domain{"a", {}, {}}, timebomb::Domain{"a", "https://r/", "https://b/"}},
      {timebomb::EndOfLife{"a", "1", {}}, timebomb::EndOfLife{"a", "1", "/table"}},
      {timebomb::Command{{"a"}, {}, {}}, timebomb::Command{{"a"}, {}, {{"TOKEN", "x"}}}},
  };
  for (const auto& [one, other] : pairs)
    EXPECT_EQ(identity_of(one), identity_of(other)) << target_text(one);
}

timebomb::Config config(std::string name, Target target) {
  timebomb::Config config;
  config.name = std::move(name);
  config.target = std::move(target);
  return config;
}
std::string begins(std::chrono::year_month_day day, const schedule::Zone& zone) {
  const auto setups = plan_timebombs({config("x", timebomb::Date{day})}, zone);
  return format_instant(setups.at(0)->date.value_or(Instant()));
}

TEST(TimebombPlan, IsInTheOrderOfTheConfiguration) {
  const auto setups = plan_timebombs({config("b", timebomb::Disk{"/"}), config("a", server("a")),
                                      config("c", timebomb::Secret{"/key"})},
                                     schedule::Zone::utc());
  ASSERT_THAT(setups, SizeIs(3));
  EXPECT_EQ(setups[0]->config.name, "b");
  EXPECT_EQ(setups[1]->config.name, "a");
  EXPECT_EQ(setups[1]->identity, identity_of(server("a")));
  for (const auto& setup : setups)
    EXPECT_FALSE(setup->date) << setup->config.name;
}

TEST(TimebombPlan, DaysBeginInTheirZone) {
  EXPECT_EQ(begins(kDay, schedule::Zone::utc()), "2027-03-01T00:00:00Z");
  const schedule::Zone berlin(
      "Berlin",
      {{Instant::min(), 1h}, {Instant(std::chrono::sys_days(year(2027) / 3 / 28)) + 1h, 2h}});
  EXPECT_EQ(begins(kDay, berlin), "2027-02-28T23:00:00Z");
  EXPECT_EQ(begins(year(2027) / 3 / 28, berlin), "2027-03-27T23:00:00Z");
  EXPECT_EQ(begins(year(2027) / 3 / 29, berlin), "2027-03-28T22:00:00Z");
  const auto secret = plan_timebombs({config("x", timebomb::Secret{kDay})}, berlin);
  EXPECT_EQ(format_instant(secret.at(0)->date.value_or(Instant())), "2027-02-28T23:00:00Z");
}

TEST(TimebombPlan, ADayWhoseMidnightIsLeftOutBeginsWhenTheClockIsPutForward) {
  const Instant midnight{std::chrono::sys_days(kDay)};
  const schedule::Zone havana("Havana", {{Instant::min(), -5h}, {midnight + 5h, -4h}});
  EXPECT_EQ(begins(kDay, havana), "2027-03-01T05:00:00Z");
  EXPECT_EQ(begins(year(2027) / 3 / 2, havana), "2027-03-02T04:00:00Z");
  const schedule::Zone beirut("Beirut", {{Instant::min(), 2h}, {midnight - 2h, 3h}});
  EXPECT_EQ(begins(kDay, beirut), "2027-02-28T22:00:00Z");
}

TEST(TimebombPlan, ADayThatBeginsTwiceBeginsAtFirst) {
  const Instant midnight{std::chrono::sys_days(kDay)};
  // At 01:00 it is 00:00 once more.
  const schedule::Zone zone("x", {{Instant::min(), -4h}, {midnight + 5h, -5h}});
  EXPECT_EQ(begins(kDay, zone), "2027-03-01T04:00:00Z");
}

TEST(TimebombPlan, ADayThatAZoneLeftOutBeginsWhereItWouldHave) {
  const Instant midnight{std::chrono::sys_days(kDay)};
  const schedule::Zone samoa("Apia", {{Instant::min(), -10h}, {midnight + 10h, 14h}});
  EXPECT_EQ(begins(kDay, samoa), "2027-03-01T10:00:00Z");
  EXPECT_EQ(begins(year(2027) / 3 / 2, samoa), "2027-03-01T10:00:00Z");
  EXPECT_EQ(begins(year(2027) / 2 / 28, samoa), "2027-02-28T10:00:00Z");
}

}  // namespace
}  // namespace hammock::shell
