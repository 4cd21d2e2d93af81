#include "shell/ping_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace hammock::shell {
namespace {

using heartbeat::Signal;

using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kUuid = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
constexpr std::string_view kUpper = "0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0";
const std::string kPing = "/ping/" + std::string(kUuid);
const std::string kPush = "/api/push/" + std::string(kUuid);

PingCall call(std::string_view path, Pairs query = {}, Pairs headers = {}, std::string body = {}) {
  return parse_ping({.method = "POST",
                     .path = std::string(path),
                     .query = std::move(query),
                     .body = std::move(body),
                     .remote = "::1",
                     .headers = std::move(headers)});
}

heartbeat::Ping ping(const PingCall& call) {
  const auto* asked = std::get_if<PingAsked>(&call);
  if (asked == nullptr) ADD_FAILURE() << std::get<web::Response>(call).body;
  return asked == nullptr ? heartbeat::Ping{} : asked->ping;
}

// "0f1e… success", "key/slug create fail 3", "404 not found".
std::string summary(const PingCall& call) {
  if (const auto* response = std::get_if<web::Response>(&call)) {
    return std::to_string(response->status) + " " + response->body;
  }
  const auto& asked = std::get<PingAsked>(call);
  std::string text(asked.dialect == Dialect::kKuma ? "kuma " : "");
  if (const auto* by_uuid = std::get_if<ByUuid>(&asked.whom)) text += by_uuid->uuid;
  if (const auto* by_slug = std::get_if<BySlug>(&asked.whom)) {
    text += by_slug->key + "/" + by_slug->slug + (by_slug->create ? " create" : "");
  }
  text += " " + std::string(text_of(asked.ping.signal));
  if (asked.ping.exit_status >= 0) text += " " + std::to_string(asked.ping.exit_status);
  return text;
}

std::string header(const web::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "none";
}

struct Row {
  std::string path;
  std::string expected;
};

TEST(PingApi, KnowsItsPaths) {
  const std::string uuid(kUuid);
  const std::vector<Row> rows = {
      {kPing, uuid + " success"},
      {kPing + "/", uuid + " success"},
      {kPing + "/start", uuid + " start"},
      {kPing + "/fail", uuid + " fail"},
      {kPing + "/log", uuid + " log"},
      {kPing + "/0", uuid + " success 0"},
      {kPing + "/1", uuid + " fail 1"},
      {kPing + "/255", uuid + " fail 255"},
      {kPing + "/007", uuid + " fail 7"},
      {kPing + "/000", uuid + " success 0"},
      {"/ping/" + std::string(kUpper), uuid + " success"},
      {"/ping/" + std::string(kUpper) + "/fail", uuid + " fail"},
      {"/ping/key/db-backup", "key/db-backup success"},
      {"/ping/key/db-backup/", "key/db-backup success"},
      {"/ping/Key_-9/db_backup/start", "Key_-9/db_backup start"},
      {"/ping/key/a/fail", "key/a fail"},
      {"/ping/key/a/log", "key/a log"},
      {"/ping/key/a/0", "key/a success 0"},
      {"/ping/key/a/3", "key/a fail 3"},
      {"/ping/key/start", "key/start success"},
      {"/ping/key/7", "key/7 success"},
      {kPush, "kuma " + uuid + " success"},
      {kPush + "/", "kuma " + uuid + " success"},
      {"/api/push/" + std::string(kUpper), "kuma " + uuid + " success"},
  };
  for (const Row& row : rows)
    EXPECT_EQ(summary(call(row.path)), row.expected) << row.path;
}

TEST(PingApi, RefusesOtherPaths) {
  const std::string other = "404 not found";
  const std::string format = "400 invalid url format";
  const std::string monitor = R"(404 {"ok":false,"msg":"Monitor not found or not active."})";
  const std::vector<Row> rows = {
      {"", other},
      {"/", other},
      {"/ping", other},
      {"/ping/", other},
      {"/ping//", other},
      {"//ping/key/a", other},
      {"ping/key/a", other},
      {"/PING/key/a", other},
      {"/pings/key/a", other},
      {"/ping/key", other},
      {"/ping/key/", other},
      {"/ping//a", other},
      {"/ping/key//", other},
      {"/ping/key/a//", other},
      {"/ping/key/a/start/", other},
      {"/ping/key/a/start/1", other},
      {"/ping/key/a/pause", other},
      {"/ping/key/A/pause", other},
      {"/ping/key/a b", other},
      {"/ping/key/a.b", other},
      {"/ping/key/..", other},
      {"/ping/key/\xc3\xa4", other},
      {"/ping/key/" + std::string("a\0b", 3), other},
      {"/ping/k.y/a", other},
      {"/ping/0f1e2d3c4b5a69788796a5b4c3d2e1f0", other},
      {"/ping/{" + std::string(kUuid) + "}", other},
      {kPing + "//", other},
      {kPing + "//start", other},
      {kPing + "/Start", other},
      {kPing + "/start/", other},
      {kPing + "/start/fail", other},
      {kPing + "/0/1", other},
      {kPing + "/ start", other},
      {kPing + "/+1", other},
      {kPing + "/-1", other},
      {kPing + "/1.0", other},
      {kPing + "/0x1", other},
      {kPing + "/256", format},
      {kPing + "/99999999999999999999999999", format},
      {kPing + "/18446744073709551616", format},
      {"/ping/key/a/256", format},
      {"/ping/key/A", format},
      {"/ping/key/dB/start", format},
      {"/api/push", other},
      {"/api/pushed/" + std::string(kUuid), other},
      {"/api/push/", monitor},
      {"/api/push/token", monitor},
      {kPush + "/start", monitor},
      {kPush + "//", monitor},
      {"/api/push/" + std::string(kUuid) + "0", monitor},
  };
  for (const Row& row : rows)
    EXPECT_EQ(summary(call(row.path)), row.expected) << printable(row.path);
}

TEST(PingApi, LongPathsAreNotFound) {
  for (std::string path :
       {"/ping/" + std::string(10'000, 'a'), "/ping/key/" + std::string(10'000, 'a'),
        "/ping/" + std::string(10'000, 'k') + "/a", "/ping" + std::string(10'000, '/'),
        std::string(10'000, '/'), kPing + "/" + std::string(10'000, 's')}) {
    EXPECT_EQ(summary(call(path)), "404 not found") << path.substr(0, 20);
  }
  EXPECT_EQ(summary(call(kPing + "/" + std::string(10'000, '9'))), "400 invalid url format");
  EXPECT_EQ(summary(call(kPing + "/" + std::string(10'000, '0') + "2")),
            std::string(kUuid) + " fail 2");
  EXPECT_EQ(summary(call("/ping/key/" + std::string(100, 'a'))),
            "key/" + std::string(100, 'a') + " success");
  EXPECT_EQ(summary(call("/ping/key/" + std::string(101, 'a'))), "404 not found");
}

TEST(PingApi, CreatesOnlyBySlugAndOnlyForOne) {
  EXPECT_EQ(summary(call("/ping/key/a", {{"create", "1"}})), "key/a create success");
  EXPECT_EQ(summary(call("/ping/key/a/fail", {{"create", "1"}})), "key/a create fail");
  EXPECT_EQ(summary(call("/ping/key/a", {{"create", "0"}})), "key/a success");
  EXPECT_EQ(summary(call("/ping/key/a", {{"create", ""}})), "key/a success");
  EXPECT_EQ(summary(call("/ping/key/a", {{"create", "true"}})), "key/a success");
  EXPECT_EQ(summary(call(kPing, {{"create", "1"}})), std::string(kUuid) + " success");
}

TEST(PingApi, ARunHasAUuid) {
  EXPECT_EQ(ping(call(kPing)).rid, "");
  EXPECT_EQ(ping(call(kPing, {{"rid", std::string(kUpper)}})).rid, kUuid);
  EXPECT_EQ(ping(call("/ping/key/a/start", {{"rid", std::string(kUuid)}})).rid, kUuid);
  for (std::string_view bad : {"", "1", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", " ",
                               "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0 "}) {
    EXPECT_EQ(summary(call(kPing, {{"rid", std::string(bad)}})), "400 invalid uuid format") << bad;
    EXPECT_EQ(summary(call("/ping/key/a", {{"rid", std::string(bad)}})), "400 invalid uuid format");
  }
  EXPECT_EQ(summary(call("/ping/key/A", {{"rid", "1"}})), "400 invalid url format");
  EXPECT_EQ(summary(call(kPing + "/x", {{"rid", "1"}})), "404 not found");
}

TEST(PingApi, KeepsWhatCameWithThePing) {
  std::string body("\xff\0\r\n", 4);
  heartbeat::Ping kept = ping(call(kPing, {}, {{"user-agent", "curl/8"}}, body));
  EXPECT_EQ(kept.method, "POST");
  EXPECT_EQ(kept.agent, "curl/8");
  EXPECT_EQ(kept.scheme, "http");
  EXPECT_EQ(kept.remote, "::1");
  EXPECT_EQ(kept.body, body);
  EXPECT_EQ(ping(call(kPing)).agent, "");

  kept = ping(call(kPing, {}, {{"User-Agent", std::string(200, 'a') + "b"}},
                   std::string(10'000, 'x') + "y"));
  EXPECT_EQ(kept.agent, std::string(200, 'a'));
  EXPECT_EQ(kept.body, std::string(10'000, 'x'));

  auto odd = parse_ping({.method = std::string(10'000, 'M'), .path = kPing});
  EXPECT_EQ(ping(odd).method, std::string(20, 'M'));
}

TEST(PingApi, TakesTheAddressThatAProxySays) {
  const std::vector<Row> rows = {
      {"192.0.2.1", "192.0.2.1"},
      {"192.0.2.1:4711", "192.0.2.1"},
      {" 192.0.2.1 , 198.51.100.7", "192.0.2.1"},
      {"192.0.2.1:1,198.51.100.7", "192.0.2.1"},
      {"2001:db8::7", "2001:db8::7"},
      {"2001:db8::7, 192.0.2.1", "2001:db8::7"},
      {"[2001:db8::7]:4711", "2001:db8::7"},
      {"[2001:db8::7]", "2001:db8::7"},
      {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
      {"", "::1"},
      {",192.0.2.1", "::1"},
      {"uid 0", "::1"},
      {"unknown", "::1"},
      {"[", "::1"},
      {"[]", "::1"},
      {":.", "::1"},
      {"192.0.2.1:4711:1", "::1"},
      {std::string(10'000, '1'), "::1"},
  };
  for (const Row& row : rows) {
    heartbeat::Ping kept = ping(call(kPing, {}, {{"X-Forwarded-For", row.path}}));
    EXPECT_EQ(kept.remote, row.expected) << row.path;
  }
}

TEST(PingApi, TakesTheSchemeThatAProxySays) {
  for (const Row& row : {Row{"https", "https"}, Row{"HTTPS", "https"}, Row{"https, http", "https"},
                         Row{"http", "http"}, Row{"", "http"}, Row{"local", "http"}}) {
    heartbeat::Ping kept = ping(call(kPing, {}, {{"X-Forwarded-Proto", row.path}}));
    EXPECT_EQ(kept.scheme, row.expected) << row.path;
  }
}

TEST(PingApi, AKumaPushHasAStatusAndAMessage) {
  for (auto [status, signal] : {std::pair{"up", Signal::kSuccess}, std::pair{"", Signal::kSuccess},
                                std::pair{"down", Signal::kFail}, std::pair{"UP", Signal::kFail},
                                std::pair{"pending", Signal::kFail}}) {
    EXPECT_EQ(ping(call(kPush, {{"status", status}})).signal, signal) << status;
  }
  heartbeat::Ping kept = ping(
      call(kPush, {{"msg", std::string(10'001, 'm')}, {"ping", "x"}, {"rid", "x"}, {"create", "1"}},
           {{"User-Agent", "sh"}, {"X-Forwarded-For", "192.0.2.1"}}, "not this"));
  EXPECT_EQ(kept.body, std::string(10'000, 'm'));
  EXPECT_EQ(kept.rid, "");
  EXPECT_EQ(kept.agent, "sh");
  EXPECT_EQ(kept.remote, "192.0.2.1");
  EXPECT_EQ(kept.exit_status, -1);
  EXPECT_EQ(ping(call(kPush, {}, {}, "not this")).body, "");
}

TEST(PingApi, AnswersWhatClientsKnow) {
  struct Expected {
    Dialect dialect;
    PingOutcome outcome;
    int status;
    std::string_view body;
    std::string_view limit;
  };
  constexpr auto kHc = Dialect::kHealthchecks;
  constexpr auto kKuma = Dialect::kKuma;
  for (const Expected& row : {
           Expected{kHc, PingOutcome::kRecorded, 200, "OK", "10000"},
           Expected{kHc, PingOutcome::kCreated, 201, "Created", "10000"},
           Expected{kHc, PingOutcome::kNotFound, 404, "not found", "none"},
           Expected{kHc, PingOutcome::kNotRecorded, 503, "not recorded", "none"},
           Expected{kKuma, PingOutcome::kRecorded, 200, R"({"ok":true})", "none"},
           Expected{kKuma, PingOutcome::kNotFound, 404,
                    R"({"ok":false,"msg":"Monitor not found or not active."})", "none"},
           Expected{kKuma, PingOutcome::kNotRecorded, 503, R"({"ok":false,"msg":"not recorded"})",
                    "none"},
       }) {
    web::Response answer = ping_answer(row.dialect, row.outcome);
    EXPECT_EQ(answer.status, row.status) << row.body;
    EXPECT_EQ(answer.body, row.body);
    EXPECT_EQ(answer.content_type,
              row.dialect == kHc ? "text/plain; charset=utf-8" : "application/json; charset=utf-8");
    EXPECT_EQ(header(answer, "Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(header(answer, "Cache-Control"),
              "max-age=0, no-cache, no-store, must-revalidate, private");
    EXPECT_EQ(header(answer, "Ping-Body-Limit"), row.limit);
  }
}

TEST(PingApi, RefusalsHaveTheHeadersToo) {
  for (const PingCall& refused : {call("/"), call("/ping/key/A"), call(kPing + "/256"),
                                  call(kPing, {{"rid", "1"}}), call("/api/push/x")}) {
    const auto& response = std::get<web::Response>(refused);
    EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(header(response, "Cache-Control"),
              "max-age=0, no-cache, no-store, must-revalidate, private");
    EXPECT_EQ(header(response, "Ping-Body-Limit"), "none");
  }
}

}  // namespace
}  // namespace hammock::shell
