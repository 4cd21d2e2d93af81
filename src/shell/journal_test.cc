#include "shell/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "shell/test_folder.h"

namespace hammock::shell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Instant kNow{std::chrono::seconds(1'795'000'000)};

Journal opened(const std::string& path, std::string_view boot = "boot-1") {
  auto journal = Journal::open(path, boot, kNow);
  if (!journal) ADD_FAILURE() << journal.error().message;
  EXPECT_FALSE(journal->set_aside) << *journal->set_aside;
  return std::move(journal->journal);
}

Batch facts(std::vector<NewFact> list) {
  for (NewFact& fact : list)
    fact.at = kNow;
  return {.facts = std::move(list)};
}

std::vector<std::string> replayed(Journal& journal, std::int64_t after) {
  std::vector<std::string> found;
  auto visited = journal.replay(after, [&](const Journal::Replayed& fact) {
    found.push_back(std::string(fact.room) + " " + std::string(fact.kind) + " " +
                    std::string(fact.fields));
  });
  if (!visited) found.push_back(visited.error().message);
  return found;
}

TEST(Journal, GivesBackWhatWasWrittenInOrder) {
  TestFolder folder;
  {
    Journal journal = opened(folder / "journal.db");
    ASSERT_TRUE(
        journal.write(facts({{"r", "a", "web", R"({"n":1})", ""}, {"r", "b", "db", "{}", ""}})));
    ASSERT_EQ(*journal.write(facts({{"r", "c", "", "{}", ""}})), 3);
  }
  Journal journal = opened(folder / "journal.db");
  EXPECT_THAT(*journal.facts_after(1, 10), ElementsAre(FactRow{2, kNow, "r", "b", "db", "{}"},
                                                       FactRow{3, kNow, "r", "c", "", "{}"}));
  EXPECT_THAT(*journal.facts_after(0, 1),
              ElementsAre(FactRow{1, kNow, "r", "a", "web", R"({"n":1})"}));
  EXPECT_EQ(*journal.newest_fact(), 3);
  struct stat file{};
  ASSERT_EQ(stat((folder / "journal.db").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600U);
}

TEST(Journal, RemembersTheNewestFactOfAKeyUntilForgotten) {
  TestFolder folder;
  Journal journal = opened(folder / "journal.db");
  ASSERT_TRUE(journal.write(facts({{"r", "stopped", "web", "{}", "want/web"},
                                   {"r", "stopped", "db", "{}", "want/db"},
                                   {"r", "started", "web", "{}", "want/web"}})));
  EXPECT_THAT(replayed(journal, 3), ElementsAre("r stopped {}", "r started {}"));
  Batch forget = facts({});
  forget.forgotten = {"want/db"};
  ASSERT_TRUE(journal.write(forget));
  EXPECT_THAT(replayed(journal, 3), ElementsAre("r started {}"));
  forget.forgotten = {"want"};
  ASSERT_TRUE(journal.write(forget));
  EXPECT_THAT(replayed(journal, 3), IsEmpty());
}

TEST(Journal, ReplaysWhatIsRememberedAndThenTheNewestEachOnce) {
  TestFolder folder;
  Journal journal = opened(folder / "journal.db");
  ASSERT_TRUE(journal.write(facts({{"r", "a", "", "1", "one"},
                                   {"r", "b", "", "2", ""},
                                   {"r", "c", "", "3", "three"},
                                   {"r", "d", "", "4", "four"},
                                   {"r", "e", "", "5", "five"}})));
  EXPECT_THAT(replayed(journal, -1), ElementsAre("r a 1", "r b 2", "r c 3", "r d 4", "r e 5"));
  EXPECT_THAT(replayed(journal, 2), ElementsAre("r a 1", "r c 3", "r d 4", "r e 5"));
  EXPECT_THAT(replayed(journal, 3), ElementsAre("r a 1", "r c 3", "r d 4", "r e 5"));
  EXPECT_FALSE(*journal.expire(kNow, Retention{.bytes = 1}));
  EXPECT_THAT(replayed(journal, 3), ElementsAre("r a 1", "r c 3", "r d 4", "r e 5"))
      << "4 is only remembered now";
}

TEST(Journal, WhatIsRememberedAndWasTakenFromTheMiddleIsReplayedInItsPlace) {
  TestFolder folder;
  Journal journal = opened(folder / "journal.db");
  Batch batch = facts({{"r", "a", "", "1", "one"},
                       {"r", "b", "", "2", "two"},
                       {"r", "c", "", "3", ""},
                       {"r", "d", "", "4", "four"}});
  batch.facts[1].at = kNow + std::chrono::days(3);
  ASSERT_TRUE(journal.write(batch));
  ASSERT_TRUE(journal.expire(kNow, Retention{}));
  EXPECT_EQ(journal.facts_after(0, 9)->size(), 3U);
  EXPECT_THAT(replayed(journal, -1), ElementsAre("r a 1", "r b 2", "r c 3", "r d 4"));
  EXPECT_THAT(replayed(journal, 3), ElementsAre("r a 1", "r b 2", "r d 4"));
}

TEST(Journal, SaysWhetherAPromiseCanBeKept) {
  TestFolder folder;
  Journal journal = opened(folder / "journal.db");
  EXPECT_TRUE(journal.prove_writable(kNow));
  auto other = Database::open(folder / "journal.db");
  ASSERT_TRUE(other->execute("BEGIN IMMEDIATE"));
  EXPECT_FALSE(journal.prove_writable(kNow));
  ASSERT_TRUE(other->execute("ROLLBACK"));
  EXPECT_TRUE(journal.prove_writable(kNow));
}

TEST(Journal, RetentionRemovesOldRowsInBoundedSteps) {
  TestFolder folder;
  Journal journal = opened(folder / "journal.db");
  Batch batch = facts(std::vector<NewFact>(1200, {"r", "tick", "web", "{}", ""}));
  ASSERT_TRUE(journal.write(batch));
  Retention retention{.age = std::chrono::hours(1)};
  EXPECT_FALSE(*journal.expire(kNow, retention));
  EXPECT_TRUE(*journal.expire(kNow + std::chrono::hours(2), retention));
  EXPECT_EQ(journal.facts_after(0, 5000)->front().id, 501);
  EXPECT_TRUE(*journal.expire(kNow + std::chrono::hours(2), retention));
  EXPECT_FALSE(*journal.expire(kNow + std::chrono::hours(2), retention));
  EXPECT_THAT(*journal.facts_after(0, 9),
              ElementsAre(FactRow{1200, kNow, "r", "tick", "web", "{}"}));
  ASSERT_TRUE(journal.write(facts({{"r", "next", "", "{}", ""}})));
  EXPECT_EQ(*journal.newest_fact(), 1201);
}

TEST(Journal, FactsOfAClockThatWasAheadExpire) {
  TestFolder folder;
  Journal journal = opened(folder / "journal.db");
  Batch ahead = facts({{"r", "ahead", "", "{}", ""}});
  ahead.facts[0].at = kNow + std::chrono::days(3);
  ASSERT_TRUE(journal.write(ahead));
  ASSERT_TRUE(journal.write(facts({{"r", "now", "", "{}", ""}, {"r", "now", "", "{}", ""}})));
  EXPECT_FALSE(*journal.expire(kNow, Retention{}));
  EXPECT_THAT(*journal.facts_after(0, 9), ElementsAre(FactRow{2, kNow, "r", "now", "", "{}"},
                                                      FactRow{3, kNow, "r", "now", "", "{}"}));
}

TEST(Journal, RetentionBoundsTheFile) {
  TestFolder folder;
  Journal journal = opened(folder / "journal.db");
  Batch batch =
      facts(std::vector<NewFact>(100, {"r", "big", "", "\"" + std::string(4000, 'x') + "\"", ""}));
  Retention retention{.bytes = 1 << 20};
  for (int round = 0; round < 50; ++round) {
    ASSERT_TRUE(journal.write(batch));
    ASSERT_TRUE(journal.expire(kNow, retention));
  }
  struct stat file{};
  ASSERT_EQ(stat((folder / "journal.db").c_str(), &file), 0);
  EXPECT_LT(file.st_size, 6 << 20);  // 20 MB were written
}

std::int64_t facts_of(Journal& journal, std::string_view kind, std::string_view subject) {
  return static_cast<std::int64_t>(journal.facts_about("r", kind, subject, 100'000)->size());
}

TEST(Journal, TheNoisyOnePushesOutItsOwnPastFirst) {
  TestFolder folder;
  Journal journal = opened(folder / "journal.db");
  const std::string body = "\"" + std::string(1000, 'x') + "\"";
  ASSERT_TRUE(journal.write(facts(std::vector<NewFact>(300, {"r", "end", "web", body, ""}))));
  ASSERT_TRUE(journal.write(facts(std::vector<NewFact>(300, {"r", "ping", "calm", body, ""}))));
  const Batch noise = facts(std::vector<NewFact>(500, {"r", "ping", "noisy", body, ""}));
  const Retention retention{.common = "ping", .bytes = 2 << 20};
  for (int round = 0; round < 10; ++round) {
    ASSERT_TRUE(journal.write(noise));
    ASSERT_TRUE(journal.expire(kNow, retention));
  }
  EXPECT_EQ(facts_of(journal, "end", "web"), 300);
  EXPECT_EQ(facts_of(journal, "ping", "calm"), 300);
  EXPECT_GT(facts_of(journal, "ping", "noisy"), 100);
  EXPECT_LT(facts_of(journal, "ping", "noisy"), 1800);
  EXPECT_EQ(journal.facts_about("r", "ping", "noisy", 1)->front().id, *journal.newest_fact());
}

TEST(Journal, OfEachSomeAreKeptAsLongAsOtherFacts) {
  TestFolder folder;
  Journal journal = opened(folder / "journal.db");
  for (const char* subject : {"a", "b", "c"})
    ASSERT_TRUE(journal.write(facts(std::vector<NewFact>(150, {"r", "ping", subject, "{}", ""}))));
  ASSERT_TRUE(journal.write(facts(std::vector<NewFact>(600, {"r", "end", "web", "{}", ""}))));
  const Retention retention{.common = "ping", .bytes = 1};
  for (int round = 0; round < 3; ++round)
    ASSERT_TRUE(journal.expire(kNow, retention));
  for (const char* subject : {"a", "b", "c"})
    EXPECT_EQ(facts_of(journal, "ping", subject), 100) << subject;
  EXPECT_EQ(facts_of(journal, "end", "web"), 600);
  while (*journal.expire(kNow, retention)) {
  }
  EXPECT_EQ(journal.facts_after(0, 5000)->size(), 1U) << "then the oldest, whatever they are";
}

TEST(Journal, ADamagedFileIsSetAsideLoudly) {
  TestFolder folder;
  std::string path = folder / "journal.db";
  {
    ASSERT_TRUE(opened(path).write(facts({{"r", "a", "", "{}", ""}})));
  }
  std::ofstream(path, std::ios::binary) << std::string(8192, '!');
  auto again = Journal::open(path, "boot-1", kNow);
  ASSERT_TRUE(again) << again.error().message;
  ASSERT_TRUE(again->set_aside);
  EXPECT_THAT(*again->set_aside, HasSubstr(path + ".corrupt-1795000000"));
  EXPECT_EQ(access((path + ".corrupt-1795000000").c_str(), F_OK), 0);
  EXPECT_THAT(*again->journal.facts_after(0, 9), IsEmpty());
  EXPECT_TRUE(again->journal.write(facts({{"r", "b", "", "{}", ""}})));
}

TEST(Journal, DamageInsideIsFoundAtTheStart) {
  TestFolder folder;
  std::string path = folder / "journal.db";
  {
    ASSERT_TRUE(
        opened(path).write(facts(std::vector<NewFact>(500, {"r", "a", "b", "{\"c\":1}", ""}))));
  }
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(4096 * 3);
  file << std::string(4096, '\x5a');
  file.close();
  auto again = Journal::open(path, "boot-1", kNow);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->set_aside);
}

TEST(Journal, ANewerVersionIsRefusedAndLeftAlone) {
  TestFolder folder;
  std::string path = folder / "journal.db";
  {
    opened(path);
  }
  {
    ASSERT_TRUE(Database::open(path)->execute("PRAGMA user_version=99"));
  }
  auto again = Journal::open(path, "boot-1", kNow);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message, HasSubstr("newer Hammock"));
  EXPECT_EQ(access(path.c_str(), F_OK), 0);
}

// In a child, because the limit is for the whole process: "full" says what happened to each write.
TEST(Journal, AFullDiskFailsTheBatchAndLaterOnesWorkAgain) {
  TestFolder folder;
  std::string path = folder / "journal.db";
  pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    auto journal = Journal::open(path, "boot-1", kNow);
    if (!journal) _exit(10);
    Batch big = facts({{"r", "big", "", "\"" + std::string(300'000, 'x') + "\"", ""}});
    big.lasting = true;
    rlimit limit{200'000, 10'000'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    auto refused = journal->journal.write(big);
    if (refused) _exit(11);
    if (refused.error().code != ErrorCode::kSystem) _exit(12);
    limit.rlim_cur = 10'000'000;
    setrlimit(RLIMIT_FSIZE, &limit);
    if (!journal->journal.write(big)) _exit(13);
    _exit(journal->journal.facts_after(0, 9)->size() == 1 ? 0 : 14);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << WEXITSTATUS(status);
}

TEST(Journal, AReadOnlyFolderIsAnError) {
  EXPECT_FALSE(Journal::open("/proc/journal.db", "boot-1", kNow));
}

// A writer says through a pipe which promise was kept, and is killed at a random moment.
TEST(Journal, PromisesSurviveKills) {
  std::mt19937 random(7);
  TestFolder folder;
  std::string path = folder / "journal.db";
  std::int64_t promised = 0;
  for (int round = 0; round < 25; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
      auto journal = Journal::open(path, "boot-1", kNow);
      for (;;) {
        Batch batch = facts({{"r", "promise", "", "{}", ""}, {"r", "promise", "", "{}", "key"}});
        batch.lasting = true;
        auto id = journal->journal.write(batch);
        if (!id || ::write(ends[1], &*id, sizeof *id) != sizeof *id) _exit(1);
      }
    }
    close(ends[1]);
    std::int64_t id = 0;
    auto kept = random() % 40;
    for (auto i = 0UL; i <= kept; ++i)
      ASSERT_EQ(::read(ends[0], &id, sizeof id), 8);
    kill(child, SIGKILL);
    while (::read(ends[0], &id, sizeof id) == 8) {
    }
    close(ends[0]);
    waitpid(child, nullptr, 0);
    promised = id;
    Journal journal = opened(path);
    EXPECT_GE(*journal.newest_fact(), promised);
    EXPECT_EQ(*journal.newest_fact() % 2, 0) << "half a batch";
    EXPECT_EQ(*Database::open(path)->ask("SELECT max(fact) FROM remembered"),
              *journal.newest_fact());
  }
}

// --- what is known of heartbeats, by index ---

NewFact heartbeat_fact(std::string kind, std::string subject, std::string fields) {
  return {"heartbeat", std::move(kind), std::move(subject), std::move(fields), ""};
}
NewFact ping(std::string subject, std::int64_t number, std::int64_t at, std::int64_t since) {
  return heartbeat_fact("ping taken", std::move(subject),
                        "{\"number\":" + std::to_string(number) + ",\"at\":" + std::to_string(at) +
                            ",\"since\":" + std::to_string(since) + "}");
}
std::vector<std::int64_t> ids(const Result<std::vector<FactRow>>& rows) {
  std::vector<std::int64_t> found;
  if (!rows) ADD_FAILURE() << rows.error().message;
  for (const FactRow& row : *rows)
    found.push_back(row.id);
  return found;
}
constexpr Instant at_us(std::int64_t us) {
  return Instant(Duration(us));
}

TEST(Journal, PingsAndFlipsOfAHeartbeat) {
  TestFolder folder;
  Journal journal = opened(folder / "journal.db");
  ASSERT_TRUE(journal.write(facts({ping("copy", 1, 10, 10),
                                   ping("other", 1, 10, 10),
                                   ping("copy", 2, 20, 10),
                                   {"r", "ping taken", "copy", "{}", ""},
                                   heartbeat_fact("heartbeat fell", "copy", R"({"deadline":30})"),
                                   ping("copy", 3, 40, 40),
                                   ping("copy", 4, 50, 40)})));
  EXPECT_THAT(ids(journal.pings_of("copy", 9)), ElementsAre(7, 6, 3, 1));
  EXPECT_THAT(ids(journal.pings_of("copy", 1, 2)), ElementsAre(3));
  EXPECT_THAT(ids(journal.flips_of("copy", Instant::min(), Instant::max(), 9)),
              ElementsAre(6, 5, 1));
  EXPECT_THAT(ids(journal.flips_of("copy", at_us(10), at_us(30), 9)), ElementsAre(5, 1));
  EXPECT_THAT(ids(journal.flips_of("copy", at_us(11), at_us(29), 9)), IsEmpty());
  EXPECT_THAT(ids(journal.flips_of("copy", Instant::min(), Instant::max(), 2)), ElementsAre(6, 5));
  // Another one of the same name.
  ASSERT_TRUE(journal.write(
      facts({heartbeat_fact("heartbeat removed", "copy", "{}"), ping("copy", 1, 60, 60)})));
  EXPECT_THAT(ids(journal.pings_of("copy", 9)), ElementsAre(9));
  EXPECT_THAT(ids(journal.flips_of("copy", Instant::min(), Instant::max(), 9)), ElementsAre(9));
  EXPECT_THAT(ids(journal.pings_of("other", 9)), ElementsAre(2));
}

TEST(Journal, AnOlderVersionGetsItsIndexes) {
  TestFolder folder;
  const std::string path = folder / "journal.db";
  {
    Journal journal = opened(path);
    ASSERT_TRUE(journal.write(facts({ping("copy", 1, 10, 10)})));
  }
  ASSERT_TRUE(Database::open(path)->execute(
      "DROP INDEX facts_about; DROP INDEX heartbeat_flips; PRAGMA user_version=1"));
  Journal journal = opened(path);
  EXPECT_THAT(ids(journal.pings_of("copy", 9)), ElementsAre(1));
  EXPECT_THAT(ids(journal.flips_of("copy", Instant::min(), Instant::max(), 9)), ElementsAre(1));
}

}  // namespace
}  // namespace hammock::shell
