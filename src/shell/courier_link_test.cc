// The link with the real courier, which is harmed.
#include "shell/courier_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "courier/client/played_server.h"
#include "os/clock.h"

namespace hammock::shell {
namespace {

using courier::PlayedServer;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint32_t kWithinMs = 20'000;  // never needed by what goes well

class Asking : public testing::Test {
 protected:
  Asking() { link.use(courier::courier_binary()); }

  void ask(std::uint64_t id, std::uint16_t port, std::uint32_t within = kWithinMs) {
    wire::TcpErrand tcp;
    tcp.host = "127.0.0.1";
    tcp.port = port;
    tcp.expect = "220";
    link.ask({id, within, tcp}, now());
  }
  // One turn of a brain: what is there, and what is due.
  void turn() {
    pollfd wait{fd, static_cast<short>(POLLIN | (writes ? POLLOUT : 0)), 0};
    ::poll(&wait, fd >= 0 ? 1 : 0, 5);
    if ((wait.revents & POLLNVAL) != 0) fd = -1;
    if (fd >= 0 && wait.revents != 0) link.ready(now());
    int status = 0;
    for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
      link.child_ended(pid, status, now());
    link.expire(now());
    for (CourierLink::Told& one : link.take()) {
      EXPECT_FALSE(told.contains(one.id)) << one.id << " was told twice";
      told.emplace(one.id, std::move(one.what));
    }
  }
  void wait(std::size_t count) {
    while (told.size() < count)
      turn();
  }
  bool is_answered(std::uint64_t id) const {
    const auto* answer = std::get_if<wire::Answer>(&told.at(id));
    return answer != nullptr && std::holds_alternative<wire::TcpResult>(answer->what);
  }
  std::string why(std::uint64_t id) const {
    const auto* sentence = std::get_if<std::string>(&told.at(id));
    return sentence != nullptr ? *sentence : "it was answered";
  }
  // The courier of this process; none: there is none.
  static pid_t courier() {
    const std::string path = "/proc/self/task/" + std::to_string(getpid()) + "/children";
    std::ifstream children(path);
    pid_t pid = 0;
    children >> pid;
    return pid;
  }

  Steady now() const { return os::read_clocks().steady + ahead; }

  Duration ahead{};  // the test puts the clock forward
  int fd = -1;
  bool writes = false;
  std::vector<std::string> said;
  CourierLink link{[this](int of, bool for_writing) {
                     fd = of;
                     writes = for_writing;
                   },
                   [this](const std::string& what) { said.push_back(what); }};
  std::map<std::uint64_t, std::variant<wire::Answer, std::string>> told;
};

TEST_F(Asking, StartsACourierWhenSomethingIsAsked) {
  PlayedServer server(courier::greet);
  EXPECT_EQ(courier(), 0);
  ask(1, server.port());
  wait(1);
  EXPECT_TRUE(is_answered(1));
  EXPECT_NE(courier(), 0);
  EXPECT_EQ(link.next_deadline(), std::nullopt);
  EXPECT_EQ(link.trouble(), "");
}

TEST_F(Asking, WhatWasOutIsAskedOfTheNextOne) {
  PlayedServer silent(courier::stay_silent);
  ask(1, silent.port());
  while (silent.accepted() == 0)
    turn();
  const pid_t first = courier();
  kill(first, SIGKILL);
  while (silent.accepted() == 1)
    turn();
  EXPECT_NE(courier(), first);
  EXPECT_THAT(told, IsEmpty());
  kill(courier(), SIGKILL);
  wait(1);
  EXPECT_THAT(why(1), HasSubstr("two couriers ended while it was out"));
  EXPECT_THAT(said, Each(HasSubstr("the courier is replaced")));
  EXPECT_THAT(said, SizeIs(2));
}

TEST_F(Asking, OneThatHangsIsReplaced) {
  PlayedServer server(courier::greet);
  ask(1, server.port());
  wait(1);
  const pid_t first = courier();
  kill(first, SIGSTOP);
  ask(2, server.port(), 100);
  wait(2);
  EXPECT_TRUE(is_answered(2));
  EXPECT_NE(courier(), first);
}

TEST_F(Asking, ThousandsAreAnswered) {
  PlayedServer server(courier::greet);
  constexpr std::uint64_t kMany = 3000;
  for (std::uint64_t id = 1; id <= kMany; ++id)
    ask(id, server.port());
  wait(kMany);
  for (std::uint64_t id = 1; id <= kMany; ++id)
    EXPECT_TRUE(is_answered(id)) << id;
}

TEST_F(Asking, WhatIsTooMuchIsToldAtOnce) {
  link.use("/nowhere/hammock-courier");
  for (std::uint64_t id = 1; id <= CourierLink::kWaitingMost + 1; ++id)
    ask(id, 1);
  turn();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(why(CourierLink::kWaitingMost + 1), HasSubstr("requests wait"));
}

TEST_F(Asking, OneThatIsNotThereIsSaidOnce) {
  link.use("/nowhere/hammock-courier");
  ask(1, 1);
  EXPECT_THAT(link.trouble(), HasSubstr("/nowhere/hammock-courier"));
  for (int i = 0; i < 100; ++i) {
    ahead += std::chrono::milliseconds(500);
    turn();
  }
  EXPECT_THAT(said, SizeIs(1));
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(why(1), HasSubstr("cannot be started"));
  // It comes back.
  PlayedServer server(courier::greet);
  link.use(courier::courier_binary());
  ahead += CourierLink::kRestartMost;
  ask(2, server.port());
  wait(2);
  EXPECT_TRUE(is_answered(2));
  EXPECT_EQ(link.trouble(), "");
}

TEST_F(Asking, OneThatEndsAtEveryOrderIsNotBelieved) {
  const std::string path = testing::TempDir() + "/courier-" + std::to_string(getpid());
  std::ofstream(path) << "#!/bin/sh\nexit 71\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  link.use(path);
  ask(1, 1);
  wait(1);
  EXPECT_THAT(why(1), HasSubstr("sandbox"));
  EXPECT_THAT(link.trouble(), HasSubstr("sandbox"));
  EXPECT_THAT(said, SizeIs(1));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace hammock::shell
