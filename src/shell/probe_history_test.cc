#include "shell/probe_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "core/probe/facts.h"

namespace hammock::shell {
namespace {

using namespace std::chrono_literals;
using probe::Roll;
using testing::HasSubstr;
using testing::Not;

constexpr Instant kMidnight{1'700'006'400s};

TEST(Uptime, HasThreeValues) {
  const std::vector<Roll> rolls = {{.begin = kMidnight, .up = 60s},
                                   {.begin = kMidnight + 1min, .up = 20s, .down = 30s}};
  EXPECT_EQ(uptime_of(rolls, kMidnight, kMidnight + 3min, kMidnight), (Uptime{80s, 30s, 70s}));
  EXPECT_EQ(uptime_of(rolls, kMidnight + 1min, kMidnight + 3min, kMidnight),
            (Uptime{20s, 30s, 70s}));
}

TEST(Uptime, BeforeTheFirstResultThereIsNothing) {
  const std::vector<Roll> rolls = {{.begin = kMidnight, .up = 60s}};
  EXPECT_EQ(uptime_of(rolls, kMidnight - 1h, kMidnight + 1min, kMidnight), (Uptime{60s, {}, {}}));
  EXPECT_EQ(uptime_of({}, kMidnight - 1h, kMidnight, std::nullopt), Uptime());
}

class History : public testing::Test {
 protected:
  History() {
    std::string name = testing::TempDir() + "/history-XXXXXX";
    folder = mkdtemp(name.data());
  }
  ~History() override { std::filesystem::remove_all(folder); }
  std::string folder;
};

TEST_F(History, IsReadAndToldWithItsGaps) {
  Rolls rolls(folder + "/rolls.db");
  auto minute = [&](Duration since, Duration up, Duration down) {
    rolls.add("shop", {kMidnight + since, up, down, 2, 1, 100ms, 60ms},
              {kMidnight + since, Steady(since)});
  };
  minute(0s, 60s, 0s);
  minute(2h, 30s, 30s);
  const Instant now = kMidnight + 2h + 30min;
  rolls.flush({now, Steady(1h)});
  auto history = read_history(rolls, "shop", now);
  ASSERT_TRUE(history) << history.error().message;
  EXPECT_EQ(history->known_since, kMidnight);
  probe::ProbeFell fell{"shop", kMidnight + 2h, kMidnight + 2h, "status 503"};
  history->changes.push_back({1, now, "probe", "probe fell", "shop", probe::fields_json(fell)});
  const std::string json = history_json(*history);
  EXPECT_THAT(json, HasSubstr(R"("hour":{"up_us":30000000,"down_us":30000000,)"
                              R"("unknown_us":3540000000})"));
  EXPECT_THAT(json,
              HasSubstr(R"("day":{"up_us":90000000,"down_us":30000000,"unknown_us":8880000000})"));
  // The hour in which nobody looked is there, and the one that is not over has its part only.
  EXPECT_THAT(json, HasSubstr(R"("begin":"2023-11-15T01:00:00Z","up_us":0,"down_us":0,)"
                              R"("unknown_us":3600000000,"good":0,"bad":0,"took_us":null)"));
  EXPECT_THAT(json,
              HasSubstr(R"("begin":"2023-11-15T02:00:00Z","up_us":30000000,"down_us":30000000,)"
                        R"("unknown_us":1740000000,"good":2,"bad":1,"took_us":50000,)"
                        R"("took_most_us":60000)"));
  EXPECT_THAT(json, HasSubstr(R"({"status":"down","at":"2023-11-15T02:00:00.000Z",)"
                              R"("message":"status 503"})"));
}

TEST_F(History, TheMinuteThatIsNotOverIsInIt) {
  Rolls rolls(folder + "/rolls.db");
  auto history = read_history(rolls, "shop", kMidnight + 30s);
  ASSERT_TRUE(history) << history.error().message;
  add_running(*history, Roll());
  EXPECT_EQ(history->known_since, std::nullopt);
  const Roll running{kMidnight, 20s, 5s, 3, 1, 60ms, 30ms};
  add_running(*history, running);
  EXPECT_EQ(history->known_since, kMidnight);
  add_running(*history, running);
  for (const auto& some : {history->minutes, history->hours, history->days})
    EXPECT_THAT(some, testing::ElementsAre(Roll{kMidnight, 40s, 10s, 6, 2, 120ms, 30ms}));
  add_running(*history, Roll{kMidnight + 1h, 1s, {}, 1, 0, 9ms, 9ms});
  EXPECT_THAT(history->hours, testing::SizeIs(2));
  EXPECT_THAT(history->days, testing::SizeIs(1));
}

TEST_F(History, OfOneThatWasNeverLookedAtIsEmpty) {
  Rolls rolls(folder + "/rolls.db");
  auto history = read_history(rolls, "shop", kMidnight);
  ASSERT_TRUE(history) << history.error().message;
  EXPECT_EQ(history->known_since, std::nullopt);
  EXPECT_THAT(history_json(*history), HasSubstr(R"("known_since":null)"));
  EXPECT_THAT(history_json(*history), Not(HasSubstr("begin")));
}

}  // namespace
}  // namespace hammock::shell
