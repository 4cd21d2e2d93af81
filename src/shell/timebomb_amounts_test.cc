#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shell/test_timebomb_judge.h"

namespace hammock::shell {
namespace {

using testing::ElementsAre;
using testing::Not;
using timebomb::Disk;
using timebomb::Postgres;

constexpr std::uint64_t kMiB = 1 << 20;

Postgres postgres() {
  return {"dbname=shop", 90, {}};
}
// Hourly samples of the two days until now, `each` more every hour, `used` at last.
Amount growing(std::string what, std::uint64_t used, std::uint64_t most, std::uint64_t each) {
  Amount amount{std::move(what), used, most, 0, {}};
  for (std::uint64_t hours = 48; hours > 0; --hours)
    amount.samples.push_back({kNow - hours * 1h, used - hours * each});
  amount.samples.push_back({kNow, used});
  return amount;
}
Amount unsampled(std::string what, std::uint64_t used, std::optional<std::uint64_t> most) {
  return {std::move(what), used, most, 0, {{kNow, used}}};
}
Sighting judged(const std::vector<Amount>& amounts, std::uint32_t percent = 95,
                const Beside& beside = {kNow, {}, {}}) {
  return judge_amounts(setup_for(Disk{"/srv", percent}), {amounts, {}}, beside);
}
std::string amounts_text(const timebomb::Target& target, const std::string& output) {
  const auto read = read_amounts(target, exited(0, output));
  if (std::string why = why_of(read); !why.empty()) return why;
  std::string text;
  for (const Amount& one : std::get<Measured>(read).amounts) {
    text += fmt::format("{}: {} of {} ({}); ", one.what, one.used,
                        one.most ? std::to_string(*one.most) : "none", one.quiet_below);
  }
  return text + std::get<Measured>(read).hidden;
}

TEST(ReadAmounts, OfADisk) {
  EXPECT_EQ(
      amounts_text(Disk{"/"}, R"({"bytes":{"used":5,"most":9},"inodes":{"used":1,"most":2}})"),
      "bytes: 5 of 9 (0); inodes: 1 of 2 (0); ");
  EXPECT_EQ(amounts_text(Disk{"/"}, R"({"bytes":{"used":0,"most":9},"inodes":null})"),
            "bytes: 0 of 9 (0); ");
  for (const char* nothing :
       {R"({"bytes":{"used":0,"most":0}})", R"({"bytes":{"used":5}})", R"({"bytes":{"most":5}})",
        R"({"bytes":{"used":null,"most":5}})", R"({"bytes":7})",
        R"({"bytes":{"used":1,"most":-5}})", R"({"bytes":[],"inodes":"no"})"})
    EXPECT_EQ(amounts_text(Disk{"/"}, nothing), "the gauge measured nothing") << nothing;
}

TEST(ReadAmounts, NumbersThatNoIntegerHoldsAreTheLargest) {
  EXPECT_EQ(amounts_text(Disk{"/"}, R"({"bytes":{"used":1e300,"most":1e19}})"),
            "bytes: 18000000000000000000 of 10000000000000000000 (0); ");
  EXPECT_EQ(amounts_text(Disk{"/"}, R"({"bytes":{"used":-1e300,"most":9}})"),
            "bytes: 0 of 9 (0); ");
}

TEST(ReadAmounts, OfPostgres) {
  EXPECT_EQ(amounts_text(postgres(),
                         R"({"amounts":[{"kind":"sequence","what":"a","used":1,"most":2},)"
                         R"({"kind":"slot","what":"s","used":6,"most":null},)"
                         R"({"kind":"transactions","what":"x","used":3,"most":4,"quiet_below":5},)"
                         R"({"kind":"multixacts","what":"x","most":4}],"hidden":0})"),
            "sequence a: 1 of 2 (0); slot s: 6 of none (0); transactions x: 3 of 4 (5); ");
}

TEST(ReadAmounts, HiddenSequencesAreSaid) {
  EXPECT_EQ(amounts_text(postgres(), R"x({"amounts":[{"kind":"slot","what":"s (logical, active)",)x"
                                     R"("used":1,"most":2}],"hidden":2})"),
            "slot s: 1 of 2 (0); "
            "2 sequences could not be read: this user needs pg_read_all_data, or it took too long");
  EXPECT_EQ(amounts_text(postgres(), R"({"amounts":[],"hidden":1})"),
            "1 sequence could not be read: this user needs pg_read_all_data, or it took too long");
  EXPECT_EQ(amounts_text(postgres(), R"({"amounts":[],"hidden":0})"), "the gauge measured nothing");
}

TEST(JudgeAmounts, IsUsedUpAtItsPercent) {
  EXPECT_EQ(reading_of(judged({unsampled("bytes", 95, 100)})).goes_off, kNow);
  EXPECT_EQ(reading_of(judged({unsampled("bytes", 100, 100)}, 100)).goes_off, kNow);
  EXPECT_NE(why_of(judged({unsampled("bytes", 94, 100)})), "");
  EXPECT_NE(why_of(judged({unsampled("bytes", 99, 100)}, 100)), "");
  // What is left of a few is not rounded away.
  EXPECT_NE(why_of(judged({unsampled("sequence a", 9, 10)})), "");
  EXPECT_EQ(reading_of(judged({unsampled("sequence a", 10, 10)})).goes_off, kNow);
  EXPECT_NE(why_of(judged({unsampled("sequence a", 0, 1)})), "");
  EXPECT_EQ(reading_of(judged({unsampled("sequence a", 1, 1)})).goes_off, kNow);
  EXPECT_NE(why_of(judged({unsampled("sequence a", 0, 0)})), "");
  EXPECT_EQ(reading_of(judged({unsampled("bytes", 95, 100)})).evidence, "bytes: 95% of 100B used");
  const Amount number = unsampled("sequence \x1b", 95, 100);
  EXPECT_EQ(reading_of(judged({number})).evidence, "sequence \\x1b: 95% of 100 used");
}

TEST(JudgeAmounts, ThePercentOfPostgresIsItsOwn) {
  const std::vector<Amount> some = {unsampled("sequence a", 92, 100)};
  const auto at = [&](std::uint32_t percent) {
    return judge_amounts(setup_for(Postgres{"", percent, {}}), {some, {}}, {kNow, {}, {}});
  };
  EXPECT_EQ(why_of(at(92)), "");
  EXPECT_NE(why_of(at(93)), "");
}

TEST(JudgeAmounts, KeepsSinceWhenItIsUsedUp) {
  const Reading first = reading_of(judged({unsampled("bytes", 95, 100)}));
  const auto later = [](const std::string& what, const Reading& before, Instant now) {
    return reading_of(judged({unsampled(what, 97, 100)}, 95, {now, before, {}})).goes_off;
  };
  EXPECT_EQ(later("bytes", first, kNow + 1h), kNow);
  EXPECT_EQ(later("inodes", first, kNow + 1h), kNow + 1h);
  EXPECT_EQ(later("bytes", first, kNow - 1h), kNow - 1h);
  Reading quiet = first;
  quiet.goes_off.reset();
  EXPECT_EQ(later("bytes", quiet, kNow + 1h), kNow + 1h);
}

TEST(JudgeAmounts, AForecastIsBetweenItsEnds) {
  const Reading reading =
      reading_of(judged({growing("bytes", 500 * kMiB, 1000 * kMiB, kMiB)}, 100));
  ASSERT_TRUE(reading.goes_off && reading.early);
  EXPECT_GT(*reading.goes_off, kNow + 250h);
  EXPECT_LT(*reading.goes_off, kNow + 1000h);
  EXPECT_GT(*reading.early, kNow);
  EXPECT_LE(*reading.early, *reading.goes_off);
  EXPECT_EQ(reading.late.has_value() && *reading.late < *reading.goes_off, false);
  EXPECT_EQ(reading.identity, "bytes");
  EXPECT_EQ(reading.evidence, "bytes: 50% of 1000MiB used, 24MiB more a day");
  // It is to be full earlier when less may be used.
  const Reading sooner = reading_of(judged({growing("bytes", 500 * kMiB, 1000 * kMiB, kMiB)}, 60));
  EXPECT_LT(*sooner.goes_off, *reading.goes_off);
  ASSERT_TRUE(sooner.late);
  EXPECT_GE(*sooner.late, *sooner.goes_off);
}

TEST(JudgeAmounts, GrowthIsSaidWhereThereIsAny) {
  const auto text = [](Amount amount) {
    amount.quiet_below = 1000;
    return reading_of(judged({std::move(amount)})).evidence;
  };
  EXPECT_EQ(text(growing("sequence a", 200, 1000, 1)),
            "sequence a: 20% of 1000 used, 24 more a day");
  EXPECT_EQ(text(growing("sequence a", 200, 1000, 0)), "sequence a: 20% of 1000 used");
  EXPECT_EQ(text(unsampled("sequence a", 200, 1000)), "sequence a: 20% of 1000 used");
  Amount shrunk = growing("sequence a", 200, 1000, 0);
  shrunk.samples.front().used = 900;
  EXPECT_EQ(text(shrunk), "sequence a: 20% of 1000 used");
  Amount young = unsampled("sequence a", 200, 1000);
  young.samples.insert(young.samples.begin(), {kNow - forecast::kSpanLeast + 1s, 100});
  EXPECT_EQ(text(young), "sequence a: 20% of 1000 used");
  young.samples.front().at = kNow - forecast::kSpanLeast;
  EXPECT_EQ(text(young), "sequence a: 20% of 1000 used, 2400 more a day");
}

TEST(JudgeAmounts, BelowItsQuietMarkNothingIsInSight) {
  Amount amount = growing("transactions shop", 500, 1000, 1);
  EXPECT_TRUE(reading_of(judged({amount})).goes_off);
  amount.quiet_below = 500;
  EXPECT_TRUE(reading_of(judged({amount})).goes_off);
  amount.quiet_below = 501;
  const Reading quiet = reading_of(judged({amount}));
  EXPECT_EQ(quiet.goes_off, std::nullopt);
  EXPECT_EQ(quiet.identity, "transactions shop");
  // What is used up is so wherever the mark is.
  amount.used = 950;
  amount.quiet_below = 1000;
  EXPECT_EQ(reading_of(judged({amount})).goes_off, kNow);
}

TEST(JudgeAmounts, WithoutAnEndNothingIsInSight) {
  const Reading reading = reading_of(judged({unsampled("slot \x1bs", 16 * kMiB, {})}));
  EXPECT_EQ(reading.goes_off, std::nullopt);
  EXPECT_EQ(reading.evidence, "slot \\x1bs: 16MiB used, without an end");
}

TEST(JudgeAmounts, TooEarlyIsUnknownAndSaysSo) {
  const Sighting told = judged({unsampled("bytes", 50, 100)});
  ASSERT_TRUE(std::holds_alternative<Unread>(told));
  EXPECT_TRUE(std::get<Unread>(told).is_early);
  EXPECT_EQ(why_of(told), "bytes: 50% of 100B used; it is too early for a forecast");
  Amount forgotten = unsampled("bytes", 50, 100);
  forgotten.samples.clear();  // which could not be kept
  EXPECT_NE(why_of(judged({forgotten})), "");
}

TEST(JudgeAmounts, WhatIsHiddenHidesNothingThatIsNear) {
  const auto with = [](Amount amount) {
    return judge_amounts(setup_for(Disk{"/srv", 95}), {{std::move(amount)}, "1 is hidden"},
                         {kNow, {}, {}});
  };
  const Reading full = reading_of(with(unsampled("bytes", 99, 100)));
  EXPECT_EQ(full.goes_off, kNow);
  EXPECT_THAT(full.evidence, EndsWith("; 1 is hidden"));
  const Sighting far = with(growing("bytes", 100, 100'000, 1));
  EXPECT_EQ(why_of(far), "1 is hidden");
  EXPECT_FALSE(std::get<Unread>(far).is_early);
}

TEST(JudgeAmounts, TheEarliestOfAllIsEarly) {
  const Amount slow = growing("bytes", 500'000, 1'000'000, 400);
  const Amount slower = growing("inodes", 500'000, 1'000'000, 300);
  const Amount far = growing("inodes", 500'000, 1'000'000, 1);
  const Instant alone = *reading_of(judged({slow})).early;
  EXPECT_EQ(reading_of(judged({slow, far})).early, alone);
  Amount bursty = slower;  // later than the other by what is likely, and perhaps before it
  for (std::size_t i = 0; i < bursty.samples.size(); ++i)
    bursty.samples[i].used -= i % 12 == 0 ? 12 * 300 : 0;
  const Reading both = reading_of(judged({slow, bursty}));
  EXPECT_EQ(both.early, std::min(alone, *reading_of(judged({bursty})).early));
}

TEST(JudgeAmounts, TooEarlyForOneIsTooEarlyForAll) {
  const Amount far = growing("bytes", 500'000, 10'000'000, 1);
  EXPECT_THAT(why_of(judged({far, unsampled("inodes", 40, 100)})), StartsWith("inodes: 40%"));
  const Amount near = growing("bytes", 900'000, 1'000'000, 1000);
  EXPECT_THAT(reading_of(judged({near, unsampled("inodes", 40, 100)})).evidence,
              HasSubstr("too early"));
}

TEST(JudgeAmounts, TheWorstIsTold) {
  const Amount endless = unsampled("slot s", 9, {});
  const Amount early = unsampled("sequence early", 10, 1000);
  const Amount earlier = unsampled("sequence earlier", 20, 1000);
  const Amount slow = growing("sequence slow", 500, 1000, 1);
  const Amount fast = growing("sequence fast", 500, 1000, 9);
  const Amount full = unsampled("sequence full", 999, 1000);
  Amount quiet = growing("sequence quiet", 300, 1000, 1);
  quiet.quiet_below = 400;
  const auto worst = [](std::vector<Amount> amounts) {
    std::string forward;
    for (int i = 0; i < 2; ++i) {
      const Sighting told = judged(amounts);
      const auto* unread = std::get_if<Unread>(&told);
      const std::string what = unread != nullptr ? unread->why.substr(0, unread->why.find(':'))
                                                 : std::get<Reading>(told).identity;
      EXPECT_TRUE(i == 0 || what == forward) << what;
      forward = what;
      std::ranges::reverse(amounts);
    }
    return forward;
  };
  EXPECT_EQ(worst({endless, early, slow, fast, full, quiet}), "sequence full");
  EXPECT_EQ(worst({endless, early, slow, fast, quiet}), "sequence fast");
  EXPECT_EQ(worst({endless, early, slow, quiet}), "sequence slow");
  EXPECT_EQ(worst({endless, early, earlier, quiet}), "sequence earlier");
  EXPECT_EQ(worst({endless, quiet}), "sequence quiet");
}

}  // namespace
}  // namespace hammock::shell
