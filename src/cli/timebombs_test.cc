// Time bombs: how they look, and the command about them against a brain that the test plays.
#include "cli/command_rig.h"
#include "cli/status.h"
#include "cli/when.h"

namespace hammock::cli {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kTimebombs =
    R"({"name":"acme","brain":{"pid":11},"keeper":{"pid":10},"services":[],"heartbeats":[],)"
    R"("probes":[],"timebombs":[)"
    R"({"name":"far","target":"date 2030-01-01","status":"quiet",)"
    R"("goes_off":"2030-01-01T00:00:00Z","early":null,"late":null,)"
    R"("evidence":"by the configuration",)"
    R"("seen":"2026-11-23T03:59:40Z"},)"
    R"({"name":"disk","target":"disk /srv","status":"quiet","goes_off":"2027-01-20T00:00:00Z",)"
    R"("early":"2026-12-20T12:00:00Z","late":null,"evidence":"bytes: 81% of 1GiB used",)"
    R"("seen":"2026-11-23T03:59:40Z"},)"
    R"({"name":"calm","target":"disk /","status":"quiet","goes_off":null,"early":null,)"
    R"("late":null,)"
    R"("evidence":"bytes: 1% of 1GiB used","seen":"2026-11-23T03:59:40Z"},)"
    R"({"name":"domain","target":"domain a.example","status":"unknown",)"
    R"("goes_off":"2029-01-01T00:00:00Z","early":null,"late":null,"evidence":"registered",)"
    R"("seen":"2026-11-13T04:00:00Z","why":"no answer \u001b[2J"},)"
    R"({"name":"soon","description":"ask Anna","target":"certificate a.example",)"
    R"("status":"ticking",)"
    R"("goes_off":"2026-11-30T04:00:00Z","early":null,"late":null,"evidence":"CN=a.example ends",)"
    R"("seen":"2026-11-23T03:59:40Z"},)"
    R"({"name":"old","target":"backup /b/*","status":"gone off","goes_off":"2026-11-22T04:00:00Z",)"
    R"("early":null,"late":null,"evidence":"too old","seen":"2026-11-23T03:59:40Z"},)"
    R"({"name":"fresh","target":"disk /var","status":"new","goes_off":null,"early":null,)"
    R"("late":null,"evidence":"","seen":null,"why":"it is too early for a forecast"}]})";

constexpr std::string_view kTable =
    "TIME BOMB  STATE     GOES OFF                        WHAT\n"
    "old        gone off  2026-11-22T04:00:00Z  1d ago    backup /b/*\n"
    "    too old\n"
    "soon       ticking   2026-11-30T04:00:00Z  in 7d     certificate a.example\n"
    "    CN=a.example ends\n"
    "    ask Anna\n"
    "domain     unknown   2029-01-01T00:00:00Z  in 769d   domain a.example\n"
    "    10d ago: registered\n"
    "    no answer \\x1b[2J\n"
    "fresh      new       -                     -         disk /var\n"
    "    it is too early for a forecast\n"
    "disk       quiet     2027-01-20T00:00:00Z  in 57d    disk /srv\n"
    "    bytes: 81% of 1GiB used\n"
    "    by the forecast not before 2026-12-20\n"
    "far        quiet     2030-01-01T00:00:00Z  in 1134d  date 2030-01-01\n"
    "    by the configuration\n"
    "calm       quiet     not in sight          -         disk /\n"
    "    bytes: 1% of 1GiB used\n";

Instant noon() {
  return *parse_instant("2026-11-23T04:00:00Z");
}

std::vector<TimebombStatus> timebombs() {
  auto status = status_from_json(*parse_json(kTimebombs));
  EXPECT_TRUE(status);
  return status->timebombs;
}

TEST(TimebombText, TheMostUrgentFirst) {
  auto sorted = timebombs();
  sort_by_urgency(sorted);
  EXPECT_EQ(render_timebombs(sorted, noon(), {}), kTable);
  EXPECT_EQ(render_timebombs({}, noon(), {}), "");
}

TEST(TimebombText, TheStatusHasThoseThatAreNotQuiet) {
  auto status = status_from_json(*parse_json(kTimebombs));
  const std::string text = render_status(*status, noon(), {});
  for (const char* name : {"old", "soon", "domain", "fresh"})
    EXPECT_THAT(text, HasSubstr(std::string("\n") + name + " "));
  for (const char* name : {"far", "disk", "calm"})
    EXPECT_THAT(text, Not(HasSubstr(std::string("\n") + name + " ")));
}

TEST(TimebombText, WhatMayGoOffUntilThen) {
  auto until = [](std::chrono::days days) {
    std::vector<std::string> names;
    for (const TimebombStatus& one : timebombs()) {
      if (may_go_off_until(one, noon() + days)) names.push_back(one.name);
    }
    return names;
  };
  using std::chrono::days;
  EXPECT_THAT(until(days(0)), ElementsAre("domain", "old", "fresh"));
  EXPECT_THAT(until(days(7)), ElementsAre("domain", "soon", "old", "fresh"));
  // By its early end, though the middle of the forecast is later.
  EXPECT_THAT(until(days(35)), ElementsAre("disk", "domain", "soon", "old", "fresh"));
  EXPECT_THAT(until(days(5000)), ElementsAre("far", "disk", "domain", "soon", "old", "fresh"));
}

class TimebombsCommand : public CommandTest {
 protected:
  static std::string answer(const std::string&) { return http(200, kTimebombs); }
};

TEST_F(TimebombsCommand, ListsThem) {
  PlayedBrain brain(folder_ + "/r/control", answer);
  EXPECT_THAT(run({"timebombs"}).out, StartsWith("TIME BOMB  STATE"));
  // Sorted as people see them, each as the brain gave it.
  const std::string json = run({"timebombs", "--json"}).out;
  EXPECT_THAT(json, StartsWith(R"([{"name":"old","target":"backup /b/*")"));
  EXPECT_THAT(json, EndsWith("]\n"));
  const Ran within = run({"timebombs", "--within", "5000w"});
  EXPECT_EQ(within.code, 75);
  EXPECT_THAT(within.out, HasSubstr("6 may go off within 5000w, or nobody can say.\n"));
  EXPECT_THAT(run({"timebombs", "--within", "1d", "--json"}).out, Not(HasSubstr("calm")));
}

TEST_F(TimebombsCommand, UsageAndNobody) {
  EXPECT_EQ(run({"timebombs"}).code, 69);
  EXPECT_EQ(run({"timebombs", "--within", "soon"}).code, 64);
  EXPECT_EQ(run({"timebombs", "old"}).code, 64);
}

TEST_F(TimebombsCommand, NothingToSay) {
  std::string bombs = "[]";
  PlayedBrain brain(folder_ + "/r/control", [&](const std::string&) {
    return http(200, R"({"services":[],"timebombs":)" + bombs + "}");
  });
  EXPECT_EQ(run({"timebombs"}).out, "There are no time bombs.\n");
  const Ran within = run({"timebombs", "--within", "5w"});
  EXPECT_EQ(within.code, 0);
  EXPECT_EQ(within.out, "Nothing goes off within 5w, and nothing is unknown.\n");
  bombs = "null";
  EXPECT_EQ(run({"timebombs"}).code, 75);
}

}  // namespace
}  // namespace hammock::cli
