#include "core/probe/roll.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hammock::probe {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Instant kNoon{1'700'000'040s};  // a full minute

class Rolling : public testing::Test {
 protected:
  void result(Instant at, Duration time, Verdict verdict = Verdict::kGood, Duration took = 20ms) {
    add(roll, {at, time, verdict, took}, over);
  }
  Roll roll;
  std::vector<Roll> over;
};

TEST_F(Rolling, AMinuteGathersItsResults) {
  result(kNoon + 10s, 10s);
  result(kNoon + 20s, 10s, Verdict::kBad);
  result(kNoon + 30s, 10s, Verdict::kGood, 60ms);
  EXPECT_THAT(over, IsEmpty());
  EXPECT_EQ(roll.begin, kNoon);
  EXPECT_EQ(roll.up, 20s);
  EXPECT_EQ(roll.down, 10s);
  EXPECT_EQ(roll.good, 2U);
  EXPECT_EQ(roll.bad, 1U);
  EXPECT_EQ(roll.took, 80ms);
  EXPECT_EQ(roll.took_most, 60ms);
}

TEST_F(Rolling, TimeIsSplitAtTheBorders) {
  result(kNoon + 50s, 10s);
  result(kNoon + 125s, 75s, Verdict::kBad);
  ASSERT_THAT(over, SizeIs(3));
  EXPECT_EQ(over[0], (Roll{kNoon, 10s, {}, 1, 0, 20ms, 20ms}));
  EXPECT_EQ(over[1], (Roll{kNoon + 1min, {}, 60s, 0, 0, {}, {}}));
  EXPECT_EQ(over[2], (Roll{kNoon, {}, 10s, 0, 0, {}, {}}));
  // The result itself is of the newest minute.
  EXPECT_EQ(roll, (Roll{kNoon + 2min, {}, 5s, 0, 1, {}, {}}));
}

TEST_F(Rolling, TheMinuteBeforeGetsItsPart) {
  result(kNoon + 50s, 10s);
  result(kNoon + 70s, 20s);
  ASSERT_THAT(over, SizeIs(1));
  EXPECT_EQ(over[0].up, 20s);
  EXPECT_EQ(roll.up, 10s);
}

TEST_F(Rolling, UnknownIsNoTime) {
  result(kNoon + 10s, 10s, Verdict::kUnknown);
  EXPECT_EQ(roll.up + roll.down, Duration::zero());
  EXPECT_EQ(roll.good + roll.bad, 0U);
  EXPECT_EQ(roll.took, Duration::zero());
}

TEST_F(Rolling, AtTheVeryBorder) {
  result(kNoon + 1min, 30s);
  ASSERT_THAT(over, SizeIs(1));
  EXPECT_EQ(over[0].begin, kNoon);
  EXPECT_EQ(over[0].up, 30s);
  EXPECT_EQ(roll.begin, kNoon + 1min);
  EXPECT_EQ(roll.up, Duration::zero());
  EXPECT_EQ(roll.good, 1U);
}

TEST_F(Rolling, AClockThatIsSetBackBeginsAnother) {
  result(kNoon + 30s, 10s);
  result(kNoon - 1h, 10s);
  ASSERT_THAT(over, SizeIs(2));
  EXPECT_EQ(over[0].begin, kNoon);
  EXPECT_EQ(over[0].up, 10s);
  EXPECT_EQ(over[1].begin, kNoon - 1h - 1min);
  EXPECT_EQ(over[1].up, 10s);
  EXPECT_EQ(roll.begin, kNoon - 1h);
}

TEST_F(Rolling, NoResultStandsForLongerThanTwoDays) {
  result(kNoon + 30s, 24h * 400);
  EXPECT_THAT(over, SizeIs(2 * 24 * 60));
}

}  // namespace
}  // namespace hammock::probe
