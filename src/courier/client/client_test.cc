// The client and the real courier, with servers that the test plays.
#include "courier/client/client.h"

#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <thread>

#include "courier/client/courier_testing.h"

namespace hammock::courier {
namespace {

using testing::HasSubstr;

constexpr std::uint32_t kWithinMs = 20'000;  // never needed by what goes well
constexpr std::size_t kMany = 500;
constexpr long kResidentKbMax = 64 << 10;  // the libraries alone take some 15 MiB

Client started() {
  auto client = Client::start(courier_binary());
  EXPECT_TRUE(client) << client.error().message;
  return std::move(*client);
}

wire::Request greeting(std::uint64_t id, std::uint16_t port, std::uint32_t within = kWithinMs) {
  wire::TcpErrand tcp;
  tcp.host = "127.0.0.1";
  tcp.port = port;
  tcp.expect = "220";
  tcp.keep_bytes = 100;
  return {id, within, tcp};
}

// Until so many have come, or the courier is gone.
Result<std::map<std::uint64_t, wire::Answer>> answers_of(Client& client, std::size_t count) {
  std::map<std::uint64_t, wire::Answer> answers;
  while (answers.size() < count) {
    pollfd wait{client.fd(), POLLIN, 0};
    if (client.wants_write()) wait.events |= POLLOUT;
    constexpr int kPatienceMs = 60'000;
    if (poll(&wait, 1, kPatienceMs) == 0) return fail(ErrorCode::kBusy, "nothing came");
    HAMMOCK_TRY(client.flush());
    auto taken = client.take();
    if (!taken) return std::unexpected(taken.error());
    for (wire::Answer& answer : *taken)
      answers.emplace(answer.id, std::move(answer));
  }
  return answers;
}

std::string status_of(pid_t pid, const std::string& key) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key + ":")) return line.substr(key.size() + 1);
  }
  return "";
}

TEST(Courier, StandsBesideHammock) {
  EXPECT_EQ(courier_beside("/usr/bin/hammock"), "/usr/bin/hammock-courier");
  auto client = Client::start("/nowhere/hammock-courier");
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, ErrorCode::kNotFound);
}

TEST(Courier, AnswersWithWhatWasExpected) {
  PlayedServer server(greet);
  Client client = started();
  ASSERT_TRUE(client.ask(greeting(7, server.port())));
  auto answers = answers_of(client, 1);
  ASSERT_TRUE(answers) << answers.error().message;
  const wire::Answer& answer = answers->at(7);
  EXPECT_EQ(answer.remote, "127.0.0.1:" + std::to_string(server.port()));
  ASSERT_TRUE(std::holds_alternative<wire::TcpResult>(answer.what));
  EXPECT_EQ(std::get<wire::TcpResult>(answer.what).received, "220 hello\r\n");
  ASSERT_TRUE(answer.phases.connected && answer.phases.first_byte);
  EXPECT_LE(*answer.phases.connected, *answer.phases.first_byte);
  EXPECT_LE(*answer.phases.first_byte, answer.phases.total);
  EXPECT_FALSE(answer.tls);
}

TEST(Courier, FiveHundredAtOnceInBoundedMemory) {
  PlayedServer server(greet);
  Client client = started();
  for (std::uint64_t id = 0; id < kMany; ++id)
    ASSERT_TRUE(client.ask(greeting(id, server.port())));
  auto answers = answers_of(client, kMany);
  ASSERT_TRUE(answers) << answers.error().message;
  for (const auto& [id, answer] : *answers)
    EXPECT_TRUE(std::holds_alternative<wire::TcpResult>(answer.what)) << id;
  EXPECT_LT(std::stol(status_of(client.pid(), "VmHWM")), kResidentKbMax);
}

TEST(Courier, AnAddressIsThatOfItsRequestAlone) {
  PlayedServer server([](int peer) { say(peer, "HTTP/1.1 204 No Content\r\n\r\n"); });
  Client client = started();
  constexpr std::uint64_t kPairs = 20;
  for (std::uint64_t id = 0; id < 2 * kPairs; ++id) {
    wire::HttpErrand http;
    http.url = "http://same.test:" + std::to_string(server.port()) + "/";
    http.route.address = id % 2 == 0 ? "127.0.0.1" : "127.0.0.2";  // where nobody listens
    ASSERT_TRUE(client.ask({id, kWithinMs, http}));
  }
  auto answers = answers_of(client, 2 * kPairs);
  ASSERT_TRUE(answers);
  for (const auto& [id, answer] : *answers) {
    const auto* failed = std::get_if<wire::Failed>(&answer.what);
    EXPECT_EQ(failed == nullptr, id % 2 == 0) << id;
    if (failed != nullptr) {
      EXPECT_EQ(failed->code, ECONNREFUSED);
    }
  }
}

// As long as the other side takes them.
void flood(int peer) {
  const std::string more(65536, 'x');
  std::string_view text = "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n";
  while (send(peer, text.data(), text.size(), MSG_NOSIGNAL) > 0)
    text = more;
}

TEST(Courier, AGigabyteStopsAtItsBoundInBoundedMemory) {
  PlayedServer server(flood);
  Client client = started();
  constexpr std::uint32_t kKeep = 100'000;
  wire::HttpErrand http;
  http.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/";
  http.keep_bytes = kKeep;
  ASSERT_TRUE(client.ask({1, kWithinMs, http}));
  auto answers = answers_of(client, 1);
  ASSERT_TRUE(answers);
  const auto* result = std::get_if<wire::HttpResult>(&answers->at(1).what);
  ASSERT_NE(result, nullptr);
  EXPECT_EQ(result->status, 200);
  EXPECT_EQ(result->body, std::string(kKeep, 'x'));
  EXPECT_FALSE(result->body_is_whole);
  EXPECT_LT(std::stol(status_of(client.pid(), "VmHWM")), kResidentKbMax);
}

TEST(Courier, AnAskerThatTakesNothingForAWhileLosesNothing) {
  PlayedServer server(flood);
  Client client = started();
  constexpr std::uint32_t kKeep = 200'000;
  constexpr std::size_t kCount = 100;  // together more than waits in the courier and its link
  wire::HttpErrand http;
  http.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/";
  http.keep_bytes = kKeep;
  for (std::uint64_t id = 0; id < kCount; ++id)
    ASSERT_TRUE(client.ask({id, kWithinMs, http}));
  while (server.accepted() < kCount)
    std::this_thread::yield();
  auto answers = answers_of(client, kCount);
  ASSERT_TRUE(answers) << answers.error().message;
  for (const auto& [id, answer] : *answers) {
    const auto* result = std::get_if<wire::HttpResult>(&answer.what);
    ASSERT_NE(result, nullptr) << id;
    EXPECT_EQ(result->body.size(), kKeep) << id;
  }
}

TEST(Courier, TheDeadlineIsKept) {
  PlayedServer server(stay_silent);
  Client client = started();
  constexpr std::uint32_t kShortMs = 50;
  ASSERT_TRUE(client.ask(greeting(1, server.port(), kShortMs)));
  auto answers = answers_of(client, 1);
  ASSERT_TRUE(answers);
  const auto* failed = std::get_if<wire::Failed>(&answers->at(1).what);
  ASSERT_NE(failed, nullptr);
  EXPECT_EQ(failed->stage, wire::ErrandStage::kReceive);
  EXPECT_EQ(failed->reason, wire::Reason::kDeadline);
  EXPECT_THAT(failed->message, HasSubstr("within 50ms"));
  EXPECT_GE(answers->at(1).phases.total, std::chrono::milliseconds(kShortMs));
}

TEST(Courier, AKilledOneIsAskedAgain) {
  PlayedServer silent(stay_silent);
  PlayedServer server(greet);
  Client client = started();
  ASSERT_TRUE(client.ask(greeting(1, silent.port())));
  ASSERT_TRUE(client.ask(greeting(2, server.port())));
  ASSERT_TRUE(answers_of(client, 1));  // the second: so the first is in flight
  ASSERT_EQ(kill(client.pid(), SIGKILL), 0);
  auto gone = answers_of(client, 1);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::kUnavailable);
  client = started();
  ASSERT_TRUE(client.ask(greeting(1, server.port())));
  auto answers = answers_of(client, 1);
  ASSERT_TRUE(answers);
  EXPECT_TRUE(std::holds_alternative<wire::TcpResult>(answers->at(1).what));
}

TEST(Courier, OneThatSomebodyElseReapsIsKilledAndLeftToHim) {
  Client client = started();
  const pid_t pid = client.pid();
  EXPECT_EQ(client.give_up(), pid);
  EXPECT_EQ(client.fd(), -1);
  EXPECT_EQ(client.pid(), 0);
  EXPECT_EQ(client.give_up(), 0);
  int status = 0;
  ASSERT_EQ(waitpid(-1, &status, 0), pid);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST(Courier, ANumberThatWasReapedIsNotUsedAnyMore) {
  Client client = started();
  Client next = started();
  ASSERT_EQ(kill(client.pid(), SIGKILL), 0);
  ASSERT_EQ(waitpid(client.pid(), nullptr, 0), client.pid());
  client.was_reaped();
  EXPECT_EQ(client.pid(), 0);
  client = std::move(next);  // ends the first, and neither kills nor waits
  EXPECT_EQ(kill(client.pid(), 0), 0);
}

TEST(Courier, ACancelledRequestIsNotAnswered) {
  PlayedServer silent(stay_silent);
  PlayedServer server(greet);
  Client client = started();
  constexpr std::uint32_t kShortMs = 100;
  ASSERT_TRUE(client.ask(greeting(1, silent.port(), kShortMs)));
  ASSERT_TRUE(client.cancel(1));
  ASSERT_TRUE(client.ask(greeting(2, silent.port(), kShortMs)));
  ASSERT_TRUE(client.ask(greeting(3, server.port())));
  auto answers = answers_of(client, 2);
  ASSERT_TRUE(answers);
  EXPECT_FALSE(answers->contains(1));
  EXPECT_TRUE(answers->contains(2));  // by its deadline, which was that of the first, and later
}

TEST(Courier, TooManyAreToldSoAtOnce) {
  PlayedServer silent(stay_silent);
  Client client = started();
  for (std::uint64_t id = 0; id <= wire::kCourierInFlightMax; ++id)
    ASSERT_TRUE(client.ask(greeting(id, silent.port())));
  auto answers = answers_of(client, 1);
  ASSERT_TRUE(answers);
  const auto* failed = std::get_if<wire::Failed>(&answers->at(wire::kCourierInFlightMax).what);
  ASSERT_NE(failed, nullptr);
  EXPECT_EQ(failed->reason, wire::Reason::kBusy);
}

TEST(Courier, AnIdThatIsInFlightIsRefused) {
  PlayedServer silent(stay_silent);
  Client client = started();
  ASSERT_TRUE(client.ask(greeting(4, silent.port())));
  ASSERT_TRUE(client.ask(greeting(4, silent.port())));
  auto answers = answers_of(client, 1);
  ASSERT_TRUE(answers);
  const auto* failed = std::get_if<wire::Failed>(&answers->at(4).what);
  ASSERT_NE(failed, nullptr);
  EXPECT_EQ(failed->reason, wire::Reason::kRefused);
}

TEST(Courier, GivesUpWhatItDoesNotNeed) {
  PlayedServer server(greet);
  Client client = started();
  ASSERT_TRUE(client.ask(greeting(1, server.port())));
  ASSERT_TRUE(answers_of(client, 1));
  EXPECT_EQ(status_of(client.pid(), "NoNewPrivs"), "\t1");
  EXPECT_EQ(status_of(client.pid(), "Seccomp"), "\t2");
  EXPECT_EQ(status_of(client.pid(), "CapEff"), "\t0000000000000000");
  EXPECT_EQ(status_of(client.pid(), "Threads"), "\t1");
  if (geteuid() == 0) {
    EXPECT_EQ(status_of(client.pid(), "Uid"), "\t65534\t65534\t65534\t65534");
    EXPECT_EQ(status_of(client.pid(), "Gid"), "\t65534\t65534\t65534\t65534");
    EXPECT_EQ(status_of(client.pid(), "Groups"), "\t ");
  }
}

TEST(Courier, EndsWithItsLink) {
  Client client = started();
  ASSERT_EQ(shutdown(client.fd(), SHUT_WR), 0);
  auto gone = answers_of(client, 1);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::kUnavailable);
}

TEST(Courier, EndsWhenItDoesNotUnderstand) {
  Client client = started();
  ASSERT_EQ(send(client.fd(), "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL), 18);
  auto gone = answers_of(client, 1);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::kUnavailable);
}

TEST(Courier, ARequestThatBreaksABoundIsTheAskersMistake) {
  PlayedServer server(greet);
  Client client = started();
  wire::Request request = greeting(1, server.port());
  std::get<wire::TcpErrand>(request.what).send.assign(wire::kCourierBodyBytesMax + 1, 'x');
  auto refused = client.ask(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalid);
  ASSERT_TRUE(client.ask(greeting(2, server.port())));
  EXPECT_TRUE(answers_of(client, 1));
}

}  // namespace
}  // namespace hammock::courier
