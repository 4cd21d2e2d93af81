// What is asked of the management API, and what becomes of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/variant.h"
#include "shell/management_api.h"

namespace hammock::shell {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::string_view kFull = "full-0123456789abcdef";
constexpr std::string_view kReads = "hcr_0123456789abcdefg";
constexpr std::string_view kUuid = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
constexpr std::string_view kUnique = "a9993e364706816aba3e25717850c26c9cd0d89d";
constexpr Instant kNow = Instant(1'800'000'000s);
const std::string kChecks = "/api/v3/checks/";
const std::string kCheck = kChecks + std::string(kUuid);

ApiKeys keys() {
  return {std::string(kFull), std::string(kReads)};
}

web::Request request(std::string method, std::string path, std::string_view key = kFull) {
  web::Request request{.method = std::move(method), .path = std::move(path)};
  if (!key.empty()) request.headers.emplace_back("x-api-KEY", key);
  return request;
}

// "check 0f1e…", "401 {…}"
std::string summary(const ApiCall& call) {
  return match(
      call,
      [](const ChecksAsked& asked) {
        std::string text("checks");
        for (const std::string& tag : asked.tags)
          text += " tag " + tag;
        return text + (asked.slug ? " slug " + *asked.slug : "");
      },
      [](const CheckAsked& asked) { return "check " + asked.id; },
      [](const CheckPingsAsked& asked) { return "pings " + asked.id; },
      [](const PingBodyAsked& asked) {
        return "body " + asked.id + " " + std::to_string(asked.number);
      },
      [](const FlipsAsked& asked) { return "flips " + asked.id; },
      [](const ChannelsAsked&) { return std::string("channels"); },
      [](const ApiStatusAsked&) { return std::string("status"); },
      [](const CheckGiven& given) { return "given " + given.id; },
      [](const CheckCommand& command) {
        return std::string(text_of(command.verb)) + " " + command.id;
      },
      [](const web::Response& response) {
        return std::to_string(response.status) + " " + response.body;
      });
}

std::string asked(const web::Request& request) {
  return summary(parse_api(request, keys(), kNow).call);
}

TEST(ManagementApi, KnowsItsPlaces) {
  const std::string id(kUuid);
  struct Row {
    std::string method, path, expected;
  };
  const std::vector<Row> rows = {
      {"GET", "/api/v3/checks/", "checks"},
      {"GET", "/api/v3/checks", "checks"},
      {"HEAD", "/api/v1/checks/", "checks"},
      {"POST", "/api/v2/checks/", "given "},
      {"GET", kCheck, "check " + id},
      {"GET", kCheck + "/", "check " + id},
      {"GET", kChecks + "0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0", "check " + id},
      {"GET", kChecks + std::string(kUnique), "check " + std::string(kUnique)},
      {"POST", kCheck, "given " + id},
      {"DELETE", kCheck, "remove " + id},
      {"POST", kCheck + "/pause", "pause " + id},
      {"POST", kCheck + "/resume", "resume " + id},
      {"GET", kCheck + "/pings/", "pings " + id},
      {"GET", kCheck + "/pings/7/body", "body " + id + " 7"},
      {"GET", kCheck + "/flips/", "flips " + id},
      {"GET", kChecks + std::string(kUnique) + "/flips/", "flips " + std::string(kUnique)},
      {"GET", "/api/v3/channels/", "channels"},
      {"GET", "/api/v3/status/", "status"},
  };
  for (const Row& row : rows) {
    EXPECT_TRUE(is_api(request(row.method, row.path))) << row.path;
    EXPECT_EQ(asked(request(row.method, row.path)), row.expected) << row.method << " " << row.path;
  }
}

TEST(ManagementApi, RefusesOtherPlacesAndMethods) {
  const std::string other = R"(404 {"error": "not found"})";
  for (const std::string& path :
       {std::string("/api/v3/"), std::string("/api/v3/badges/"), std::string("/api/v3//"),
        kChecks + "7", kChecks + "/", kCheck + "/pings/x/body", kCheck + "/pings/7",
        kCheck + "/pings/7/body/x", kCheck + "/pings/99999999999999999999/body", kCheck + "/fail",
        kChecks + std::string(kUnique) + "/pings/", kChecks + std::string(kUnique) + "/pause"})
    EXPECT_EQ(asked(request("GET", path)), other) << path;
  for (const std::string& path : {std::string("/api/v4/checks/"), std::string("/api/push/x"),
                                  std::string("/api/v3"), std::string("api/v3/checks/")})
    EXPECT_FALSE(is_api(request("GET", path))) << path;
  for (const auto& [method, path] : std::initializer_list<std::pair<std::string, std::string>>{
           {"PUT", kChecks},
           {"DELETE", kChecks},
           {"GET", kCheck + "/pause"},
           {"POST", kCheck + "/pings/"},
           {"POST", kChecks + std::string(kUnique)}})
    EXPECT_THAT(asked(request(method, path)), HasSubstr("405 {\"error\": \"method not allowed"))
        << method << path;
}

TEST(ManagementApi, NeedsAKeyAndShowsWhatItOpens) {
  const std::string missing = R"(401 {"error": "missing api key"})";
  const std::string wrong = R"(401 {"error": "wrong api key"})";
  EXPECT_EQ(asked(request("GET", kChecks, "")), missing);
  EXPECT_EQ(asked(request("GET", kChecks, "full-0123456789abcdee")), wrong);
  EXPECT_EQ(asked(request("GET", kChecks, kReads)), "checks");
  EXPECT_EQ(asked(request("GET", kCheck, kReads)), "check " + std::string(kUuid));
  EXPECT_EQ(asked(request("GET", kCheck + "/flips/", kReads)), "flips " + std::string(kUuid));
  for (const std::string& path :
       {kCheck + "/pings/", kCheck + "/pings/1/body", std::string("/api/v3/channels/")})
    EXPECT_EQ(asked(request("GET", path, kReads)), wrong) << path;
  for (const std::string& path : {kChecks, kCheck, kCheck + "/pause", kCheck + "/resume"})
    EXPECT_EQ(asked(request("POST", path, kReads)), wrong) << path;
  EXPECT_EQ(asked(request("DELETE", kCheck, kReads)), wrong);
  EXPECT_EQ(asked(request("GET", "/api/v3/status/", "")), "status");
  EXPECT_TRUE(parse_api(request("GET", kChecks, kReads), keys(), kNow).only_reads);
  EXPECT_FALSE(parse_api(request("GET", kChecks), keys(), kNow).only_reads);
  EXPECT_EQ(parse_api(request("GET", "/api/v1/checks/"), keys(), kNow).version, 1);
  // Where there is no key, none is right.
  for (std::string_view key : {std::string_view(" "), kFull})
    EXPECT_EQ(summary(parse_api(request("GET", kChecks, key), {}, kNow).call), wrong);
}

TEST(ManagementApi, TakesTheKeyFromTheBody) {
  web::Request posted = request("POST", kChecks, "");
  posted.body = R"({"api_key":"full-0123456789abcdef","name":"x"})";
  EXPECT_EQ(asked(posted), "given ");
  posted.body = R"({"api_key":"hcr_0123456789abcdefg"})";
  EXPECT_EQ(asked(posted), R"(401 {"error": "wrong api key"})");
  posted.body = R"({"api_key":7})";
  EXPECT_EQ(asked(posted), R"(401 {"error": "missing api key"})");
  posted.body = "{";
  EXPECT_EQ(asked(posted), R"(400 {"error": "could not parse request body"})");
}

TEST(ManagementApi, RefusesOtherBodies) {
  web::Request posted = request("POST", kChecks);
  EXPECT_EQ(asked(posted), "given ");
  posted.body = "{\"name\":\"x\"";
  EXPECT_EQ(asked(posted),
            R"(400 {"error": "could not parse request body: expected ',' or '}' at byte 11"})");
  posted.body = "[]";
  EXPECT_EQ(asked(posted), R"(400 {"error": "json validation error: value is not an object"})");
  posted.is_cut = true;
  EXPECT_THAT(asked(posted), HasSubstr("413"));
  posted.headers = {{"X-Api-Key", "wrong"}};
  EXPECT_THAT(asked(posted), HasSubstr("401"));
}

TEST(ManagementApi, AnswersPreflights) {
  const ApiAsked asked = parse_api(request("OPTIONS", kCheck, ""), keys(), kNow);
  const auto& response = std::get<web::Response>(asked.call);
  EXPECT_EQ(response.status, 204);
  using Header = std::pair<std::string, std::string>;
  for (const Header& header : {Header{"Access-Control-Allow-Origin", "*"},
                               Header{"Access-Control-Allow-Methods", "GET, POST, DELETE"},
                               Header{"Access-Control-Allow-Headers", "X-Api-Key, Content-Type"}})
    EXPECT_THAT(response.headers, testing::Contains(header));
}

TEST(ManagementApi, ReadsFiltersAndTimes) {
  web::Request listed = request("GET", kChecks);
  listed.query = {{"tag", "prod"}, {"slug", "a"}, {"tag", "db"}, {"other", "x"}};
  EXPECT_EQ(asked(listed), "checks tag prod tag db slug a");

  web::Request flips = request("GET", kCheck + "/flips/");
  auto times = [&](std::vector<std::pair<std::string, std::string>> query) {
    flips.query = std::move(query);
    return std::get<FlipsAsked>(parse_api(flips, keys(), kNow).call);
  };
  EXPECT_EQ(times({}).from, Instant::min());
  EXPECT_EQ(times({}).to, Instant::max());
  EXPECT_EQ(times({{"seconds", "60"}}).from, kNow - 60s);
  EXPECT_EQ(times({{"start", "100"}, {"end", "200"}}).from, Instant(100s));
  EXPECT_EQ(times({{"end", "200"}}).to, Instant(200s));
  for (const auto& query : std::vector<std::vector<std::pair<std::string, std::string>>>{
           {{"seconds", "-1"}},
           {{"start", "x"}},
           {{"end", "99999999999999999999"}},
           {{"seconds", "1"}, {"end", "2"}}}) {
    flips.query = query;
    EXPECT_THAT(asked(flips), HasSubstr("400 {\"error\": \"invalid parameter"));
  }
}

TEST(ManagementApi, KnowsWhereItWasReached) {
  web::Request reached;
  EXPECT_EQ(base_url(reached, "127.0.0.1:4040"), "http://127.0.0.1:4040");
  reached.headers = {{"Host", "hc.acme.example"}, {"X-Forwarded-Proto", "https, http"}};
  EXPECT_EQ(base_url(reached, "127.0.0.1:4040"), "https://hc.acme.example");
  reached.headers = {{"Host", "a/b"}};
  EXPECT_EQ(base_url(reached, "127.0.0.1:4040"), "http://127.0.0.1:4040");
}

std::string why(std::string_view body) {
  auto json = parse_json(body);
  if (!json) return "not json";
  auto spec = read_spec(*json);
  return spec ? "good" : spec.error().message;
}

TEST(ManagementSpec, IsCheckedFieldByField) {
  struct Row {
    std::string body, expected;
  };
  const std::string e = "json validation error: ";
  const std::vector<Row> rows = {
      {"{}", "good"},
      {"[]", e + "value is not an object"},
      {R"({"name":null})", e + "name is not a string"},
      {R"({"name":7})", e + "name is not a string"},
      {R"({"name":")" + std::string(100, 'x') + "\"}", "good"},
      {R"({"name":")" + std::string(101, 'x') + "\"}", e + "name is too long"},
      {R"({"name":"a\u0000b"})", e + "name contains a null character"},
      {R"({"slug":"a-b_1"})", "good"},
      {R"({"slug":""})", "good"},
      {R"({"slug":"A"})", e + "slug does not match pattern [a-z0-9][a-z0-9_-]*"},
      {R"({"slug":"-a"})", e + "slug does not match pattern [a-z0-9][a-z0-9_-]*"},
      {R"({"slug":"a/b"})", e + "slug does not match pattern [a-z0-9][a-z0-9_-]*"},
      {R"({"slug":")" + std::string(64, 'x') + "\"}", e + "slug is too long"},
      {R"({"tags":["a"]})", e + "tags is not a string"},
      {R"({"timeout":"60"})", e + "timeout is not a number"},
      {R"({"timeout":true})", e + "timeout is not a number"},
      {R"({"timeout":null})", e + "timeout is not a number"},
      {R"({"timeout":60.5})", e + "timeout is not a whole number"},
      {R"({"timeout":59})", e + "timeout is too small"},
      {R"({"timeout":60})", "good"},
      {R"({"timeout":31536000})", "good"},
      {R"({"timeout":31536001})", e + "timeout is too large"},
      {R"({"timeout":1e300})", e + "timeout is too large"},
      {R"({"grace":-1})", e + "grace is too small"},
      {R"({"schedule":"15 3 * * *","tz":"Europe/Berlin"})", "good"},
      {R"({"schedule":"x"})", e + "schedule is not a valid cron expression"},
      {R"({"schedule":"Mon *-*-* 03:15"})", e + "schedule is not a valid cron expression"},
      {R"({"tz":7})", e + "tz is not a string"},
      {R"({"manual_resume":"true"})", e + "manual_resume is not a boolean"},
      {R"({"methods":"GET"})", e + "methods has unexpected value"},
      {R"({"methods":"POST"})", "good"},
      {R"({"channels":"*"})", "good"},
      {R"({"channels":"x"})", e + "channels has unexpected value: Hammock has no channels"},
      {R"({"subject":""})", "good"},
      {R"({"success_kw":"OK"})", e + "success_kw is not supported: Hammock has no such filter"},
      {R"({"filter_body":false})", "good"},
      {R"({"filter_body":true})", e + "filter_body is not supported: Hammock has no such filter"},
      {R"({"unique":"name"})", e + "unique is not an array"},
      {R"({"unique":["nam"]})", e + "unique has unexpected value"},
      {R"({"unique":["name"]})", e + "unique names a field that is not given"},
      {R"({"name":"a","unique":["name"]})", "good"},
      {R"({"shedule":"15 3 * * *"})", e + "shedule is unknown"},
  };
  for (const Row& row : rows)
    EXPECT_EQ(why(row.body), row.expected) << row.body;
}

// --- what becomes of it ---

Result<schedule::Zone> find_zone(std::string_view name) {
  if (name == "UTC") return schedule::Zone::utc();
  if (name == "Europe/Berlin") return schedule::Zone("Europe/Berlin", {{Instant::min(), 1h}});
  return fail(ErrorCode::kNotFound, "no such zone");
}

class Given : public testing::Test {
 protected:
  Given() {
    heartbeat::Setup copy;
    copy.config.name = std::string_view("copy");
    copy.uuid = heartbeat::uuid_of("acme", "copy");
    play(heartbeat::ConfigurationGiven{{copy}});
  }
  void play(const heartbeat::Event& event) {
    const Now now{kNow, Steady(1s)};
    for (const heartbeat::Fact& fact : heartbeat::decide(state, event, now).facts)
      heartbeat::apply(state, fact);
  }
  // "new the-name", "changed …", "same …", "403 …"; what is to be is so then.
  std::string given(std::string_view body, std::string_view changed = {}) {
    auto json = parse_json(body);
    auto spec = read_spec(*json);
    if (!spec) return spec.error().message;
    const std::string uuid = heartbeat::uuid_of("random", std::to_string(++made));
    const SpecOutcome outcome =
        changed.empty() ? give(*spec, state, kNow, uuid, find_zone)
                        : change(*spec, *heartbeat::report(state, changed, kNow), find_zone);
    return match(
        outcome,
        [&](const SpecIsNew& is) {
          play(heartbeat::SetupGiven{"c", is.setup, true, "test"});
          return "new " + is.setup.config.name;
        },
        [&](const SpecChanges& is) {
          play(heartbeat::SetupGiven{"c", is.setup, false, "test"});
          return "changed " + is.setup.config.name;
        },
        [](const SpecIsSame& is) { return "same " + is.name; },
        [](const web::Response& response) {
          return std::to_string(response.status) + " " + response.body;
        });
  }
  const heartbeat::Setup& setup(std::string_view name) const {
    return state.heartbeats.find(name)->second.setup;
  }

  heartbeat::State state;
  int made = 0;
};

TEST_F(Given, ANameMakesASlug) {
  EXPECT_EQ(given(R"({"name":"The nightly -- Copy!"})"), "new the-nightly-copy");
  EXPECT_EQ(setup("the-nightly-copy").title, "The nightly -- Copy!");
  EXPECT_EQ(given(R"({"name":"The nightly copy"})"), "new the-nightly-copy-2");
  EXPECT_EQ(given("{}"), "new check");
  EXPECT_EQ(given(R"({"name":"\u00fc"})"), "new check-2");
  EXPECT_EQ(given(R"({"name":"_-a_b-_"})"), "new a_b");
  EXPECT_EQ(given("{\"name\":\"" + std::string(80, 'x') + "\"}"), "new " + std::string(63, 'x'));
  EXPECT_EQ(given("{\"name\":\"" + std::string(80, 'x') + "\"}"),
            "new " + std::string(61, 'x') + "-2");
}

TEST_F(Given, EverythingIsKept) {
  EXPECT_EQ(given(R"({"slug":"a","name":"A","tags":" prod\t db ","desc":"d","timeout":3600,
                      "grace":120,"manual_resume":true,"methods":"POST"})"),
            "new a");
  EXPECT_EQ(setup("a").tags, "prod db");
  EXPECT_EQ(setup("a").config.description, "d");
  EXPECT_EQ(heartbeat::schedule_text(setup("a")), "every 1h");
  EXPECT_EQ(setup("a").config.grace, 2min);
  EXPECT_TRUE(setup("a").config.manual_resume);
  EXPECT_TRUE(setup("a").config.post_only);
  EXPECT_EQ(given(R"({"schedule":"15 3 * * *","tz":"Europe/Berlin"})", "a"), "changed a");
  EXPECT_EQ(heartbeat::schedule_text(setup("a")), "at 15 3 * * * Europe/Berlin");
  EXPECT_EQ(setup("a").tags, "prod db");
  EXPECT_EQ(given(R"({"schedule":"15 4 * * *","timeout":60})", "a"), "changed a");
  EXPECT_EQ(heartbeat::schedule_text(setup("a")), "at 15 4 * * * Europe/Berlin");
  EXPECT_EQ(given(R"({"tz":"Mars/Base"})", "a"),
            R"(400 {"error": "json validation error: tz is not a valid timezone"})");
  EXPECT_EQ(given(R"({"timeout":60})", "a"), "changed a");
  EXPECT_EQ(given(R"({"timeout":60})", "a"), "same a");
  EXPECT_EQ(given(R"({"slug":"a","desc":""})", "a"), "changed a");
  EXPECT_THAT(given(R"({"slug":"b"})", "a"), HasSubstr("slug cannot be changed"));
}

TEST_F(Given, UniqueFindsOneThatIsLikeIt) {
  EXPECT_EQ(given(R"({"name":"A","tags":"x","timeout":60,"grace":60})"), "new a");
  EXPECT_EQ(given(R"({"name":"A","unique":["name"],"desc":"d"})"), "changed a");
  EXPECT_EQ(setup("a").tags, "x");
  EXPECT_EQ(given(R"({"name":"A","unique":["name"],"desc":"d"})"), "same a");
  EXPECT_EQ(given(R"({"slug":"a","unique":["slug"]})"), "same a");
  EXPECT_EQ(given(R"({"tags":"x","timeout":60,"grace":60,"unique":["tags","timeout","grace"]})"),
            "same a");
  EXPECT_EQ(given(R"({"name":"A","tags":"y","unique":["name","tags"]})"), "new a-2");
  EXPECT_EQ(given(R"({"name":"B","timeout":120,"unique":["timeout"]})"), "new b");
  EXPECT_EQ(given(R"({"name":"C","grace":180,"unique":["grace"]})"), "new c");
  EXPECT_THAT(given(R"({"slug":"a"})"), HasSubstr("403 {\"error\": \"slug a is taken"));
}

TEST_F(Given, WhatIsInTheFileStaysAsItIs) {
  const std::string refused =
      R"(403 {"error": "heartbeat copy is in hammock.toml: change it there and run )"
      R"(`hammock apply`"})";
  EXPECT_EQ(given(R"({"name":"copy"})"), refused);
  EXPECT_EQ(given(R"({"slug":"copy"})"), refused);
  EXPECT_EQ(given(R"({"name":"copy","desc":"d","unique":["name"]})"), refused);
  EXPECT_EQ(given(R"({"name":"Copy","timeout":86400,"grace":3600})", "copy"), refused);
  EXPECT_EQ(given(R"({"name":"copy","timeout":86400,"grace":3600,"unique":["name"]})"),
            "same copy");
}

TEST_F(Given, ThereAreSoManyAndNoMore) {
  for (std::size_t i = 0; i < heartbeat::kCreatedMost; ++i)
    ASSERT_EQ(given("{\"slug\":\"h" + std::to_string(i) + "\"}"), "new h" + std::to_string(i));
  EXPECT_THAT(given(R"({"slug":"one-more"})"), HasSubstr("403 {\"error\": \"there are 1000"));
}

}  // namespace
}  // namespace hammock::shell
