#include "shell/rolls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace hammock::shell {
namespace {

using namespace std::chrono_literals;
using probe::Roll;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Instant kMidnight{1'700'006'400s};  // of a day in UTC

class RollBook : public testing::Test {
 protected:
  RollBook() {
    std::string name = testing::TempDir() + "/rolls-XXXXXX";
    folder = mkdtemp(name.data());
  }
  ~RollBook() override { std::filesystem::remove_all(folder); }

  std::string path() const { return folder + "/rolls.db"; }
  Now at(Duration since) const { return {kMidnight + since, Steady(100s + since)}; }
  static Roll roll(Duration since, Duration up, Duration down = {}) {
    return {kMidnight + since, up, down, 1, down > Duration::zero() ? 1U : 0U, 20ms, 20ms};
  }
  std::vector<Roll> rolls(Rolls& book, Tier tier, const std::string& probe = "shop") {
    auto found = book.of(probe, tier, kMidnight - 24h * 1000, kMidnight + 24h * 1000);
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(std::vector<Roll>());
  }
  std::string folder;
};

TEST_F(RollBook, MinutesMakeHoursAndDays) {
  Rolls book(path());
  book.add("shop", roll(0s, 60s), at(0s));
  book.add("shop", roll(1min, 30s, 30s), at(1min));
  book.add("shop", roll(1min, 0s, 0s), at(1min));
  book.add("shop", roll(61min, 60s), at(61min));
  book.add("mail", roll(61min, 10s), at(61min));
  EXPECT_TRUE(book.next_flush());
  book.flush(at(62min));
  EXPECT_FALSE(book.next_flush());
  const auto minutes = rolls(book, Tier::kMinute);
  ASSERT_THAT(minutes, SizeIs(3));
  EXPECT_EQ(minutes[1], (Roll{kMidnight + 1min, 30s, 30s, 2, 1, 40ms, 20ms}));
  const auto hours = rolls(book, Tier::kHour);
  ASSERT_THAT(hours, SizeIs(2));
  EXPECT_EQ(hours[0], (Roll{kMidnight, 90s, 30s, 3, 1, 60ms, 20ms}));
  EXPECT_EQ(hours[1].begin, kMidnight + 1h);
  ASSERT_THAT(rolls(book, Tier::kDay), SizeIs(1));
  EXPECT_EQ(rolls(book, Tier::kDay)[0].up, 150s);
  EXPECT_THAT(rolls(book, Tier::kMinute, "mail"), SizeIs(1));
  EXPECT_THAT(rolls(book, Tier::kMinute, "nobody"), IsEmpty());
}

TEST_F(RollBook, OnlyWhatBeginsWithinIsShown) {
  Rolls book(path());
  for (int i = 0; i < 10; ++i)
    book.add("shop", roll(i * 1min, 60s), at(10min));
  book.flush(at(10min));
  auto some = book.of("shop", Tier::kMinute, kMidnight + 1min + 1s, kMidnight + 4min);
  ASSERT_TRUE(some);
  EXPECT_THAT(*some, ElementsAre(Field(&Roll::begin, kMidnight + 2min),
                                 Field(&Roll::begin, kMidnight + 3min)));
}

TEST_F(RollBook, TheRingTurns) {
  Rolls book(path());
  book.add("shop", roll(0s, 10s), at(0s));
  book.add("shop", roll(24h, 20s), at(24h));  // the same slot
  book.flush(at(24h));
  book.add("shop", roll(0s, 40s), at(24h));  // a clock that was set back: too late
  book.flush(at(24h));
  EXPECT_THAT(rolls(book, Tier::kMinute),
              ElementsAre(Roll{kMidnight + 24h, 20s, {}, 1, 0, 20ms, 20ms}));
  EXPECT_THAT(rolls(book, Tier::kDay), SizeIs(2));
}

TEST_F(RollBook, EachTakesAFixedPlace) {
  constexpr int kProbes = 20;
  Rolls book(path());
  // Three days of minutes fill the first ring more than once; the other two by what they keep.
  for (Duration since{}; since < 72h; since += 1min) {
    for (int i = 0; i < kProbes; ++i)
      book.add("probe-with-a-name-" + std::to_string(i), roll(since, 55s, 5s), at(since));
  }
  for (int day = 4; day < 404; ++day) {
    for (int hour = 0; hour < 24; ++hour) {
      for (int i = 0; i < kProbes; ++i) {
        const Duration since = day * 24h + hour * 1h;
        book.add("probe-with-a-name-" + std::to_string(i), roll(since, 55s, 5s), at(since));
      }
    }
  }
  book.flush(at(404 * 24h));
  struct stat file{};
  ASSERT_EQ(stat(path().c_str(), &file), 0);
  EXPECT_LE(file.st_size, kProbes * 200'000);
  EXPECT_THAT(rolls(book, Tier::kMinute, "probe-with-a-name-7"), SizeIs(probe::kMinutesKept));
  EXPECT_THAT(rolls(book, Tier::kHour, "probe-with-a-name-7"), SizeIs(probe::kHoursKept));
  EXPECT_THAT(rolls(book, Tier::kDay, "probe-with-a-name-7"), SizeIs(probe::kDaysKept));
}

TEST_F(RollBook, OutlivesTheProcess) {
  const pid_t child = fork();
  if (child == 0) {
    Rolls book(path());
    for (int i = 0; i < 100; ++i)
      book.add("shop", roll(i * 1min, 60s), at(1h));
    book.flush(at(1h));
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  Rolls book(path());
  EXPECT_THAT(rolls(book, Tier::kMinute), SizeIs(100));
}

TEST_F(RollBook, ADamagedFileIsBegunAnew) {
  std::ofstream(path()) << std::string(8192, 'x');
  Rolls book(path());
  book.add("shop", roll(0s, 60s), at(0s));
  book.flush(at(1min));
  EXPECT_EQ(book.trouble(), "");
  EXPECT_THAT(rolls(book, Tier::kMinute), SizeIs(1));
  EXPECT_TRUE(std::filesystem::exists(path() + ".corrupt"));
  EXPECT_THAT(book.take_alarms(), ElementsAre(HasSubstr("was damaged")));
  EXPECT_THAT(book.take_alarms(), IsEmpty());
}

TEST_F(RollBook, WhatCannotBeWrittenWaitsAndIsBounded) {
  const std::string below = folder + "/not-there-yet";
  Rolls book(below + "/rolls.db");
  for (std::size_t i = 0; i < kRollsWaiting + 10; ++i)
    book.add("shop", roll(Duration(static_cast<std::int64_t>(i) * 60'000'000), 60s), at(0s));
  book.flush(at(0s));
  EXPECT_THAT(book.trouble(), HasSubstr("what is seen over time cannot be written"));
  ASSERT_TRUE(book.next_flush());
  EXPECT_GT(*book.next_flush(), at(0s).steady);
  std::filesystem::create_directory(below);
  book.flush(at(1min));
  EXPECT_EQ(book.trouble(), "");
  EXPECT_THAT(rolls(book, Tier::kMinute), SizeIs(probe::kMinutesKept));
}

}  // namespace
}  // namespace hammock::shell
