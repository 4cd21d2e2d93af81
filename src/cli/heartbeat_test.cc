// Heartbeats: how they look, and the commands about them against a brain that the test plays.
#include <fcntl.h>
#include <sys/wait.h>

#include <csignal>

#include "cli/command_rig.h"
#include "cli/ping.h"
#include "cli/status.h"
#include "cli/when.h"
#include "core/heartbeat/ping.h"
#include "os/file.h"
#include "os/random.h"

namespace hammock::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kBeats =
    R"({"name":"acme","brain":{"pid":11},"keeper":{"pid":10},"services":[],"heartbeats":[)"
    R"({"name":"backup","schedule":"every 24h","status":"up","since":"2026-11-20T04:00:00Z",)"
    R"("last_ping":"2026-11-23T01:00:00Z","last_success":"2026-11-23T01:00:00Z",)"
    R"("started":"2026-11-23T03:55:00.000Z","expected":"2026-11-24T01:00:00Z",)"
    R"("deadline":"2026-11-24T02:00:00Z","pings":7,"last_duration_us":61200000,"created":false,)"
    R"("ping_url":null},)"
    R"({"name":"mail","schedule":"every 1h","status":"down","since":"2026-11-23T02:00:00Z",)"
    R"("last_ping":"2026-11-23T00:00:00Z","started":null,"expected":"2026-11-23T01:00:00Z",)"
    R"("deadline":"2026-11-23T02:00:00Z","note":"it said \u001b[2J","created":true},)"
    R"({"name":"late","schedule":"every 1h","status":"grace","deadline":"2026-11-23T04:05:00Z"},)"
    R"({"name":"fresh","schedule":"every 5m","status":"new","since":null,"last_ping":null}]})";

Instant noon() {
  return *parse_instant("2026-11-23T04:00:00Z");
}

Status beats() {
  auto json = parse_json(kBeats);
  EXPECT_TRUE(json);
  auto status = status_from_json(*json);
  EXPECT_TRUE(status);
  return *status;
}

constexpr std::string_view kTable =
    "HEARTBEAT  STATE  LAST PING  EXPECTED  DUE\n"
    "backup     up     3h ago     in 21h    every 24h\n"
    "    a run began 5m ago and has not ended\n"
    "mail       down   4h ago     3h ago    every 1h\n"
    "    down since 2026-11-23T02:00:00Z, 2h ago\n"
    "    it said \\x1b[2J\n"
    "late       grace  -          -         every 1h\n"
    "    down in 5m, unless it pings\n"
    "fresh      new    -          -         every 5m\n";

TEST(HeartbeatText, IsATableWithNotes) {
  EXPECT_EQ(render_heartbeats(beats().heartbeats, noon(), {false, false, 100}), kTable);
  EXPECT_EQ(render_heartbeats({}, noon(), {false, false, 100}), "");
}

TEST(HeartbeatText, OnlyUpIsGreenAndDownIsRed) {
  for (const char* status : {"up", "down", "new", "grace", "paused", "unknown", "tomorrow's"}) {
    std::string text = render_heartbeats({{.name = "a", .status = status}}, noon(), {1, 1, 80});
    EXPECT_EQ(text.find("\x1b[32m") != std::string::npos, status == std::string_view("up"));
    EXPECT_EQ(text.find("\x1b[1;31m") != std::string::npos, status == std::string_view("down"));
  }
}

TEST(HeartbeatText, FollowsTheJobsInTheStatus) {
  Status status = beats();
  std::string text = render_status(status, noon(), {false, false, 100});
  EXPECT_THAT(text, EndsWith("keeper 10\n\n" + std::string(kTable)));
  status.jobs.push_back({.name = "cleanup", .state = "idle"});
  text = render_status(status, noon(), {false, false, 100});
  EXPECT_LT(text.find("cleanup"), text.find("HEARTBEAT"));
  status.heartbeats.clear();
  EXPECT_THAT(render_status(status, noon(), {false, false, 100}), Not(HasSubstr("HEARTBEAT")));
}

constexpr std::string_view kPings =
    R"({"pings":[{"n":9,"signal":"fail","ignored":false,"at":"2026-11-23T03:00:00Z",)"
    R"("exit_status":3,"rid":null,"duration_us":61200000,"scheme":"https","method":"POST",)"
    R"("remote":"192.0.2.7","agent":"curl/8","body":"\nno space \u001b[2J left\nsecond"},)"
    R"({"n":8,"signal":"start","ignored":true,"at":"2026-11-23T02:58:58Z","exit_status":null,)"
    R"("duration_us":null,"scheme":"local","method":"","remote":"uid 0","body":""}]})";

TEST(HeartbeatText, HistoryShowsTheFirstLineWithinTheWidth) {
  auto json = parse_json(kPings);
  ASSERT_TRUE(json);
  std::vector<PingRecord> pings;
  for (const Json& item : (*json)["pings"].items())
    pings.push_back(ping_from_json(item));
  EXPECT_EQ(
      render_pings(pings, {false, false, 100}),
      "N  SIGNAL          AT                    TOOK  FROM            SAYS\n"
      "9  fail (exit 3)   2026-11-23T03:00:00Z  1m1s  POST 192.0.2.7  no space \\x1b[2J left\n"
      "8  start, ignored  2026-11-23T02:58:58Z  -     uid 0\n");
  EXPECT_THAT(render_pings(pings, {false, false, 72}), HasSubstr("192.0.2.7  no space…\n"));
}

TEST(PingValues, AUuidIsRandomAndOfVersion4) {
  const std::string one = os::random_uuid();
  EXPECT_TRUE(heartbeat::is_uuid(one)) << one;
  EXPECT_EQ(one[14], '4');
  EXPECT_THAT("89ab", HasSubstr(std::string(1, one[19])));
  EXPECT_NE(one, os::random_uuid());
}

// The commands against a brain.
class HeartbeatTest : public CommandTest {
 protected:
  static std::string answer(const std::string& request) {
    if (request.starts_with("GET /v1/status ")) return http(200, kBeats);
    if (request.starts_with("GET /v1/heartbeats/backup/pings")) return http(200, kPings);
    if (request.starts_with("POST /v1/heartbeats/backup/pings?")) return http(200, R"({"n":8})");
    if (request.starts_with("POST /v1/commands ")) {
      return http(200, R"({"command":"x","state":"done","message":"so it is"})");
    }
    return http(404, R"({"error":{"code":"not-found","message":"nothing is there"}})");
  }
  static std::string body_of(const std::string& request) {
    return request.substr(request.find("\r\n\r\n") + 4);
  }
};

TEST_F(HeartbeatTest, ListHistoryAndOrders) {
  PlayedBrain brain(folder_ + "/r/control", answer);
  EXPECT_THAT(run({"heartbeat", "list"}).out, HasSubstr("backup     up"));
  EXPECT_THAT(run({"heartbeat", "list", "--json"}).out, StartsWith(R"([{"name":"backup")"));
  EXPECT_THAT(run({"heartbeat", "history", "backup", "-n", "5"}).out, HasSubstr("fail (exit 3)"));
  EXPECT_THAT(brain.requests.back(), StartsWith("GET /v1/heartbeats/backup/pings?limit=5 "));
  EXPECT_THAT(run({"heartbeat", "history", "backup", "--json"}).out, StartsWith(R"([{"n":9)"));
  for (std::string action : {"pause", "resume", "remove"}) {
    Ran ran = run({"heartbeat", action, "backup"});
    EXPECT_EQ(ran.code, 0);
    EXPECT_EQ(ran.out, "so it is\n");
    EXPECT_THAT(brain.requests.back(),
                HasSubstr(R"("verb":"heartbeat-)" + action + R"(","subject":"backup")"));
  }
  Ran ran = run({"heartbeat", "pause", "bakup"});
  EXPECT_EQ(ran.code, 64);
  EXPECT_THAT(ran.err, HasSubstr("no heartbeat `bakup`; did you mean `backup`?"));
}

TEST_F(HeartbeatTest, UsageAndNobody) {
  EXPECT_EQ(run({"heartbeat", "list"}).code, 69);
  EXPECT_EQ(run({"heartbeat", "list", "backup"}).code, 64);
  EXPECT_THAT(run({"heartbeat", "pause"}).err, HasSubstr("needs the name of a heartbeat"));
  EXPECT_EQ(run({"heartbeat", "history", "backup", "-n", "0"}).code, 64);
  EXPECT_EQ(run({"heartbeat", "history", "backup", "-n", "1001"}).code, 64);
  PlayedBrain brain(folder_ + "/r/control", [](const std::string&) {
    return http(200, R"({"services":[],"heartbeats":[]})");
  });
  EXPECT_EQ(run({"heartbeat", "list"}).out, "There are no heartbeats.\n");
  EXPECT_EQ(run({"heartbeat", "list", "--json"}).out, "[]\n");
}

TEST_F(HeartbeatTest, WhileHammockStartsNobodyKnows) {
  PlayedBrain brain(folder_ + "/r/control", [](const std::string&) {
    return http(200, R"({"services":[],"heartbeats":null})");
  });
  for (const char* action : {"list", "pause"}) {
    Ran ran = action == std::string_view("list") ? run({"heartbeat", action})
                                                 : run({"heartbeat", action, "copy"});
    EXPECT_EQ(ran.code, 75);
    EXPECT_THAT(ran.err, HasSubstr("does not know its heartbeats yet: try again"));
  }
}

TEST_F(HeartbeatTest, APingSaysWhatTheOptionsSay) {
  PlayedBrain brain(folder_ + "/r/control", answer);
  const std::string rid = "0B1D6A4E-9C0F-4A54-8A51-6B2F7D1E9C00";
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{}, "signal=success"},
      {{"--start"}, "signal=start"},
      {{"--fail"}, "signal=fail"},
      {{"--log"}, "signal=log"},
      {{"--exit", "0"}, "signal=success&exit=0"},
      {{"--exit", "255"}, "signal=fail&exit=255"},
      {{"--start", "--rid", rid}, "signal=start&rid=0b1d6a4e-9c0f-4a54-8a51-6b2f7d1e9c00"},
  };
  for (const auto& [options, expected] : cases) {
    std::vector<std::string> words = {"ping", "backup"};
    words.insert(words.end(), options.begin(), options.end());
    Ran ran = run(words);
    EXPECT_EQ(ran.code, 0) << expected;
    EXPECT_EQ(ran.out + ran.err, "");
    EXPECT_THAT(brain.requests.back(),
                StartsWith("POST /v1/heartbeats/backup/pings?" + expected + " HTTP"));
  }
  run({"ping", "backup", "--message", "a & b"});
  EXPECT_EQ(body_of(brain.requests.back()), "a & b");
  run({"ping", "backup", "--message", std::string(9'999, 'x') + "yz"});
  EXPECT_EQ(body_of(brain.requests.back()), std::string(9'999, 'x') + "y");
}

TEST_F(HeartbeatTest, APingReadsStandardInput) {
  PlayedBrain brain(folder_ + "/r/control", answer);
  write("message", std::string(60'000, 'm') + "end");
  int before = dup(STDIN_FILENO);
  int file = open((folder_ + "/message").c_str(), O_RDONLY | O_CLOEXEC);
  dup2(file, STDIN_FILENO);
  EXPECT_EQ(run({"ping", "backup", "--log", "--message", "-"}).code, 0);
  EXPECT_EQ(lseek(file, 0, SEEK_CUR), 60'003);  // all was taken
  dup2(before, STDIN_FILENO);
  close(before);
  close(file);
  EXPECT_EQ(body_of(brain.requests.back()), std::string(10'000, 'm'));
}

TEST_F(HeartbeatTest, APingIsSentAgainWhileTheKeeperLives) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const pid_t keeper = fork();
  if (keeper == 0) {
    auto lock = os::lock_file(folder_ + "/r/keeper.lock");
    _exit(lock && ::write(ends[1], "!", 1) == 1 && pause() == 0 ? 0 : 1);
  }
  char byte = 0;
  ASSERT_EQ(read(ends[0], &byte, 1), 1);
  {
    PlayedBrain brain(folder_ + "/r/control", [&brain](const std::string& request) {
      return brain.requests.size() < 3 ? std::string() : answer(request);
    });
    EXPECT_EQ(run({"ping", "backup", "--fail"}).code, 0);
    EXPECT_EQ(brain.requests.size(), 3U);
    EXPECT_EQ(brain.requests.front(), brain.requests.back());
  }
  kill(keeper, SIGKILL);
  waitpid(keeper, nullptr, 0);
  // Nobody is about to bring it back.
  PlayedBrain brain(folder_ + "/r/other", [](const std::string&) { return std::string(); });
  std::filesystem::remove(folder_ + "/r/control");
  std::filesystem::rename(folder_ + "/r/other", folder_ + "/r/control");
  EXPECT_NE(run({"ping", "backup"}).code, 0);
  EXPECT_EQ(std::ranges::count_if(brain.requests,
                                  [](const std::string& one) { return one.starts_with("POST"); }),
            1);
  for (int fd : ends)
    close(fd);
}

TEST_F(HeartbeatTest, APingThatIsNotRecordedSaysWhatToDo) {
  EXPECT_THAT(run({"ping", "backup", "--start", "--fail"}).err, HasSubstr("give only one of"));
  EXPECT_EQ(run({"ping", "backup", "--log", "--exit", "1"}).code, 64);
  EXPECT_EQ(run({"ping", "backup", "--exit", "256"}).code, 64);
  EXPECT_EQ(run({"ping", "backup", "--rid", "7"}).code, 64);
  Ran ran = run({"ping", "backup"});
  EXPECT_EQ(ran.code, 69);
  EXPECT_THAT(ran.err, HasSubstr("`hammock up --detach` starts it"));
  PlayedBrain brain(folder_ + "/r/control", [](const std::string& request) {
    if (request.starts_with("POST /v1/heartbeats/mail/")) {
      return http(503, R"({"error":{"code":"unavailable","message":"the disk is full"}})");
    }
    return answer(request);
  });
  ran = run({"ping", "bakup"});
  EXPECT_EQ(ran.code, 64);
  EXPECT_THAT(ran.err, HasSubstr("no heartbeat `bakup`; did you mean `backup`?"));
  EXPECT_EQ(run({"ping", "../status"}).code, 64);
  ran = run({"ping", "mail"});
  EXPECT_EQ(ran.code, 75);
  EXPECT_EQ(ran.err, "hammock: the disk is full\n");
}

}  // namespace
}  // namespace hammock::cli
