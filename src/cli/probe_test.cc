// Probes: how they look, and the commands about them against a brain that the test plays.
#include "cli/command_rig.h"
#include "cli/status.h"
#include "cli/when.h"

namespace hammock::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kProbes =
    R"({"name":"acme","brain":{"pid":11},"keeper":{"pid":10},"services":[],"heartbeats":[],)"
    R"("probes":[{"name":"shop","target":"https://shop.example/health","every_us":30000000,)"
    R"("status":"up","since":null,"seen":"2026-11-23T03:59:40Z","verdict":"good",)"
    R"("took_us":81234,"message":"status 200"},)"
    R"({"name":"mail","target":"tcp mail.example:25","status":"down",)"
    R"("since":"2026-11-23T03:00:00Z","seen":"2026-11-23T03:59:50Z","verdict":"bad",)"
    R"("took_us":10000000,"message":"connect: \u001b[2J refused"},)"
    R"({"name":"far","target":"tcp far.example:22","status":"unknown","seen":null,)"
    R"("verdict":null,"took_us":null,"message":"no witness can be reached"},)"
    R"({"name":"fresh","target":"dns a.example A","status":"new","seen":null}]})";

constexpr std::string_view kTable =
    "PROBE  STATE    SEEN     TOOK  TARGET\n"
    "shop   up       20s ago  81ms  https://shop.example/health\n"
    "mail   down     10s ago  10s   tcp mail.example:25\n"
    "    connect: \\x1b[2J refused\n"
    "    down since 2026-11-23T03:00:00Z, 1h ago\n"
    "far    unknown  -        -     tcp far.example:22\n"
    "    no witness can be reached\n"
    "fresh  new      -        -     dns a.example A\n";

constexpr std::string_view kHistory =
    R"({"probe":"shop","known_since":"2026-11-23T02:00:00Z","uptime":{},"hours":[)"
    R"({"begin":"2026-11-23T02:00:00Z","up_us":3600000000,"down_us":0,"unknown_us":0,"good":120,)"
    R"("bad":0,"took_us":81234,"took_most_us":920000},)"
    R"({"begin":"2026-11-23T03:00:00Z","up_us":3599999000,"down_us":1000,"unknown_us":0,)"
    R"("good":119,"bad":1,"took_us":80000,"took_most_us":90000},)"
    R"({"begin":"2026-11-23T04:00:00Z","up_us":0,"down_us":0,"unknown_us":3600000000,"good":0,)"
    R"("bad":0,"took_us":null,"took_most_us":null}],"days":[)"
    R"({"begin":"2026-11-23T00:00:00Z","up_us":1,"down_us":1,"unknown_us":0,"good":1,"bad":1}],)"
    R"("changes":[{"status":"up","at":"2026-11-23T03:10:00Z"},)"
    R"({"status":"down","at":"2026-11-23T03:05:00Z","message":"status 503"}]})";

Instant noon() {
  return *parse_instant("2026-11-23T04:00:00Z");
}

Status status_of(std::string_view text) {
  auto json = parse_json(text);
  EXPECT_TRUE(json);
  auto status = status_from_json(*json);
  EXPECT_TRUE(status);
  return *status;
}

TEST(ProbeText, AreATableWithWhatIsWrong) {
  EXPECT_EQ(render_probes(status_of(kProbes).probes, noon(), {false, false, 100}), kTable);
  EXPECT_EQ(render_probes({}, noon(), {false, false, 100}), "");
  EXPECT_THAT(render_status(status_of(kProbes), noon(), {false, false, 100}),
              EndsWith("keeper 10\n\n" + std::string(kTable)));
}

TEST(ProbeText, OnlyUpIsGreenAndDownIsRed) {
  for (const char* status : {"up", "down", "new", "failing", "unknown", "tomorrow's"}) {
    const std::string text = render_probes({{.name = "a", .status = status}}, noon(), {1, 1, 80});
    EXPECT_EQ(text.find("\x1b[32m") != std::string::npos, status == std::string_view("up"));
    EXPECT_EQ(text.find("\x1b[1;31m") != std::string::npos, status == std::string_view("down"));
  }
}

TEST(ProbeText, HistoryHasThreeValuesAndIsNeverRoundedUpToAll) {
  auto json = parse_json(kHistory);
  ASSERT_TRUE(json);
  EXPECT_EQ(render_probe_history(probe_history_from_json(*json, "hours"), {false, false, 100}),
            "FROM                  UP       DOWN  UNKNOWN  TOOK  AT MOST\n"
            "2026-11-23T02:00:00Z  100 %    -     -        81ms  920ms\n"
            "2026-11-23T03:00:00Z  99.99 %  1s    -        80ms  90ms\n"
            "2026-11-23T04:00:00Z  -        -     1h       -     -\n"
            "\n"
            "SINCE                 IT IS  BECAUSE\n"
            "2026-11-23T03:10:00Z  up\n"
            "2026-11-23T03:05:00Z  down   status 503\n");
  EXPECT_THAT(render_probe_history(probe_history_from_json(*json, "days"), {false, false, 100}),
              HasSubstr("2026-11-23T00:00:00Z  50.00 %"));
}

class ProbeCommand : public CommandTest {
 protected:
  static std::string answer(const std::string& request) {
    if (request.starts_with("GET /v1/status ")) return http(200, kProbes);
    if (request.starts_with("GET /v1/probes/shop/history ")) return http(200, kHistory);
    return http(404, R"({"error":{"code":"not-found","message":"nothing is there"}})");
  }
};

TEST_F(ProbeCommand, ListAndHistory) {
  PlayedBrain brain(folder_ + "/r/control", answer);
  EXPECT_THAT(run({"probe", "list"}).out, StartsWith("PROBE  STATE"));
  EXPECT_THAT(run({"probe", "list", "--json"}).out, StartsWith(R"([{"name":"shop")"));
  EXPECT_THAT(run({"probe", "history", "shop"}).out, HasSubstr("2026-11-23T02:00:00Z  100 %"));
  EXPECT_THAT(run({"probe", "history", "shop", "--days"}).out, HasSubstr("50.00 %"));
  EXPECT_THAT(run({"probe", "history", "shop", "--json"}).out, StartsWith(R"({"probe":"shop")"));
  const Ran ran = run({"probe", "history", "shp"});
  EXPECT_EQ(ran.code, 64);
  EXPECT_THAT(ran.err, HasSubstr("no probe `shp`; did you mean `shop`?"));
}

TEST_F(ProbeCommand, UsageAndNobody) {
  EXPECT_EQ(run({"probe", "list"}).code, 69);
  EXPECT_EQ(run({"probe", "history", "shop"}).code, 69);
  EXPECT_EQ(run({"probe", "list", "shop"}).code, 64);
  EXPECT_EQ(run({"probe", "list", "--days"}).code, 64);
  EXPECT_THAT(run({"probe", "history"}).err, HasSubstr("needs the name of a probe"));
  PlayedBrain brain(folder_ + "/r/control",
                    [](const std::string&) { return http(200, R"({"services":[],"probes":[]})"); });
  EXPECT_EQ(run({"probe", "list"}).out, "There are no probes.\n");
  EXPECT_EQ(run({"probe", "list", "--json"}).out, "[]\n");
}

TEST_F(ProbeCommand, WhileHammockStartsNobodyKnows) {
  PlayedBrain brain(folder_ + "/r/control", [](const std::string&) {
    return http(200, R"({"services":[],"probes":null})");
  });
  const Ran ran = run({"probe", "list"});
  EXPECT_EQ(ran.code, 75);
  EXPECT_THAT(ran.err, HasSubstr("does not know its probes yet: try again"));
}

TEST_F(ProbeCommand, WithoutAResultNothingIsKnown) {
  PlayedBrain brain(folder_ + "/r/control", [](const std::string&) {
    return http(200, R"({"probe":"shop","hours":[],"days":[],"changes":[]})");
  });
  EXPECT_EQ(run({"probe", "history", "shop"}).out, "Nothing is known of shop yet.\n");
}

}  // namespace
}  // namespace hammock::cli
