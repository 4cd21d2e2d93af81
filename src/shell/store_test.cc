#include "shell/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "shell/test_folder.h"

namespace hammock::shell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Facts = std::vector<engine::Fact>;

Now at(std::int64_t ms) {
  return {.wall = Instant(std::chrono::hours(500'000) + std::chrono::milliseconds(ms)),
          .steady = Steady(std::chrono::milliseconds(ms))};
}

engine::Fact stood(const std::string& service) {
  return service::Fact(service::ServiceStood{service, service::Standing::kReady});
}
engine::Fact forgotten(const std::string& service) {
  return service::Fact(service::ServiceForgotten{service});
}
engine::Fact accepted(const std::string& id) {
  service::CommandAccepted command;
  command.id = id;
  return service::Fact(command);
}

engine::Fact task_ended(std::uint32_t task) {
  job::TaskEnded ended;
  ended.job = "search";
  ended.task = task;
  return job::Fact(ended);
}
engine::Fact opened(job::Trigger trigger) {
  job::RunOpened run;
  run.job = "search";
  run.trigger = trigger;
  return job::Fact(run);
}

class Stored : public testing::Test {
 protected:
  // What another process would find in the journal now.
  std::vector<std::string> kinds() {
    std::vector<std::string> found;
    auto journal = Journal::open(path(), "boot", at(0).wall);
    if (!journal) return {"no journal"};
    auto rows = journal->journal.facts_after(0, 100);
    for (const FactRow& row : *rows)
      found.push_back(row.kind);
    return found;
  }
  std::string path() { return folder / "state/journal.db"; }
  // The fields of what is remembered by key alone.
  std::vector<std::string> remembered() {
    auto journal = Journal::open(path(), "boot", at(30).wall);
    std::vector<std::string> found;
    EXPECT_TRUE(journal->journal.replay(
        store.newest(), [&](const Journal::Replayed& fact) { found.emplace_back(fact.fields); }));
    return found;
  }

  TestFolder folder;
  Store store{folder / "state/journal.db", "boot"};
};

TEST_F(Stored, SamplesGatherAndAreWrittenTogetherInTime) {
  mkdir((folder / "state").c_str(), 0700);
  ASSERT_THAT(store.open(at(0)), IsEmpty());
  EXPECT_TRUE(store.record(Facts{stood("a")}, at(10)));
  EXPECT_TRUE(store.record(Facts{stood("b")}, at(20)));
  EXPECT_THAT(kinds(), IsEmpty());
  EXPECT_EQ(store.next_flush(), at(10).steady + kSampleLag);
  EXPECT_TRUE(store.flush(at(600)));
  EXPECT_THAT(kinds(), ElementsAre("service stood", "service stood"));
  EXPECT_EQ(store.next_flush(), std::nullopt);
  auto rows = store.facts_after(0, 9);
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ(rows->front().at, at(10).wall) << "when it happened, not when it was written";
}

TEST_F(Stored, WhatIsPromptTakesAlongWhatCameBeforeIt) {
  mkdir((folder / "state").c_str(), 0700);
  ASSERT_THAT(store.open(at(0)), IsEmpty());
  EXPECT_TRUE(store.record(Facts{stood("a")}, at(10)));
  EXPECT_TRUE(store.record(Facts{stood("b"), accepted("c"), stood("d")}, at(20)));
  EXPECT_THAT(kinds(), ElementsAre("service stood", "service stood", "command accepted"));
  EXPECT_EQ(store.next_flush(), at(20).steady + kSampleLag);
  EXPECT_TRUE(store.record(Facts{forgotten("d")}, at(30)));
  EXPECT_THAT(kinds(), ElementsAre("service stood", "service stood", "command accepted",
                                   "service stood", "service forgotten"));
}

TEST_F(Stored, WhatIsForgottenDoesNotComeBackFromWhatGathered) {
  mkdir((folder / "state").c_str(), 0700);
  ASSERT_THAT(store.open(at(0)), IsEmpty());
  store.record(Facts{stood("gone"), stood("stays")}, at(10));
  store.record(Facts{forgotten("gone")}, at(20));
  EXPECT_THAT(remembered(), ElementsAre(testing::HasSubstr("stays")));
}

TEST_F(Stored, EachTaskIsRememberedUntilTheRunHasEnded) {
  mkdir((folder / "state").c_str(), 0700);
  ASSERT_THAT(store.open(at(0)), IsEmpty());
  store.record(Facts{opened(job::Trigger::kSchedule), opened(job::Trigger::kCommand), task_ended(1),
                     task_ended(11), task_ended(1)},
               at(10));
  using testing::HasSubstr;
  EXPECT_THAT(remembered(), ElementsAre(HasSubstr("schedule"), HasSubstr("command"),
                                        HasSubstr("\"task\":11"), HasSubstr("\"task\":1,")));
  job::RunEnded ended;
  ended.job = "search";
  store.record(Facts{job::Fact(ended)}, at(20));
  EXPECT_THAT(remembered(),
              ElementsAre(HasSubstr("schedule"), HasSubstr("command"), HasSubstr("outcome")));
}

TEST_F(Stored, OfEachHeartbeatTheNewestOfEachKindIsRememberedUntilItIsRemoved) {
  mkdir((folder / "state").c_str(), 0700);
  ASSERT_THAT(store.open(at(0)), IsEmpty());
  auto taken = [](std::string name, std::uint64_t number) {
    heartbeat::PingTaken ping;
    ping.heartbeat = std::move(name);
    ping.number = number;
    return heartbeat::Fact(ping);
  };
  heartbeat::HeartbeatPaused paused;
  paused.heartbeat = std::string_view("copy");
  store.record(Facts{taken("copy", 1), taken("copy-2", 7), heartbeat::Fact(paused),
                     taken("copy", 2), heartbeat::Fact(heartbeat::Watched{})},
               at(10));
  store.flush(at(600));
  using testing::HasSubstr;
  EXPECT_THAT(remembered(),
              testing::UnorderedElementsAre(HasSubstr("\"number\":7,"), HasSubstr("\"command\":"),
                                            HasSubstr("\"number\":2,"), HasSubstr("\"at\":0}")));
  heartbeat::HeartbeatRemoved removed;
  removed.heartbeat = std::string_view("copy");
  store.record(Facts{heartbeat::Fact(removed)}, at(700));
  EXPECT_THAT(remembered(),
              testing::UnorderedElementsAre(HasSubstr("\"number\":7,"), HasSubstr("\"at\":0}")));
}

TEST_F(Stored, WithoutAJournalFactsWaitInTheirOrder) {
  EXPECT_THAT(store.open(at(0)), testing::SizeIs(1));
  EXPECT_FALSE(store.record(Facts{stood("a"), accepted("b")}, at(10)));
  EXPECT_FALSE(store.record(Facts{stood("c")}, at(20)));
  EXPECT_FALSE(store.flush(at(520)));
  EXPECT_FALSE(store.trouble().empty());
  EXPECT_FALSE(store.prove(at(530)));
  mkdir((folder / "state").c_str(), 0700);
  store.retry(at(3000));
  EXPECT_TRUE(store.trouble().empty());
  EXPECT_THAT(kinds(), ElementsAre("service stood", "command accepted", "service stood"));
  EXPECT_EQ(store.facts_after(0, 9)->front().at, at(10).wall);
  EXPECT_TRUE(store.record(Facts{accepted("d")}, at(3010)));
}

}  // namespace
}  // namespace hammock::shell
