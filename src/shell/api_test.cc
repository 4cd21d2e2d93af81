#include "shell/api.h"
#include "shell/jobs_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "shell/flat_json.h"

namespace hammock::shell {
namespace {

using testing::HasSubstr;

Call call(std::string method, std::string path, std::string body = {},
          std::vector<std::pair<std::string, std::string>> query = {}) {
  return parse_call({std::move(method), std::move(path), std::move(query), std::move(body), 0});
}

std::string why(const Call& call) {
  auto* response = std::get_if<web::Response>(&call);
  return response == nullptr ? "" : std::to_string(response->status) + " " + response->body;
}

TEST(Api, KnowsItsPlaces) {
  EXPECT_EQ(std::get<StatusAsked>(call("GET", "/v1/status")).service, "");
  EXPECT_EQ(std::get<StatusAsked>(call("GET", "/v1/status/web")).service, "web");
  EXPECT_TRUE(std::holds_alternative<VersionAsked>(call("GET", "/v1/version")));
  EXPECT_THAT(why(call("GET", "/")), HasSubstr("404"));
  EXPECT_THAT(why(call("GET", "/v1/statusquo")), HasSubstr("404"));
  EXPECT_THAT(why(call("DELETE", "/v1/status")), HasSubstr("400"));
  EXPECT_THAT(why(call("GET", "/v1/commands")), HasSubstr("400"));
}

TEST(Api, EventsHaveBounds) {
  auto events = std::get<EventsAsked>(
      call("GET", "/v1/events", "", {{"after", "7"}, {"limit", "3"}, {"follow", "1"}}));
  EXPECT_EQ(events.after, 7);
  EXPECT_EQ(events.limit, 3U);
  EXPECT_TRUE(events.follow);
  EXPECT_THAT(why(call("GET", "/v1/events", "", {{"after", "-1"}})), HasSubstr("400"));
  EXPECT_THAT(why(call("GET", "/v1/events", "", {{"limit", "1001"}})), HasSubstr("400"));
  EXPECT_THAT(why(call("GET", "/v1/events", "", {{"limit", "0"}})), HasSubstr("400"));
  EXPECT_THAT(why(call("GET", "/v1/events", "", {{"since", "1"}})), HasSubstr("unknown parameter"));
}

TEST(Api, ACommandIsWholeOrRefused) {
  auto command = std::get<CommandAsked>(
      call("POST", "/v1/commands", R"({"id":"a-1","verb":"restart","subject":"web"})"));
  EXPECT_EQ(command.id, "a-1");
  EXPECT_EQ(command.verb, CommandVerb::kRestart);
  EXPECT_EQ(command.subject, "web");
  command = std::get<CommandAsked>(
      call("POST", "/v1/commands", R"({"id":"a","verb":"down","subject":null})"));
  EXPECT_EQ(command.verb, CommandVerb::kDown);
  for (std::string_view body :
       {R"({"id":"","verb":"down"})", R"({"id":"a b","verb":"down"})", R"({"verb":"down"})",
        R"({"id":"a","verb":"explode"})", R"({"id":"a","verb":"start"})",
        R"({"id":"a","verb":"down","subject":"web"})", R"({"id":"a","verb":"down","force":"1"})",
        R"({"id":"a","verb":"down"} x)", R"({"id":"a","id":"b","verb":"down"})", "", "[]"}) {
    EXPECT_THAT(why(call("POST", "/v1/commands", std::string(body))), HasSubstr("400")) << body;
  }
  std::string long_id(65, 'x');
  EXPECT_THAT(why(call("POST", "/v1/commands", "{\"id\":\"" + long_id + "\",\"verb\":\"down\"}")),
              HasSubstr("400"));
}

TEST(FlatJson, ReadsEscapesAndSaysWhereItStops) {
  auto members = parse_flat_object(" {\"a\" : \"x\\n\\u00e9\\ud83d\\ude00\\\"\" , \"b\":null} ");
  ASSERT_TRUE(members) << members.error().message;
  EXPECT_EQ((*members)[0].second, "x\n\xc3\xa9\xf0\x9f\x98\x80\"");
  EXPECT_EQ((*members)[1], (FlatMembers::value_type{"b", std::nullopt}));
  EXPECT_TRUE(parse_flat_object("{}"));
  EXPECT_EQ(parse_flat_object("{\"a\":1}").error().message, "expected a string or null at byte 5");
  for (std::string_view bad : {"{\"a\"}", "{\"a\":\"x}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\q\"}",
                               "{,}", "{\"a\":\"b\",}", "{\"a\":\"\\u12\"}", "\xff"}) {
    EXPECT_FALSE(parse_flat_object(bad)) << bad;
  }
}

probe::Report shop_report(Instant at) {
  probe::Setup setup;
  setup.config.target = probe::Http{.url = "https://shop.example/health?key=s3cret",
                                    .headers = {},
                                    .body = {},
                                    .route = {},
                                    .tls = {},
                                    .contains = {},
                                    .lacks = {},
                                    .json = {}};
  probe::Report shop;
  shop.name = std::string_view("shop");
  shop.setup = setup;
  shop.shown = probe::Shown::kDown;
  shop.since = at;
  shop.seen = at;
  shop.verdict = probe::Verdict::kBad;
  shop.took = Duration(80'000);
  shop.message = std::string_view("status 503");
  return shop;
}

TEST(Api, WritesTheStatusShape) {
  service::InstanceReport instance;
  instance.number = 1;
  instance.doing = service::Doing::kBackingOff;
  instance.restarts = 2;
  instance.next_try = Instant(std::chrono::seconds(1'795'406'400));
  service::InstanceExited exit;
  exit.exit_class = service::ExitClass::kCrash;
  exit.signal = 9;
  exit.at = Instant(std::chrono::milliseconds(1'795'406'400'250));
  instance.last_exit = exit;
  service::ServiceReport web{"web", service::Want::kUp, false, service::Health::kDown, 0, 1,
                             "why", {instance}};
  job::Report backup;
  backup.name = "backup";
  backup.schedule = "every 1h";
  backup.doing = job::Doing::kBackingOff;
  backup.note = "exit code 3";
  backup.run.emplace();
  backup.run->number = 8;
  backup.run->due = exit.at;
  job::Task& task = backup.run->tasks.emplace_back();
  task.attempt = 2;
  task.retry_at = Steady{};
  task.retry_wall = exit.at;
  heartbeat::Report copy;
  copy.name = std::string_view("copy");
  copy.uuid = std::string_view("5c8c1e0a-7f3e-4d0b-9a52-6f0f6a1f2f10");
  copy.schedule = std::string_view("every 1d");
  copy.shown = heartbeat::Shown::kGrace;
  copy.pings = 3;
  copy.last_ping = exit.at;
  copy.last_duration = Duration(1500);
  HouseReport house{"acme",
                    {11, 0},
                    {0, 3},
                    {},
                    {web},
                    {backup},
                    {},
                    std::vector{copy},
                    "127.0.0.1:4040",
                    std::vector{shop_report(exit.at)}};
  EXPECT_EQ(
      status_json(house),
      R"({"name":"acme","brain":{"pid":11,"restarts":0},"keeper":{"pid":null,"restarts":3},)"
      R"("services":[{"name":"web","want":"up","health":"down","ready":0,"wanted":1,)"
      R"("note":"why","instances":[{"n":1,"pid":null,"state":"backing-off","since":null,)"
      R"("restarts":2,"last_exit":{"class":"crash","code":null,"signal":"KILL",)"
      R"("at":"2026-11-23T04:00:00.250Z"},"next_try":"2026-11-23T04:00:00.000Z",)"
      R"("reason":"why"}]}],)"
      R"("jobs":[{"name":"backup","schedule":"every 1h","state":"backing-off",)"
      R"("note":"exit code 3","current":{"run":8,"trigger":"schedule",)"
      R"("due":"2026-11-23T04:00:00.250Z","started":null,"try":2,"pid":null,)"
      R"("next_try":"2026-11-23T04:00:00.250Z"},"last":null,"next":null,"waiting":0,"skip":0}],)"
      R"("heartbeats":[{"name":"copy","schedule":"every 1d","status":"grace","since":null,)"
      R"("last_ping":"2026-11-23T04:00:00.250Z","last_success":null,"started":null,)"
      R"("expected":null,"deadline":null,"pings":3,"last_duration_us":1500,"created":false,)"
      R"("ping_url":"http://127.0.0.1:4040/ping/5c8c1e0a-7f3e-4d0b-9a52-6f0f6a1f2f10"}],)"
      R"("probes":[{"name":"shop","target":"https://shop.example/health","every_us":30000000,)"
      R"("status":"down","since":"2026-11-23T04:00:00.250Z","seen":"2026-11-23T04:00:00.250Z",)"
      R"("verdict":"bad","took_us":80000,"message":"status 503"}],"timebombs":null})"
      "\n");
}

TEST(Api, APingOfThisHostIsWholeOrRefused) {
  const std::string path = "/v1/heartbeats/copy/pings";
  auto asked = std::get<PingHereAsked>(
      call("POST", path, "done", {{"exit", "7"}, {"rid", "5C8C1E0A-7f3e-4d0b-9a52-6f0f6a1f2f10"}}));
  EXPECT_EQ(asked.heartbeat, "copy");
  EXPECT_EQ(asked.ping.signal, heartbeat::Signal::kFail);
  EXPECT_EQ(asked.ping.exit_status, 7);
  EXPECT_EQ(asked.ping.rid, "5c8c1e0a-7f3e-4d0b-9a52-6f0f6a1f2f10");
  EXPECT_EQ(asked.ping.body, "done");
  asked = std::get<PingHereAsked>(call("POST", path, std::string(10'001, 'x')));
  EXPECT_EQ(asked.ping.signal, heartbeat::Signal::kSuccess);
  EXPECT_EQ(asked.ping.body.size(), 10'000U);
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{
           {"signal", "maybe"}, {"exit", "256"}, {"exit", "-1"}, {"rid", "7"}, {"limit", "3"}}) {
    EXPECT_THAT(why(call("POST", path, "", {{key, value}})), HasSubstr("400")) << key << value;
  }
  EXPECT_EQ(std::get<PingsAsked>(call("GET", path, "", {{"limit", "3"}})).limit, 3U);
  EXPECT_EQ(std::get<PingsAsked>(call("GET", path)).heartbeat, "copy");
  EXPECT_THAT(why(call("GET", path, "", {{"limit", "1001"}})), HasSubstr("400"));
  EXPECT_THAT(why(call("GET", "/v1/heartbeats/copy")), HasSubstr("404"));
  EXPECT_THAT(why(call("GET", "/v1/heartbeats/pings")), HasSubstr("404"));
  EXPECT_THAT(why(call("DELETE", path)), HasSubstr("400"));
}

TEST(Api, TheHistoryOfAProbeIsReadByItsName) {
  EXPECT_EQ(std::get<ProbeHistoryAsked>(call("GET", "/v1/probes/shop/history")).probe, "shop");
  EXPECT_THAT(why(call("GET", "/v1/probes/shop")), HasSubstr("404"));
  EXPECT_THAT(why(call("GET", "/v1/probes/history")), HasSubstr("404"));
  EXPECT_THAT(why(call("POST", "/v1/probes/shop/history")), HasSubstr("400"));
}

TEST(Api, WritesPings) {
  heartbeat::PingTaken ping;
  ping.heartbeat = std::string_view("copy");
  ping.number = 4;
  ping.signal = heartbeat::Signal::kFail;
  ping.exit_status = 3;
  ping.took = Duration(2);
  ping.at = Instant(std::chrono::seconds(1'795'406'400));
  ping.remote = std::string_view("::1");
  ping.body_base64 = base64("a\xff");
  FactRow row{7, Instant{}, "heartbeat", "ping taken", "copy", heartbeat::fields_json(ping)};
  EXPECT_EQ(pings_json({row}),
            R"({"pings":[{"n":4,"signal":"fail","ignored":false,"at":"2026-11-23T04:00:00.000Z",)"
            R"("exit_status":3,"rid":null,"duration_us":2,"scheme":"","method":"","remote":"::1",)"
            "\"agent\":\"\",\"body\":\"a\xef\xbf\xbd\"}]}\n");
}

TEST(Api, WritesTheTasksThatAreAtWork) {
  job::Report search;
  search.name = "search";
  search.doing = job::Doing::kRunning;
  search.run.emplace();
  search.run->number = 8;
  search.run->is_array = true;
  search.run->tasks.resize(5);
  search.run->tasks[0].outcome = job::Outcome::kSucceeded;
  search.run->tasks[1].outcome = job::Outcome::kFailed;
  job::Task& third = search.run->tasks[3];
  third.attempt = 2;
  third.out = true;
  third.pid = 42;
  JsonWriter json;
  write_job(json, search, {{{"search", 3}, {7, 9}}});
  EXPECT_THAT(json.text(),
              testing::HasSubstr(R"("started":null,"tasks":5,"tasks_over":2,"tasks_succeeded":1,)"
                                 R"("at_work":[{"task":3,"try":2,"pid":42,"next_try":null,)"
                                 R"("progress":{"done":7,"total":9}}]},)"));
}

TEST(Api, WritesRunsOfJobs) {
  job::RunEnded never;
  never.job = "backup";
  never.number = 1;
  never.outcome = job::Outcome::kStopped;
  never.message = "it was not at work when it was stopped";
  job::RunEnded failed = never;
  failed.number = 2;
  failed.started = Instant(std::chrono::seconds(1'795'406'400));
  failed.ended = failed.started + std::chrono::milliseconds(1500);
  failed.attempts = 3;
  failed.outcome = job::Outcome::kFailed;
  failed.exit_class = job::ExitClass::kCrash;
  failed.signal = 9;
  failed.message = "signal KILL";
  std::vector<FactRow> rows;
  for (const job::RunEnded& run : {failed, never}) {
    rows.push_back({7, Instant{}, "job", "run ended", "backup", job::fields_json(run)});
  }
  EXPECT_EQ(runs_json(rows),
            R"({"runs":[{"run":2,"outcome":"failed","trigger":"schedule","due":null,)"
            R"("started":"2026-11-23T04:00:00.000Z","ended":"2026-11-23T04:00:01.500Z",)"
            R"("duration_ms":1500,"tries":3,"class":"crash","code":null,"signal":"KILL",)"
            R"("message":"signal KILL"},{"run":1,"outcome":"stopped","trigger":"schedule",)"
            R"("due":null,"started":null,"ended":null,"duration_ms":null,"tries":0,"class":null,)"
            R"("code":null,"signal":null,"message":"it was not at work when it was stopped"}]})"
            "\n");
}

TEST(Api, WritesEventsAndCommandLines) {
  FactRow fact{4, Instant{}, "service", "instance exited", "web", R"({"code":1})"};
  EXPECT_EQ(events_json({fact}, 9),
            R"({"events":[{"id":4,"at":"1970-01-01T00:00:00.000Z","room":"service",)"
            R"("fact":"instance exited","subject":"web","fields":{"code":1}}],"last":9})"
            "\n");
  EXPECT_EQ(command_line("a", "refused", "no", "[1]"),
            R"({"command":"a","state":"refused","message":"no","errors":[1]})"
            "\n");
}

}  // namespace
}  // namespace hammock::shell
