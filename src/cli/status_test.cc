#include "cli/status.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <memory>

#include "cli/ledger_status.h"
#include "cli/readiness.h"
#include "cli/when.h"

namespace hammock::cli {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kBrainSays = R"({"name":"acme","brain":{"pid":11,"restarts":2},
 "keeper":{"pid":10,"restarts":0},"notes":["the journal cannot be written: disk full"],"services":[
 {"name":"db","want":"up","health":"ready","ready":1,"wanted":1,"instances":[
   {"n":1,"pid":12,"state":"ready","since":"2026-11-20T04:00:00.000Z","restarts":0,
    "last_exit":null,"next_try":null,"status":"accepting connections"}]},
 {"name":"web","want":"up","health":"crash-looping","ready":0,"wanted":2,
  "note":"it cannot be started",
  "instances":[
   {"n":1,"pid":null,"state":"backing-off","since":null,"restarts":14,
    "last_exit":{"class":"crash","code":null,"signal":"KILL","at":"2026-11-23T03:59:57.000Z"},
    "next_try":"2026-11-23T04:00:04.000Z","reason":"it cannot be started"},
   {"n":2,"pid":null,"state":"stopped","since":null,"restarts":0,"last_exit":null,"next_try":null}]}
]})";

Instant noon() {
  return *parse_instant("2026-11-23T04:00:00Z");
}

Status brain_says() {
  auto json = parse_json(kBrainSays);
  EXPECT_TRUE(json);
  auto status = status_from_json(*json);
  EXPECT_TRUE(status);
  return *status;
}

TEST(StatusText, IsATableWithNotes) {
  EXPECT_EQ(render_status(brain_says(), noon(), {false, false, 100}),
            "acme: brain 11 (restarts: 2), keeper 10\n"
            "! the journal cannot be written: disk full\n"
            "\n"
            "SERVICE  HEALTH         READY  AGE  RESTARTS\n"
            "db       ready            1/1   3d         0\n"
            "    says: accepting connections\n"
            "web      crash-looping    0/2    -        14\n"
            "    it cannot be started\n"
            "  1      backing-off             -        14\n"
            "    it cannot be started\n"
            "    last exit: crash, signal KILL, 3s ago\n"
            "    next try in 4s\n"
            "  2      stopped                 -         0\n");
}

TEST(StatusText, FitsFortyColumns) {
  std::string text = render_status(brain_says(), noon(), {true, false, 40});
  EXPECT_THAT(text, HasSubstr("SERVICE  HEALTH         READY  AGE\n"));
  EXPECT_THAT(text, HasSubstr("! the journal cannot be written: disk\n  full\n"));
  std::size_t start = 0;
  for (std::size_t end; (end = text.find('\n', start)) != std::string::npos; start = end + 1) {
    EXPECT_LE(columns_of(text.substr(start, end - start)), 40u) << text.substr(start, end - start);
  }
  Status status;
  status.services.push_back(
      {.name = std::string(63, 'x'), .want = "up", .health = "crash-looping"});
  EXPECT_THAT(render_status(status, noon(), {true, false, 40}),
              HasSubstr("xxxxxxxx…  crash-looping"));
}

TEST(StatusText, OnlyReadyIsGreen) {
  for (const char* health : {"starting", "degraded", "down", "crash-looping", "stopped", "unknown",
                             "invented-tomorrow", "READY"}) {
    Status status;
    status.services.push_back({.name = "web", .want = "up", .health = health});
    EXPECT_THAT(render_status(status, noon(), {true, true, 80}), Not(HasSubstr("\x1b[32m")))
        << health;
  }
  Status status;
  status.services.push_back({.name = "web", .want = "up", .health = "ready"});
  EXPECT_THAT(render_status(status, noon(), {true, true, 80}), HasSubstr("\x1b[32mready"));
}

TEST(StatusText, WhatAProgramSaysCannotPaintTheTerminal) {
  Status status;
  ServiceStatus service{.name = "web", .want = "up", .health = "ready"};
  service.instances.push_back({.n = 1, .state = "ready", .says = "\x1b[2J boo"});
  status.services.push_back(service);
  EXPECT_THAT(render_status(status, noon(), {true, true, 80}), HasSubstr("says: \\x1b[2J boo"));
}

TEST(StatusText, ShowsHowFarTheTasksAre) {
  auto json = parse_json(
      R"({"services":[],"jobs":[{"name":"search","state":"running","current":{"run":8,)"
      R"("started":"2026-11-23T03:00:00Z","tasks":64,"tasks_over":16,"tasks_succeeded":15,)"
      R"("at_work":[{"task":16,"try":1,"pid":14,"next_try":null},)"
      R"({"task":3,"try":2,"pid":null,"next_try":"2026-11-23T04:02:00Z"}]}}]})");
  ASSERT_TRUE(json);
  auto status = status_from_json(*json);
  ASSERT_TRUE(status) << status.error().message;
  std::string text = render_jobs(status->jobs, noon(), {false, true, 100});
  EXPECT_THAT(text, HasSubstr("[######------------------] 16 of 64 tasks, 1 of them did not "));
  EXPECT_THAT(text, HasSubstr("about 3h left"));
  EXPECT_THAT(text, HasSubstr("next try in 2m"));
}

TEST(StatusJson, RefusesWhatIsNotAStatus) {
  for (const char* text : {"[]", "{}", R"({"services":[{}]})", R"({"services":[{"name":"a"}]})",
                           R"({"services":[{"name":"a","health":"ready"}]})",
                           R"({"services":[{"name":"a","health":"ready","instances":[{}]}]})"}) {
    auto json = parse_json(text);
    ASSERT_TRUE(json);
    EXPECT_FALSE(status_from_json(*json)) << text;
  }
}

bool is_invented(pid_t pid, const os::ProcessIdentity& identity) {
  return pid == 100 && identity.start_ticks == 7;
}

// A ledger in memory, as a keeper would have left it.
class Crafted {
 public:
  Crafted() : bytes_(wire::ledger_bytes(kSlots) + kAlign) {
    auto address = reinterpret_cast<std::uintptr_t>(bytes_.data());
    base_ = bytes_.data() + (kAlign - address % kAlign) % kAlign;
    auto* header = new (base_) wire::Header;
    header->capacity = kSlots;
    header->keeper_starts = 3;
    header->brain_starts = 1;
    header->keeper_pid = 42;
    header->slots_used = kSlots;
    for (std::uint32_t i = 0; i < kSlots; ++i) {
      new (base_ + wire::kHeaderBytes + i * wire::kSlotBytes) wire::Slot;
    }
  }
  wire::Ledger ledger() { return {base_, wire::ledger_bytes(kSlots)}; }
  wire::Slot& slot(std::uint32_t index, std::string_view name, std::uint32_t instance,
                   wire::Phase phase) {
    wire::Slot& slot = ledger().slot(index);
    name.copy(slot.data.service.data(), name.size());
    slot.data.instance = instance;
    slot.data.phase = phase;
    return slot;
  }

 private:
  static constexpr std::uint32_t kSlots = 8;
  static constexpr std::size_t kAlign = 4096;
  std::vector<char> bytes_;
  char* base_ = nullptr;
};

wire::Slot& running(Crafted& crafted, std::uint32_t index, std::string_view name,
                    std::uint32_t instance, std::uint32_t pid) {
  wire::Slot& slot = crafted.slot(index, name, instance, wire::Phase::kRunning);
  slot.data.generation = 4;
  slot.data.start_ticks = 7;
  slot.data.started_wall_us = (noon() - 90s).time_since_epoch().count();
  slot.life = wire::make_life(4, pid);
  return slot;
}

TEST(LedgerStatus, SaysWhatTheLedgerKnowsAndNoMore) {
  Crafted crafted;
  running(crafted, 0, "web", 2, 100);
  running(crafted, 1, "web", 1, 100).data.said.ready = 1;
  running(crafted, 2, "gone", 1, 99);
  wire::Slot& ended = crafted.slot(3, "db", 1, wire::Phase::kIdle);
  ended.data.generation = 2;
  ended.data.exits[0] = {
      .generation = 1, .wall_us = 1, .wait_status = 0, .status_known = 1, .output_known = 1};
  ended.data.exits[1] = {.generation = 2,
                         .wall_us = (noon() - 5s).time_since_epoch().count(),
                         .wait_status = 9,
                         .status_known = 1,
                         .output_known = 1};
  wire::Slot& failed = crafted.slot(4, "api", 1, wire::Phase::kIdle);
  failed.data.generation = 1;
  failed.data.exits[1] = {.generation = 1,
                          .wall_us = (noon() - 5s).time_since_epoch().count(),
                          .stage = wire::Stage::kExec,
                          .stage_errno = ENOENT,
                          .output_known = 1};
  crafted.slot(5, "web", 3, wire::Phase::kIdle);  // the spare
  Status status = status_from_ledger(crafted.ledger(), is_invented, false);
  EXPECT_EQ(programs_alive(crafted.ledger(), is_invented), 2u);
  EXPECT_EQ(
      status_to_json(status),
      R"({"name":null,"source":"ledger","brain":{"pid":null,"restarts":0},)"
      R"("keeper":{"pid":null,"restarts":2},"services":[)"
      R"({"name":"api","want":null,"health":"unknown","ready":0,"instances":[)"
      R"({"n":1,"pid":null,"state":"ended","since":"2026-11-23T03:59:55Z","restarts":0,)"
      R"("last_exit":{"class":"error","code":null,"signal":null,"at":"2026-11-23T03:59:55Z",)"
      R"("message":"exec: No such file or directory"},"next_try":null}]},)"
      R"({"name":"db","want":null,"health":"unknown","ready":0,"instances":[)"
      R"({"n":1,"pid":null,"state":"ended","since":"2026-11-23T03:59:55Z","restarts":1,)"
      R"("last_exit":{"class":"unknown","code":null,"signal":"KILL","at":"2026-11-23T03:59:55Z"},)"
      R"("next_try":null}]},)"
      R"({"name":"gone","want":null,"health":"unknown","ready":0,"instances":[)"
      R"({"n":1,"pid":null,"state":"gone","since":null,"restarts":3,"last_exit":null,)"
      R"("next_try":null,"reason":"its process has ended, and nobody has recorded how"}]},)"
      R"({"name":"web","want":null,"health":"unknown","ready":1,"instances":[)"
      R"({"n":1,"pid":100,"state":"ready","since":"2026-11-23T03:58:30Z","restarts":3,)"
      R"("last_exit":null,"next_try":null},)"
      R"({"n":2,"pid":100,"state":"running","since":"2026-11-23T03:58:30Z","restarts":3,)"
      R"("last_exit":null,"next_try":null}]}]})");
  std::string text = render_status(status, noon(), {false, false, 100});
  EXPECT_THAT(text, HasSubstr("brain not running, keeper not running"));
  EXPECT_THAT(text, HasSubstr("read from the ledger"));
  EXPECT_THAT(text, HasSubstr("last exit: error: exec: No such file or directory, 5s ago"));
}

TEST(LedgerStatus, ATornEntryIsSaid) {
  Crafted crafted;
  running(crafted, 0, "web", 1, 100).sequence = 1;
  Status status = status_from_ledger(crafted.ledger(), is_invented, true);
  ASSERT_EQ(status.services.size(), 1u);
  EXPECT_EQ(status.keeper.pid, 42);
  EXPECT_THAT(status.services[0].instances[0].reason, HasSubstr("being written"));
}

TEST(Readiness, WaitsUntilEverythingWantedIsReadyOrOneCannotBe) {
  Status status;
  EXPECT_EQ(judge_readiness(status, {}, noon()).verdict, Verdict::kReady);
  Readiness early = judge_readiness(status, {"web"}, noon());
  EXPECT_EQ(early.verdict, Verdict::kWaiting);
  EXPECT_EQ(early.progress, "0/1 ready; not yet: web");
  status.services.push_back({.name = "db", .want = "up", .health = "ready"});
  status.services.push_back({.name = "old", .want = "down", .health = "stopped"});
  EXPECT_EQ(judge_readiness(status, {"db"}, noon()).verdict, Verdict::kReady);
  status.services.push_back({.name = "web", .want = "up", .health = "starting"});
  Readiness waiting = judge_readiness(status, {"db", "web"}, noon());
  EXPECT_EQ(waiting.verdict, Verdict::kWaiting);
  EXPECT_EQ(waiting.progress, "1/2 ready; not yet: web (starting)");
  InstanceStatus instance{.n = 1, .state = "backing-off"};
  instance.last_exit = LastExit{"error", 3, std::nullopt, noon() - 1s};
  status.services[2].instances = {instance};
  EXPECT_EQ(judge_readiness(status, {}, noon()).verdict, Verdict::kWaiting);  // an earlier life
  status.services[2].instances[0].last_exit->at = noon();
  Readiness failed = judge_readiness(status, {}, noon());
  EXPECT_EQ(failed.verdict, Verdict::kFailed);
  EXPECT_THAT(failed.not_ready, ElementsAre("web: starting; last exit: error, code 3"));
  status.services[2].instances[0].last_exit->exit_class = "expected";
  EXPECT_EQ(judge_readiness(status, {}, noon()).verdict, Verdict::kWaiting);
  status.services[2].health = "unknown";
  EXPECT_EQ(judge_readiness(status, {}, noon()).verdict, Verdict::kWaiting);
}

}  // namespace
}  // namespace hammock::cli
