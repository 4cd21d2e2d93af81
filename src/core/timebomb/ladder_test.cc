#include "core/timebomb/ladder.h"

#include <gmock/gmock.h>

namespace hammock::timebomb {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Ladder, TheLowestRungThatIsReached) {
  const std::vector<Duration> rungs = {days(30), days(14), days(7)};
  EXPECT_EQ(rung_at(rungs, days(31)), std::nullopt);
  EXPECT_EQ(rung_at(rungs, days(30)), days(30));
  EXPECT_EQ(rung_at(rungs, days(8)), days(14));
  EXPECT_EQ(rung_at(rungs, 1s), days(7));
  EXPECT_EQ(rung_at(rungs, 0s), Duration::zero());
  EXPECT_EQ(rung_at(rungs, -days(1)), Duration::zero());
  EXPECT_EQ(rung_at({}, 1s), std::nullopt);
}

TEST(Ladder, UsualRungsAreAQuarterOfALifeAtMost) {
  Reading reading;
  reading.goes_off = Instant(days(1000));
  EXPECT_EQ(rungs_of({}, reading).size(), 5U);
  reading.begins = Instant(days(1000) - 26h);
  EXPECT_THAT(rungs_of({}, reading), IsEmpty());
  reading.begins = Instant(days(1000) - days(28));
  EXPECT_THAT(rungs_of({}, reading), ElementsAre(days(7), days(3), days(1)));
}

TEST(Ladder, WhatWasToldIsAText) {
  Tally tally;
  EXPECT_EQ(text_of(tally), "");
  set_told(tally, "aa", days(7));
  set_told(tally, "bb", 0s);
  EXPECT_EQ(text_of(tally), "aa@604800 bb@0");
  tally.is_ringing = true;
  EXPECT_EQ(text_of(tally), "aa@604800 !bb@0");
  set_told(tally, "aa", days(1));
  EXPECT_EQ(text_of(tally), "bb@0 !aa@86400");
  const Tally back = read_told(text_of(tally));
  EXPECT_EQ(back.told, tally.told);
  EXPECT_TRUE(back.is_ringing);
  EXPECT_FALSE(read_told("aa@1 bb@0").is_ringing);
}

TEST(Ladder, OnlyTheNewestAreKept) {
  Tally tally;
  for (int i = 0; i < 20; ++i)
    set_told(tally, std::to_string(i), days(1));
  EXPECT_EQ(tally.told.size(), kToldMost);
  EXPECT_EQ(tally.told.back().hash, "19");
}

TEST(Ladder, ATextThatIsNoneIsPassedOver) {
  EXPECT_THAT(read_told("").told, IsEmpty());
  EXPECT_THAT(read_told("x y @").told, testing::SizeIs(1));
}

}  // namespace
}  // namespace hammock::timebomb
