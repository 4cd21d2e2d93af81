#include "shell/resolve/timebomb_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hammock::resolve {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

std::optional<service::Config> program(timebomb::Target target, Duration timeout = 30s) {
  timebomb::Config config;
  config.name = "x";
  config.target = std::move(target);
  config.timeout = timeout;
  return program_of(config, "/usr/bin/hammock-gauge", "/etc/shop");
}
// Without the gauge.
std::vector<std::string> words(timebomb::Target target, Duration timeout = 30s) {
  const auto found = program(std::move(target), timeout);
  if (!found || found->command.empty()) return {};
  EXPECT_EQ(found->name, "timebomb.x");
  EXPECT_EQ(found->command.front(), "/usr/bin/hammock-gauge");
  return {found->command.begin() + 1, found->command.end()};
}
timebomb::Backup backup(std::string pattern) {
  timebomb::Backup backup;
  backup.pattern = std::move(pattern);
  return backup;
}

TEST(TimebombProgram, SomeNeedNone) {
  EXPECT_FALSE(program(timebomb::Certificate{"a", 443, {}, {}}));
  EXPECT_FALSE(program(timebomb::Domain{"a.example", {}, {}}));
  EXPECT_FALSE(program(timebomb::Date{}));
  EXPECT_FALSE(program(timebomb::Secret{std::chrono::year_month_day{}}));
}

TEST(TimebombProgram, FilesAreBelowTheFolderOfTheConfiguration) {
  EXPECT_THAT(words(timebomb::CertificateFile{"a.pem"}),
              ElementsAre("certificate", "/etc/shop/a.pem"));
  EXPECT_THAT(words(timebomb::CertificateFile{"/a.pem"}), ElementsAre("certificate", "/a.pem"));
  EXPECT_THAT(words(timebomb::Disk{"data"}), ElementsAre("disk", "/etc/shop/data"));
  EXPECT_THAT(words(backup("/b/*.gz")), ElementsAre("newest", "/b/*.gz"));
  EXPECT_THAT(words(timebomb::Secret{"key"}), ElementsAre("newest", "/etc/shop/key"));
  EXPECT_FALSE(program(timebomb::Disk{"/"})->user);
}

TEST(TimebombProgram, OnlyWhatTheOperatorWroteIsAPattern) {
  const auto newest = [](timebomb::Target target) {
    timebomb::Config config;
    config.name = "x";
    config.target = std::move(target);
    return program_of(config, "/gauge", "/etc/[a]*\\?")->command.back();
  };
  EXPECT_EQ(newest(backup("x/[0-9]*")), "/etc/\\[a]\\*\\\\\\?/x/[0-9]*");
  EXPECT_EQ(newest(timebomb::Secret{"./to?en"}), "/etc/\\[a]\\*\\\\\\?/to\\?en");
  EXPECT_EQ(newest(timebomb::Secret{"/k*y"}), "/k\\*y");
}

TEST(TimebombProgram, AGaugeEndsBeforeItIsKilled) {
  const timebomb::Clock clock{{"a.example", "b.example:124"}};
  EXPECT_THAT(words(clock, 10s), ElementsAre("clock", "8000", "a.example", "b.example:124"));
  EXPECT_THAT(words(clock, 10min), ElementsAre("clock", "60000", "a.example", "b.example:124"));
  const timebomb::Postgres postgres{"dbname=shop user=ann", 90, {}};
  EXPECT_THAT(words(postgres, 10s), ElementsAre("postgres", "8", "dbname=shop user=ann"));
  EXPECT_THAT(words(postgres, 1s), ElementsAre("postgres", "1", "dbname=shop user=ann"));
}

TEST(TimebombProgram, PostgresIsAskedAsItsUser) {
  EXPECT_FALSE(program(timebomb::Postgres{"dbname=shop", 90, {}})->user);
  const auto found = program(timebomb::Postgres{"dbname=shop", 90, "postgres"});
  ASSERT_TRUE(found->user);
  EXPECT_EQ(found->user->value, "postgres");
}

TEST(TimebombProgram, TheEndOfLifeIsOfThisSystemUnlessItNamesAnother) {
  EXPECT_THAT(words(timebomb::EndOfLife{"", "", {}}),
              ElementsAre("end-of-life", "/usr/share/hammock/end-of-life.txt"));
  EXPECT_THAT(words(timebomb::EndOfLife{"php", "8.2", {}}),
              ElementsAre("end-of-life", "/usr/share/hammock/end-of-life.txt", "php", "8.2"));
  EXPECT_THAT(words(timebomb::EndOfLife{"php", "8.2", "own.txt"}),
              ElementsAre("end-of-life", "/etc/shop/own.txt", "php", "8.2"));
}

TEST(TimebombProgram, ACommandIsItsOwn) {
  const auto found =
      program(timebomb::Command{{"bin/ends", "--of", "x"}, "ann", {{"ZONE", "UTC"}}});
  ASSERT_TRUE(found);
  EXPECT_THAT(found->command, ElementsAre("bin/ends", "--of", "x"));
  ASSERT_TRUE(found->user);
  EXPECT_EQ(found->user->value, "ann");
  EXPECT_THAT(found->env, ElementsAre(std::pair<std::string, std::string>("ZONE", "UTC")));
  const auto plain = program(timebomb::Command{{"/x"}, {}, {}});
  EXPECT_FALSE(plain->user);
  EXPECT_THAT(plain->env, IsEmpty());
}

}  // namespace
}  // namespace hammock::resolve
