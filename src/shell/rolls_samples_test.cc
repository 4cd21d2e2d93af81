#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>

#include "shell/rolls.h"

namespace hammock::shell {
namespace {

using namespace std::chrono_literals;
using forecast::Sample;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Instant kBegin{1'800'000'000s};

class SampleBook : public testing::Test {
 protected:
  ~SampleBook() override { std::filesystem::remove_all(folder); }

  static std::string new_folder() {
    std::string name = testing::TempDir() + "/samples-XXXXXX";
    return mkdtemp(name.data());
  }
  std::string path() const { return folder + "/rolls.db"; }
  static Sample at(Duration since, std::uint64_t used) { return {kBegin + since, used}; }
  std::vector<Sample> add(const SeriesKey& key, Duration since, std::uint64_t used) {
    auto samples = book.add_sample(key, at(since, used));
    EXPECT_TRUE(samples) << samples.error().message;
    return samples.value_or(std::vector<Sample>());
  }
  std::int64_t ask(const char* query) const {
    auto database = Database::open(path());
    auto number = database ? database->ask(query) : std::unexpected(database.error());
    EXPECT_TRUE(number) << number.error().message;
    return number.value_or(-1);
  }
  void execute(const std::string& sql) const {
    auto database = Database::open(path());
    ASSERT_TRUE(database);
    auto done = database->execute(sql.c_str());
    ASSERT_TRUE(done) << done.error().message;
  }

  std::string folder = new_folder();
  SeriesKey disk{"disk", "one", "bytes"};
  Rolls book{path()};
};

TEST_F(SampleBook, GivesBackTheSeriesTheOldestFirst) {
  EXPECT_THAT(add(disk, 0s, 7), ElementsAre(at(0s, 7)));
  EXPECT_THAT(add(disk, 1s, 5), ElementsAre(at(0s, 7), at(1s, 5)));
  EXPECT_THAT(add({"disk", "one", "inodes"}, 1s, 1), ElementsAre(at(1s, 1)));
  EXPECT_THAT(add({"other", "one", "bytes"}, 1s, 2), ElementsAre(at(1s, 2)));
  EXPECT_THAT(add(disk, 2s, 6), ElementsAre(at(0s, 7), at(1s, 5), at(2s, 6)));
  EXPECT_THAT(add(disk, 2s, 9), ElementsAre(at(0s, 7), at(1s, 5), at(2s, 9)));
}

TEST_F(SampleBook, OutlivesTheProcess) {
  add(disk, 0s, 7);
  book = Rolls(path());
  EXPECT_THAT(add(disk, 1s, 8), ElementsAre(at(0s, 7), at(1s, 8)));
}

TEST_F(SampleBook, KeepsAll64Bits) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  EXPECT_THAT(add(disk, 0s, kMost), ElementsAre(at(0s, kMost)));
}

TEST_F(SampleBook, KeepsTheNewestOfEachSeries) {
  add(disk, 0s, 0);
  const std::string more =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1438) "
      "INSERT INTO samples SELECT 1, 1800000000000000 + i * 1000000, i FROM n";
  execute(more);
  std::vector<Sample> samples = add(disk, 1439s, 1439);
  ASSERT_THAT(samples, SizeIs(kSamplesKept));
  EXPECT_EQ(samples.front(), at(0s, 0));
  add({"disk", "one", "inodes"}, 0s, 1);
  samples = add(disk, 1440s, 1440);
  ASSERT_THAT(samples, SizeIs(kSamplesKept));
  EXPECT_EQ(samples.front(), at(1s, 1));
  EXPECT_EQ(samples.back(), at(1440s, 1440));
  EXPECT_EQ(ask("SELECT count(*) FROM samples"), std::int64_t{kSamplesKept} + 1);
}

TEST_F(SampleBook, AnotherIdentityBeginsAnew) {
  add(disk, 0s, 7);
  add({"disk", "one", "inodes"}, 0s, 7);
  add({"other", "one", "bytes"}, 0s, 7);
  EXPECT_THAT(add({"disk", "two", "bytes"}, 1s, 8), ElementsAre(at(1s, 8)));
  EXPECT_EQ(ask("SELECT count(*) FROM series"), 2);
  EXPECT_EQ(ask("SELECT count(*) FROM samples"), 2);
  EXPECT_THAT(add({"other", "one", "bytes"}, 1s, 8), SizeIs(2));
  EXPECT_THAT(add(disk, 2s, 9), ElementsAre(at(2s, 9)));
}

TEST_F(SampleBook, WhatWasNotSeenForLongGoes) {
  add(disk, 0s, 7);
  add({"disk", "one", "inodes"}, 1s, 7);
  add({"gone", "one", "bytes"}, 0s, 7);
  add({"new", "one", "bytes"}, kSeriesKept, 1);
  EXPECT_EQ(ask("SELECT count(*) FROM series"), 4);
  add({"new", "one", "bytes"}, kSeriesKept + 1s, 1);
  EXPECT_EQ(ask("SELECT count(*) FROM series WHERE what = 'inodes'"), 1);
  EXPECT_EQ(ask("SELECT count(*) FROM series"), 2);
  EXPECT_EQ(ask("SELECT count(*) FROM samples"), 3);
  // Each new sample keeps its series.
  add({"disk", "one", "inodes"}, kSeriesKept + 1s, 8);
  EXPECT_THAT(add({"disk", "one", "inodes"}, kSeriesKept + 2s, 9), SizeIs(3));
}

TEST_F(SampleBook, WhatAClockThatWasAheadHasSeenGoes) {
  add(disk, 0s, 7);
  add({"disk", "one", "inodes"}, 24h, 1);
  add(disk, 24h, 9);
  EXPECT_THAT(add(disk, 1h, 8), ElementsAre(at(0s, 7), at(1h, 8)));
  EXPECT_THAT(add(disk, 2h, 8), ElementsAre(at(0s, 7), at(1h, 8), at(2h, 8)));
  EXPECT_EQ(ask("SELECT count(*) FROM samples"), 4);
}

constexpr const char* kVersionOne =
    "CREATE TABLE probes (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE rolls (probe INTEGER NOT NULL, tier INTEGER NOT NULL,"
    " slot INTEGER NOT NULL, period INTEGER NOT NULL, up_ms INTEGER NOT NULL,"
    " down_ms INTEGER NOT NULL, good INTEGER NOT NULL, bad INTEGER NOT NULL,"
    " took_us INTEGER NOT NULL, took_most_us INTEGER NOT NULL,"
    " PRIMARY KEY (tier, slot, probe)) STRICT, WITHOUT ROWID;"
    "INSERT INTO probes VALUES (1, 'shop');"
    "INSERT INTO rolls VALUES (1, 0, 30000000 % 1440, 30000000, 60000, 0, 1, 0, 20000, 20000);"
    "PRAGMA user_version=1";

TEST_F(SampleBook, AFileOfTheFirstVersionKeepsItsRolls) {
  execute(kVersionOne);
  EXPECT_THAT(add(disk, 0s, 7), ElementsAre(at(0s, 7)));
  EXPECT_EQ(ask("PRAGMA user_version"), 2);
  auto rolls = book.of("shop", Tier::kMinute, kBegin, kBegin + 1min);
  ASSERT_TRUE(rolls) << rolls.error().message;
  ASSERT_THAT(*rolls, SizeIs(1));
  EXPECT_EQ(rolls->front().up, 60s);
  EXPECT_THAT(book.take_alarms(), IsEmpty());
}

TEST_F(SampleBook, AFileOfANewerVersionIsLeftAlone) {
  execute("CREATE TABLE future (a); PRAGMA user_version=3");
  auto samples = book.add_sample(disk, at(0s, 7));
  ASSERT_FALSE(samples);
  EXPECT_EQ(samples.error().message, "rolls: a newer Hammock wrote them");
  EXPECT_EQ(ask("SELECT count(*) FROM sqlite_schema"), 1);
  EXPECT_THAT(book.take_alarms(), IsEmpty());
}

TEST_F(SampleBook, ADamagedFileIsBegunAnew) {
  std::ofstream(path()) << std::string(8192, 'x');
  EXPECT_THAT(add(disk, 0s, 7), ElementsAre(at(0s, 7)));
  EXPECT_TRUE(std::filesystem::exists(path() + ".corrupt"));
  EXPECT_THAT(book.take_alarms(), ElementsAre(HasSubstr("was damaged")));
}

TEST_F(SampleBook, ADamageThatShowsItselfLateIsOneAsWell) {
  add(disk, 0s, 7);
  execute("PRAGMA wal_checkpoint(TRUNCATE)");
  book = Rolls(path());
  {
    // All but the first page, which says that it is a database.
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    const auto size = std::filesystem::file_size(path());
    file.seekp(4096);
    file << std::string(size - 4096, 'x');
  }
  EXPECT_THAT(add(disk, 1s, 8), ElementsAre(at(1s, 8)));
  EXPECT_TRUE(std::filesystem::exists(path() + ".corrupt"));
  EXPECT_THAT(book.take_alarms(), ElementsAre(HasSubstr("was damaged")));
}

TEST_F(SampleBook, WhatCannotBeKeptIsSaid) {
  book = Rolls(folder + "/not-there/rolls.db");
  auto samples = book.add_sample(disk, at(0s, 7));
  ASSERT_FALSE(samples);
  EXPECT_THAT(samples.error().message, HasSubstr("No such file"));
}

}  // namespace
}  // namespace hammock::shell
