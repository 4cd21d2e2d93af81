#include "shell/management_json.h"

#include <gtest/gtest.h>

namespace hammock::shell {
namespace {

using namespace std::chrono_literals;

constexpr Instant kAt = Instant(1'800'000'000'000'250us);
const CheckView kView{3, false, "http://h:1"};

heartbeat::Report report() {
  heartbeat::Setup setup;
  setup.uuid = std::string_view("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
  setup.title = "The \"copy\"";
  setup.tags = "prod db";
  setup.config.name = std::string_view("copy");
  setup.config.description = "d";
  setup.config.when = heartbeat::Every{1h};
  heartbeat::Report report;
  report.name = std::string_view("copy");
  report.uuid = setup.uuid;
  report.description = "d";
  report.setup = setup;
  report.shown = heartbeat::Shown::kUp;
  report.pings = 7;
  report.last_ping = kAt;
  report.expected = kAt + 1h;
  report.last_duration = 2'900ms;
  return report;
}

TEST(ManagementJson, OneCheck) {
  EXPECT_EQ(
      check_json(report(), kView),
      R"({"name":"The \"copy\"","slug":"copy","tags":"prod db","desc":"d","grace":3600,)"
      R"("n_pings":7,"status":"up","started":false,"last_ping":"2027-01-15T08:00:00+00:00",)"
      R"("next_ping":"2027-01-15T09:00:00+00:00","manual_resume":false,"methods":"",)"
      R"("subject":"","subject_fail":"","start_kw":"","success_kw":"","failure_kw":"",)"
      R"("filter_subject":false,"filter_body":false,"filter_http_body":false,)"
      R"("filter_default_fail":false,"badge_url":"","last_duration":2,)"
      R"("uuid":"0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",)"
      R"("ping_url":"http://h:1/ping/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",)"
      R"("update_url":"http://h:1/api/v3/checks/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",)"
      R"("pause_url":"http://h:1/api/v3/checks/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/pause",)"
      R"("resume_url":"http://h:1/api/v3/checks/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/resume",)"
      R"("channels":"","timeout":3600})");
}

TEST(ManagementJson, TheReadOnlyKeySeesNoAddress) {
  const std::string json = check_json(report(), {3, true, "http://h:1"});
  // What Python's hashlib makes of "0f1e2d3c4b5a6978".
  EXPECT_TRUE(json.contains(R"("unique_key":"c934318ee972617b3d81ca90dc692323333ff5e8")")) << json;
  for (std::string_view secret : {"0f1e2d3c", "a5b4c3d2e1f0", "ping_url", "update_url", "pause_url",
                                  "resume_url", "channels", "uuid"})
    EXPECT_FALSE(json.contains(secret)) << secret;
}

TEST(ManagementJson, SchedulesAndStates) {
  heartbeat::Report one = report();
  heartbeat::Setup setup = one.setup;
  setup.title.clear();
  setup.config.when = heartbeat::AtTimes{*schema::read_cron("15 3 * * *")};
  setup.zone = schedule::Zone("Europe/Berlin", {{Instant::min(), 1h}});
  setup.config.post_only = true;
  one.setup = setup;
  one.started = kAt;
  one.last_ping.reset();
  const std::string json = check_json(one, kView);
  for (std::string_view part :
       {R"("name":"copy")", R"("schedule":"15 3 * * *","tz":"Europe/Berlin"})",
        R"("methods":"POST")", R"("started":true)", R"("status":"up")", R"("last_ping":null)"})
    EXPECT_TRUE(json.contains(part)) << part << json;
  EXPECT_FALSE(json.contains("timeout"));
  EXPECT_TRUE(check_json(one, {1, false, ""}).contains(R"("status":"started")"));
  EXPECT_EQ(checks_json({}, kView), R"({"checks":[]})");
}

FactRow row_of(const heartbeat::Fact& fact) {
  FactRow row;
  row.kind = fact::name_of(fact);
  row.fields = heartbeat::fields_json(fact);
  return row;
}

TEST(ManagementJson, Pings) {
  heartbeat::PingTaken ping;
  ping.heartbeat = std::string_view("copy");
  ping.number = 7;
  ping.signal = heartbeat::Signal::kFail;
  ping.at = kAt;
  ping.scheme = std::string_view("http");
  ping.method = std::string_view("GET");
  ping.agent = std::string_view("curl/8");
  ping.remote = std::string_view("::1");
  EXPECT_EQ(check_pings_json({row_of(ping)}, "U", kView),
            R"({"pings":[{"type":"fail","date":"2027-01-15T08:00:00.000250+00:00","n":7,)"
            R"("scheme":"http","remote_addr":"::1","method":"GET","ua":"curl/8","rid":null,)"
            R"("body_url":null}]})");
  ping.ignored = true;
  ping.took = 1500ms;
  ping.rid = std::string_view("R");
  ping.body_base64 = std::string_view("/w==");
  const std::string json = check_pings_json({row_of(ping)}, "U", kView);
  for (std::string_view part : {R"("type":"ign")", R"("duration":1.5)", R"("rid":"R")",
                                R"("body_url":"http://h:1/api/v3/checks/U/pings/7/body")"})
    EXPECT_TRUE(json.contains(part)) << part << json;
}

TEST(ManagementJson, Flips) {
  heartbeat::PingTaken up;
  up.status = heartbeat::Status::kUp;
  up.since = kAt;
  heartbeat::PingTaken down = up;
  down.status = heartbeat::Status::kDown;
  const heartbeat::HeartbeatFell fell{"copy", kAt + 1h, kAt + 2h};
  EXPECT_EQ(flips_json({row_of(fell), row_of(up), row_of(up), row_of(down)}),
            R"({"flips":[{"timestamp":"2027-01-15T09:00:00+00:00","up":0},)"
            R"({"timestamp":"2027-01-15T08:00:00+00:00","up":1},)"
            R"({"timestamp":"2027-01-15T08:00:00+00:00","up":0}]})");
}

}  // namespace
}  // namespace hammock::shell
