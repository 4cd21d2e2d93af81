#include "core/forecast/forecast.h"

#include <gtest/gtest.h>

#include <vector>

namespace hammock::forecast {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::hours;

constexpr Instant kBegin = std::chrono::sys_days(std::chrono::year(2026) / 11 / 1);
constexpr std::uint64_t kGiga = 1'000'000'000;

// An hour apart, `count` of them; `used` tells of each hour.
template <class Used>
std::vector<Sample> hourly(int count, Used used) {
  std::vector<Sample> samples;
  for (int hour = 0; hour < count; ++hour)
    samples.push_back({kBegin + hours(hour), used(static_cast<std::uint64_t>(hour))});
  return samples;
}

std::vector<Sample> steady() {
  return hourly(241, [](std::uint64_t hour) { return 50 * kGiga + hour * kGiga; });
}

void expect_near(std::optional<Instant> instant, Instant expected) {
  ASSERT_TRUE(instant);
  EXPECT_LE(std::chrono::abs(*instant - expected), 1s) << format_instant(*instant);
}

TEST(Forecast, SteadyGrowthIsExact) {
  const auto samples = steady();
  const Instant now = samples.back().at;
  for (const int ahead : {1, 7, 60, 61, 240, 700}) {
    const auto most = samples.back().used + static_cast<std::uint64_t>(ahead) * kGiga;
    const auto forecast = foresee(samples, most, now);
    ASSERT_TRUE(forecast) << ahead;
    expect_near(forecast->at, now + hours(ahead));
    ASSERT_TRUE(forecast->early && forecast->late) << ahead;
    EXPECT_LE(*forecast->early, now + hours(ahead));
    EXPECT_GE(*forecast->early, now + hours(ahead) * 9 / 20 - 3h);
    EXPECT_GE(*forecast->late, now + hours(ahead));
    EXPECT_LE(*forecast->late, now + hours(ahead) * 3 / 2 + 3h);
    EXPECT_EQ(forecast->of, days(10));
  }
}

TEST(Forecast, GapsAndIrregularDistancesChangeNothing) {
  const auto whole = steady();
  std::vector<Sample> some;
  for (std::size_t hour = 0; hour < whole.size(); ++hour) {
    const bool off = hour > 90 && hour < 170;
    if (!off && (hour % 7 == 0 || hour % 5 == 2 || hour + 1 == whole.size()))
      some.push_back(whole[hour]);
  }
  const std::uint64_t most = whole.back().used + 100 * kGiga;
  const auto forecast = foresee(some, most, whole.back().at);
  ASSERT_TRUE(forecast);
  expect_near(forecast->at, whole.back().at + 100h);
}

TEST(Forecast, NoGrowthIsNotInSight) {
  const auto samples = hourly(100, [](std::uint64_t) { return 7 * kGiga; });
  const auto forecast = foresee(samples, 7 * kGiga + 1, samples.back().at);
  EXPECT_EQ(forecast, (Forecast{.at = {}, .early = {}, .late = {}, .of = hours(99)}));
}

TEST(Forecast, WhatShrinksIsNotInSight) {
  const auto samples = hourly(100, [](std::uint64_t hour) { return 900 * kGiga - hour * kGiga; });
  const auto forecast = foresee(samples, 900 * kGiga, samples.back().at);
  EXPECT_EQ(forecast, (Forecast{.at = {}, .early = {}, .late = {}, .of = hours(99)}));
}

TEST(Forecast, WhatIsFullIsFullNow) {
  const auto samples = steady();
  const Instant now = samples.back().at + 5min;
  const Forecast full{.at = now, .early = now, .late = now, .of = days(10)};
  EXPECT_EQ(foresee(samples, samples.back().used, now), full);
  EXPECT_EQ(foresee(samples, samples.back().used - kGiga, now), full);
  const auto one = std::span(samples).last(1);
  EXPECT_EQ(foresee(one, 1, now), (Forecast{.at = now, .early = now, .late = now, .of = {}}));
}

TEST(Forecast, TooLittleIsUnknown) {
  const auto samples = steady();
  const std::uint64_t most = 1000 * kGiga;
  EXPECT_EQ(foresee({}, most, kBegin), std::nullopt);
  EXPECT_EQ(foresee(std::span(samples).first(kSamplesLeast - 1), most, samples[6].at),
            std::nullopt);
  EXPECT_TRUE(foresee(std::span(samples).first(kSamplesLeast), most, samples[7].at));

  std::vector<Sample> minutes;
  for (int minute = 0; minute <= 60; ++minute)
    minutes.push_back({kBegin + std::chrono::minutes(minute), kGiga});
  EXPECT_TRUE(foresee(minutes, most, minutes.back().at));
  minutes.pop_back();
  EXPECT_EQ(foresee(minutes, most, minutes.back().at), std::nullopt);

  // An hour, and nothing until today: two blocks of twelve.
  minutes.push_back({kBegin + days(30), 2 * kGiga});
  EXPECT_EQ(foresee(minutes, most, minutes.back().at), std::nullopt);
}

TEST(Forecast, OldSamplesSayNothingOfToday) {
  const auto samples = steady();
  const std::uint64_t most = samples.back().used + 24 * kGiga;
  EXPECT_EQ(foresee(samples, most, samples.back().at + days(10) + 1s), std::nullopt);
  const Instant now = samples.back().at + days(10);
  const auto forecast = foresee(samples, most, now);
  ASSERT_TRUE(forecast);
  EXPECT_EQ(forecast->at, now);  // by then it was to be full
}

TEST(Forecast, AJumpThatWasSeenMayComeAgain) {
  const auto jumped = hourly(241, [](std::uint64_t hour) {
    return 50 * kGiga + hour * kGiga / 10 + (hour >= 100 ? 100 * kGiga : 0);
  });
  const auto calm = hourly(241, [](std::uint64_t hour) { return 150 * kGiga + hour * kGiga / 10; });
  const std::uint64_t most = jumped.back().used + 90 * kGiga;
  const Instant now = jumped.back().at;
  const auto forecast = foresee(jumped, most, now);
  const auto without = foresee(calm, most, now);
  ASSERT_TRUE(forecast && without && forecast->early && without->early);
  EXPECT_LE(*forecast->early, now + 3h);
  EXPECT_GT(*without->early, now + days(10));
  // At the pace of the younger half it takes 900 hours: the interval does not end before.
  EXPECT_TRUE(!forecast->late || *forecast->late >= now + hours(900));
}

TEST(Forecast, ARhythmIsNotATrend) {
  const auto rotated = hourly(241, [](std::uint64_t hour) { return kGiga + hour % 24 * kGiga; });
  const std::uint64_t peak = 24 * kGiga;
  const auto within = foresee(rotated, peak, rotated.back().at);
  ASSERT_TRUE(within && within->early);
  EXPECT_LE(*within->early, rotated.back().at + 24h);  // as each day
  const auto above = foresee(rotated, 3 * peak, rotated.back().at);
  ASSERT_TRUE(above);
  EXPECT_EQ(above->at, std::nullopt);
  EXPECT_EQ(above->late, std::nullopt);
}

TEST(Forecast, FarBeyondWhatWasSeenTheIntervalIsOpen) {
  const auto samples = steady();
  const Instant now = samples.back().at;
  const auto forecast = foresee(samples, samples.back().used + kGiga * 240 * 11, now);
  ASSERT_TRUE(forecast);
  expect_near(forecast->at, now + days(110));
  ASSERT_TRUE(forecast->early);
  EXPECT_LT(*forecast->early, now + days(56));
  EXPECT_EQ(forecast->late, std::nullopt);

  for (int beyond = 1; beyond < 60; ++beyond) {
    const auto rise = static_cast<std::uint64_t>((kHorizon + days(beyond)) / 1h) * kGiga;
    const auto years = foresee(samples, samples.back().used + rise, now);
    ASSERT_TRUE(years && years->early);
    EXPECT_EQ(years->at, std::nullopt) << beyond;
  }
}

TEST(Forecast, WhatAClockThatWasSetBackSaysIsLeftOut) {
  auto samples = steady();
  const auto expected = foresee(samples, 400 * kGiga, samples.back().at);
  samples.push_back({kBegin + 3h, 399 * kGiga});
  EXPECT_EQ(foresee(samples, 400 * kGiga, samples.back().at), expected);
}

}  // namespace
}  // namespace hammock::forecast
