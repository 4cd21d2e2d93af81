#include "schema/cron.h"

#include <gtest/gtest.h>

#include "schema/scalars.h"
#include "schema/schema_testing.h"

namespace hammock::schema {
namespace {

namespace chrono = std::chrono;
using chrono::year;

// "at+length: message" of what is wrong, with the length in characters.
std::string fault(std::string_view text) {
  auto cron = read_cron(text);
  if (cron) return "";
  EXPECT_EQ(cron.error().code, "bad-cron");
  EXPECT_FALSE(cron.error().help.empty());
  return std::to_string(cron.error().at) + "+" + std::to_string(cron.error().length) + ": " +
         cron.error().message;
}

TEST(Cron, FieldsAreSetsOfValues) {
  Cron cron = *read_cron("*/15 3 1,31 jan-mar mon-5");
  EXPECT_EQ(cron.minutes, 1ULL | 1ULL << 15 | 1ULL << 30 | 1ULL << 45);
  EXPECT_EQ(cron.hours, 8U);
  EXPECT_EQ(cron.days, 1U << 1 | 1U << 31);
  EXPECT_EQ(cron.months, 0b1110U);
  EXPECT_EQ(cron.weekdays, 0b111110U);
  EXPECT_FALSE(cron.any_day);
  EXPECT_TRUE(cron.by_elapsed_time);
  EXPECT_EQ(cron.text, "*/15 3 1,31 jan-mar mon-5");
  EXPECT_EQ(read_cron("0 0 * * 7")->weekdays, 1U);
  EXPECT_EQ(read_cron("10-20/5 0 * * SAT,sun")->minutes, 1ULL << 10 | 1ULL << 15 | 1ULL << 20);
  EXPECT_FALSE(read_cron(" 0\t0  * * 7 ")->by_elapsed_time);
  EXPECT_TRUE(read_cron("0 */2 * * *")->by_elapsed_time);
}

TEST(Cron, ShortNames) {
  Cron weekly = *read_cron("@Weekly");
  EXPECT_EQ(weekly.text, "@Weekly");
  weekly.text = "0 0 * * 0";
  EXPECT_EQ(weekly, *read_cron("0 0 * * 0"));
  for (const char* name : {"@hourly", "@daily", "@midnight", "@monthly", "@yearly", "@annually"}) {
    EXPECT_TRUE(read_cron(name)) << name;
  }
  EXPECT_EQ(fault("@fortnightly"), "0+12: \"@fortnightly\" is no schedule");
  EXPECT_EQ(read_cron("@reboot").error().help, "what runs when the machine starts is a service");
}

TEST(Cron, EachFaultIsShownWhereItIs) {
  EXPECT_EQ(fault("60 * * * *"), "0+2: \"60\" is no minute");
  EXPECT_EQ(fault("0  24 * * *"), "3+2: \"24\" is no hour");
  EXPECT_EQ(fault("0 1,2,x * * *"), "6+1: \"x\" is no hour");
  EXPECT_EQ(fault("* * 0 * *"), "4+1: \"0\" is no day of month");
  EXPECT_EQ(fault("* * * ebm *"), "6+3: \"ebm\" is no month");
  EXPECT_EQ(fault("* * * * 1#6"), "8+3: \"1#6\" is no day of week");
  EXPECT_EQ(fault("* * * * 8"), "8+1: \"8\" is no day of week");
  for (const char* bad : {"", "* * * *", "* * * * * *", "5-1 * * * *", "*/0 * * * *", "1, * * * *",
                          "5/2 * * * *", "* * * * 1#", "* * * * #1", "* * * * L", "L * * * *",
                          "* * 1L * *", "* * * L *", "@", "-1 * * * *", "1.5 * * * *"}) {
    EXPECT_NE(fault(bad), "") << bad;
  }
}

TEST(Cron, ADayThatNeverComesIsAFault) {
  EXPECT_EQ(fault("0 0 31 2 *"), "4+2: day 31 never comes in month 2");
  EXPECT_EQ(fault("0 0 30,31 feb */2"), "4+13: the days of \"30,31 feb */2\" never come");
  EXPECT_EQ(fault("0 0 */31 * 1#5"), "4+10: the days of \"*/31 * 1#5\" never come");
  EXPECT_EQ(fault("0 0 */30 2 1L"), "4+9: the days of \"*/30 2 1L\" never come");
  EXPECT_EQ(fault("0 0 */28 2 1#5"), "") << "in 2044";
  EXPECT_EQ(fault("0 0 31 4,6,9,11 *"), "4+2: day 31 never comes in month 4,6,9,11");
  EXPECT_EQ(fault("0 0 29 2 *"), "");
  EXPECT_EQ(fault("0 0 31 2 1"), "") << "on Mondays it does";
  EXPECT_EQ(fault("0 0 L 2 *"), "");
  EXPECT_EQ(fault("0 0 31 2,3 *"), "");
}

TEST(Cron, EitherDayFieldUnlessOneBeginsWithAStar) {
  const auto friday_13 = year(2026) / 11 / 13;
  const auto tuesday_13 = year(2026) / 10 / 13;
  const auto friday_20 = year(2026) / 11 / 20;
  Cron either = *read_cron("0 0 13 * 5");
  EXPECT_TRUE(either.has_day(friday_13));
  EXPECT_TRUE(either.has_day(tuesday_13));
  EXPECT_TRUE(either.has_day(friday_20));
  Cron both = *read_cron("0 0 */12 * 5");
  EXPECT_TRUE(both.has_day(friday_13));
  EXPECT_FALSE(both.has_day(tuesday_13));
  EXPECT_FALSE(both.has_day(friday_20));
}

TEST(Cron, TheLastDayAndTheNthOfAWeekday) {
  Cron last = *read_cron("0 0 L * *");
  EXPECT_TRUE(last.has_day(year(2028) / 2 / 29));
  EXPECT_FALSE(last.has_day(year(2028) / 2 / 28));
  EXPECT_TRUE(last.has_day(year(2026) / 2 / 28));
  EXPECT_TRUE(last.has_day(year(2026) / 4 / 30));
  Cron second_tuesday = *read_cron("0 0 * * tue#2");
  EXPECT_TRUE(second_tuesday.has_day(year(2026) / 12 / 8));
  EXPECT_FALSE(second_tuesday.has_day(year(2026) / 12 / 1));
  EXPECT_FALSE(second_tuesday.has_day(year(2026) / 12 / 15));
  Cron first_monday = *read_cron("0 0 * * 1#1");
  EXPECT_TRUE(first_monday.has_day(year(2026) / 12 / 7)) << "the latest that a first one can be";
  EXPECT_FALSE(first_monday.has_day(year(2026) / 12 / 14));
  EXPECT_TRUE(read_cron("0 0 * * 1#2")->has_day(year(2026) / 12 / 14));
  Cron last_monday = *read_cron("0 0 * * monL");
  EXPECT_TRUE(last_monday.has_day(year(2026) / 11 / 30));
  EXPECT_FALSE(last_monday.has_day(year(2026) / 11 / 23));
  Cron last_friday = *read_cron("0 0 * * 5L");
  EXPECT_TRUE(last_friday.has_day(year(2026) / 11 / 27));
  EXPECT_FALSE(last_friday.has_day(year(2026) / 11 / 20));
  Cron fifth = *read_cron("0 0 * * 7#5");
  EXPECT_TRUE(fifth.has_day(year(2026) / 11 / 29));
  EXPECT_FALSE(fifth.has_day(year(2026) / 11 / 22));
}

TEST(Cron, InAFileTheSpanIsThePart) {
  EXPECT_EQ(value_faults(cron(), "\"0 0 31 2 *\""), Faults{"1:10-12 bad-cron v"});
  EXPECT_EQ(value_faults(cron(), "\"0 24 * * *\""), Faults{"1:8-10 bad-cron v"});
  EXPECT_EQ(value_faults(cron(), "\"0 0 * *\""), Faults{"1:6-13 bad-cron v"});
  // Not what stands there character by character: then all of it.
  EXPECT_EQ(value_faults(cron(), "\"0 0 31\\t2 *\""), Faults{"1:5-18 bad-cron v"});
}

}  // namespace
}  // namespace hammock::schema
