// Whole command lines against a brain that the test plays, or against nobody.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/command_rig.h"
#include "cli/control.h"
#include "cli/order.h"
#include "cli/run_cli.h"

namespace hammock::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kStatus =
    R"({"name":"acme","brain":{"pid":11,"restarts":0},"keeper":{"pid":10,"restarts":0},"extra":1,)"
    R"("services":[{"name":"web","want":"up","health":"ready","ready":1,"instances":[)"
    R"({"n":1,"pid":12,)"
    R"("state":"ready","since":null,"restarts":0,"last_exit":null,"next_try":null}]},)"
    R"({"name":"db","want":"up","health":"ready","ready":0,"instances":[]}]})";

std::string answer_status(const std::string& request) {
  return request.starts_with("GET /v1/status ") ? http(200, kStatus) : http(404, "{}");
}

TEST_F(CommandTest, UsageErrorsAre64) {
  EXPECT_EQ(run({}).code, 64);
  Ran ran = run({"stauts"});
  EXPECT_EQ(ran.code, 64);
  EXPECT_EQ(
      ran.err,
      "hammock: there is no command `stauts`; did you mean `status`?; `hammock help` lists them\n");
  EXPECT_EQ(run({"logs", "web", "-n", "x"}).code, 64);
  EXPECT_EQ(run({"logs", "web", "--since", "yesterday"}).code, 64);
  EXPECT_EQ(run({"logs", "web", "--instance", "0"}).code, 64);
  EXPECT_EQ(run({"logs", "../../etc"}).code, 64);
  EXPECT_EQ(run({"events", "-n", "-1"}).code, 64);
  EXPECT_EQ(run({"up", "--within", "soon"}).code, 64);
  EXPECT_EQ(run({"help", "nothing"}).code, 64);
  environment_["HAMMOCK_RUNTIME_DIR"] = "relative";
  EXPECT_THAT(run({"status"}).err, HasSubstr("must be an absolute path"));
}

TEST_F(CommandTest, NothingRunsIs69) {
  for (const char* command : {"status", "down", "apply", "events"}) {
    Ran ran = run({command});
    EXPECT_EQ(ran.code, 69) << command;
    EXPECT_THAT(ran.err, HasSubstr("not running")) << command;
  }
  EXPECT_EQ(run({"restart", "web"}).code, 69);
}

TEST_F(CommandTest, HelpVersionCompletion) {
  EXPECT_EQ(run({"help"}).code, 0);
  EXPECT_THAT(run({"--help"}).out, HasSubstr("Exit codes"));
  EXPECT_THAT(run({"logs", "--help"}).out, HasSubstr("hammock logs"));
  EXPECT_THAT(run({"help", "--man"}).out, StartsWith(".TH HAMMOCK 1"));
  EXPECT_THAT(run({"version"}).out, StartsWith("hammock 0."));
  EXPECT_THAT(run({"completion", "bash"}).out, HasSubstr("complete "));
}

TEST_F(CommandTest, StatusShowsWhatTheBrainSays) {
  PlayedBrain brain(folder_ + "/r/control", answer_status);
  Ran ran = run({"status"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, HasSubstr("web      ready"));
  ran = run({"status", "--json"});
  EXPECT_EQ(ran.out, std::string(kStatus) + "\n");
  ran = run({"status", "web", "--json"});
  EXPECT_THAT(ran.out, HasSubstr("\"extra\":1"));
  EXPECT_THAT(ran.out, Not(HasSubstr("\"db\"")));
  ran = run({"status", "wbe"});
  EXPECT_EQ(ran.code, 64);
  EXPECT_THAT(ran.err, HasSubstr("did you mean `web`?"));
}

TEST_F(CommandTest, NonsenseFromTheBrainIsAnErrorNotACrash) {
  for (std::string answer :
       {"", "garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\n\r\n[]", "HTTP/1.1 200 OK\r\n\r\n{\"services\":[1]}"}) {
    PlayedBrain brain(folder_ + "/r/control", [&](const std::string&) { return answer; });
    EXPECT_NE(run({"status"}).code, 0) << answer;
    std::filesystem::remove(folder_ + "/r/control");
  }
}

TEST_F(CommandTest, NotOursIs77) {
  PlayedBrain brain(folder_ + "/r/control", [](const std::string&) {
    return http(403, R"({"error":{"code":"not-permitted","message":"you are not allowed"}})");
  });
  for (std::vector<std::string> words : std::vector<std::vector<std::string>>{
           {"status"}, {"restart", "web"}, {"apply"}, {"events"}}) {
    Ran ran = run(words);
    EXPECT_EQ(ran.code, 77) << words[0];
    EXPECT_EQ(ran.err, "hammock: you are not allowed\n");
  }
}

TEST_F(CommandTest, OrdersShowProgressAndEndWithTheirCode) {
  const std::pair<std::string, int> ends[] = {{"done", 0}, {"refused", 3}, {"failed", 75}};
  for (const auto& [state, code] : ends) {
    PlayedBrain brain(folder_ + "/r/control",
                      [&](const std::string& request) {
                        if (request.starts_with("GET")) return answer_status(request);
                        return http(200, R"({"command":"x","state":"accepted","message":""}
{"command":"x","state":"progress","message":"instance 1 stops"}
{"command":"x","state":"progress","message":"instance 1 stops"}
{"command":"x","state":")" + state + R"(","message":"so it is"})");
                      });
    Ran ran = run({"restart", "web"});
    EXPECT_EQ(ran.code, code);
    EXPECT_THAT(ran.out, StartsWith("instance 1 stops\n"));
    EXPECT_THAT(ran.out + ran.err, HasSubstr("so it is\n"));
    EXPECT_THAT(brain.requests.back(), HasSubstr(R"("verb":"restart","subject":"web"})"));
    EXPECT_EQ(run({"restart", "wbe"}).code, 64);
    std::filesystem::remove(folder_ + "/r/control");
  }
}

TEST_F(CommandTest, ARefusedConfigurationIs78WithItsErrors) {
  PlayedBrain brain(folder_ + "/r/control", [](const std::string&) {
    return http(
        200,
        R"({"command":"x","state":"refused","message":"1 mistake","errors":[)"
        R"({"code":"unknown-key","file":"a.toml","line":2,"column":1,"message":"no such key"}]})");
  });
  Ran ran = run({"apply"});
  EXPECT_EQ(ran.code, 78);
  EXPECT_THAT(ran.err, HasSubstr("a.toml:2:1: unknown-key: no such key\n"));
}

TEST_F(CommandTest, AnOrderSurvivesTheDeathOfTheBrain) {
  int tries = 0;
  PlayedBrain brain(folder_ + "/r/control", [&](const std::string&) {
    ++tries;
    std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    if (tries == 1) return std::string();
    if (tries == 2)
      return head +
             "31\r\n"
             R"({"command":"x","state":"accepted","message":""})"
             "\r\n";
    return http(200, R"({"command":"x","state":"done","message":"restarted"})");
  });
  auto end = give_order(folder_ + "/r/control", {"restart", "web"}, [](std::string_view) {});
  ASSERT_TRUE(end);
  EXPECT_EQ(end->message, "restarted");
  ASSERT_EQ(brain.requests.size(), 3u);
  auto body = [](const std::string& request) { return request.substr(request.find("\r\n\r\n")); };
  EXPECT_EQ(body(brain.requests[0]), body(brain.requests[2]));  // the same id
}

TEST_F(CommandTest, LostContactEndsAfterPatience) {
  PlayedBrain brain(folder_ + "/r/control", [](const std::string&) { return std::string(); });
  auto end = give_order(
      folder_ + "/r/control", {"restart", "web"}, [](std::string_view) {},
      std::chrono::milliseconds(100));
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, ErrorCode::kUnavailable);
}

TEST_F(CommandTest, EventsComeInPagesFromTheLastOnes) {
  PlayedBrain brain(folder_ + "/r/control", [](const std::string& request) {
    auto after = std::stoi(request.substr(request.find("after=") + 6));
    std::string events;
    int limit = std::stoi(request.substr(request.find("limit=") + 6));
    for (int id = after + 1; id <= 2100 && id <= after + limit; ++id) {
      events += (events.empty() ? "" : ",") + std::string(R"({"id":)") + std::to_string(id) +
                R"(,"at":"2026-11-23T04:00:00Z","fact":"crashed","subject":"web",)"
                R"("fields":{"code":3,"why":"a b","none":null}})";
    }
    return http(200, R"({"events":[)" + events + R"(],"last":2100})");
  });
  Ran ran = run({"events", "-n", "1"});
  EXPECT_EQ(ran.out, "2026-11-23T04:00:00Z  crashed web code=3 why=\"a b\"\n");
  ran = run({"events", "--json", "-n", "all"});
  EXPECT_EQ(std::ranges::count(ran.out, '\n'), 2100);
  EXPECT_THAT(ran.out, StartsWith(R"({"id":1,"at":"2026-11-23T04:00:00Z","fact":"crashed")"));
}

TEST_F(CommandTest, LogsAreReadWithNobodyAlive) {
  write("s/logs/web/1/00000001.log", "one\ntwo\n");
  write("s/logs/web/2/00000001.log", "three");
  Ran ran = run({"logs", "web"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "web/1 | one\nweb/1 | two\nweb/2 | three\n");
  EXPECT_EQ(run({"logs", "web", "--instance", "1", "-n", "1"}).out, "two\n");
  EXPECT_EQ(run({"logs", "web", "-n", "2"}).out, "web/1 | two\nweb/2 | three\n");
  EXPECT_EQ(run({"logs", "web", "--since", "1h", "-n", "1"}).out, "web/2 | three\n");
  EXPECT_EQ(run({"logs", "web", "--instance", "9"}).code, 64);
  ran = run({"logs", "wbe"});
  EXPECT_EQ(ran.code, 64);
  EXPECT_THAT(ran.err, HasSubstr("did you mean `web`?"));
}

TEST_F(CommandTest, LogsFollowAcrossSegmentsAndInstances) {
  write("s/logs/web/1/00000001.log", "one\n");
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  pid_t follower = fork();
  if (follower == 0) {
    _exit(run_cli({"logs", "web", "-f"}, environment_, "", ends[1], 2));
  }
  close(ends[1]);
  std::string text;
  auto wait_for = [&](const std::string& expected) {
    char buffer[256];
    while (text.find(expected) == std::string::npos) {
      ssize_t got = read(ends[0], buffer, sizeof buffer);
      if (got <= 0) break;
      text.append(buffer, static_cast<std::size_t>(got));
    }
    EXPECT_THAT(text, HasSubstr(expected));
  };
  wait_for("one\n");
  std::ofstream(folder_ + "/s/logs/web/1/00000001.log", std::ios::app) << "two\nthr";
  wait_for("two\n");
  write("s/logs/web/1/00000002.log", "ee\n");
  wait_for("three\n");
  write("s/logs/web/2/00000001.log", "four\n");
  wait_for("web/2 | four\n");
  kill(follower, SIGKILL);
  waitpid(follower, nullptr, 0);
  close(ends[0]);
}

}  // namespace
}  // namespace hammock::cli
