// The link and the real courier, or a program in its place, with servers that the test plays.
#include "shell/courier_link.h"

#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <fstream>
#include <map>

#include "courier/client/courier_testing.h"
#include "os/clock.h"
#include "os/poll.h"
#include "shell/test_folder.h"

namespace hammock::shell {
namespace {

using courier::greet;
using courier::PlayedServer;
using courier::stay_silent;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr std::uint32_t kWithinMs = 20'000;  // never needed by what goes well

wire::Request greeting(std::uint64_t id, std::uint16_t port, std::uint32_t within_ms = kWithinMs) {
  wire::TcpErrand tcp;
  tcp.host = "127.0.0.1";
  tcp.port = port;
  tcp.expect = "220";
  tcp.keep_bytes = 100;
  return {id, within_ms, tcp};
}

// Plays the brain: waits, reaps all children, hands on what it saw. The link's clock can be set
// forward.
class CourierLinkTest : public testing::Test {
 protected:
  CourierLinkTest() : signals_(std::move(*os::make_signals({SIGCHLD}))) {}
  ~CourierLinkTest() override {
    link_.reset();
    while (waitpid(-1, nullptr, 0) > 0)  // what it killed
      continue;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_UNBLOCK, &set, nullptr);
  }
  void make(const std::string& program) {
    link_.emplace(
        program,
        [this](int fd, bool for_writing) {
          fd_ = fd;
          for_writing_ = for_writing;
        },
        [this](const std::string& sentence) { said_.push_back(sentence); });
  }
  void make() { make(courier::courier_binary()); }
  // A program in the courier's place.
  void make_of(const std::string& script) {
    const std::string path = folder_ / "stand-in";
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    ASSERT_EQ(chmod(path.c_str(), 0755), 0);
    make(path);
  }

  Steady now() const { return os::read_clocks().steady + ahead_; }
  void ask(const wire::Request& request) {
    link_->ask(request, now());
    take();
  }
  void take() {
    for (Told& told : link_->take()) {
      ++told_count_;
      told_.insert_or_assign(told.id, std::move(told));
    }
  }

  // Waits for the next thing, and no longer than `most`.
  void turn(std::chrono::milliseconds most = kOften) {
    const auto next = link_->next_deadline();
    auto wait = most;
    if (next) wait = std::min(most, std::chrono::ceil<std::chrono::milliseconds>(*next - now()));
    std::array<pollfd, 2> fds{};
    fds[0] = {signals_.get(), POLLIN, 0};
    fds[1] = {fd_, static_cast<short>(for_writing_ ? POLLIN | POLLOUT : POLLIN), 0};
    poll(fds.data(), fds.size(), static_cast<int>(std::max<std::int64_t>(wait.count(), 0)));
    if ((fds[1].revents & POLLNVAL) != 0)
      fd_ = -1;  // it was closed, and is not watched any more
    else if (fds[1].revents != 0)
      link_->ready(now());
    reap();
    link_->expire(now());
    take();
  }
  void reap() {
    while (os::next_signal(signals_.get()) != 0)
      continue;
    int status = 0;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
      EXPECT_TRUE(link_->child_ended(pid, status, now())) << pid;
      ++reaped_;
    }
  }
  // `done` may become true by what the link does not see.
  template <class Done>
  [[nodiscard]] bool until(Done done, std::chrono::milliseconds most = kOften) {
    const Steady patience = os::read_clocks().steady + kPatience;
    while (!done()) {
      if (os::read_clocks().steady > patience) return false;
      turn(most);
    }
    return true;
  }
  // By its own deadlines.
  [[nodiscard]] bool until_told(std::size_t count) {
    return until([&] { return told_.size() >= count; }, kPatience);
  }

  void kill_courier() { ASSERT_EQ(kill(link_->pid(), SIGKILL), 0); }
  // Without taking it.
  void await_answer() const {
    pollfd wait{fd_, POLLIN, 0};
    ASSERT_EQ(poll(&wait, 1, 60'000), 1);
  }
  bool answers(std::uint64_t id) const {
    const auto* answer = std::get_if<wire::Answer>(&told_.at(id).what);
    return answer != nullptr && std::holds_alternative<wire::TcpResult>(answer->what);
  }
  std::string why(std::uint64_t id) const {
    const auto* unanswered = std::get_if<Unanswered>(&told_.at(id).what);
    return unanswered != nullptr ? unanswered->why : "";
  }

  static constexpr std::chrono::milliseconds kOften{10};
  static constexpr std::chrono::milliseconds kPatience{60'000};

  TestFolder folder_;
  os::UniqueFd signals_;
  std::optional<CourierLink> link_;
  Duration ahead_{};
  int fd_ = -1;
  bool for_writing_ = false;
  int reaped_ = 0;
  std::map<std::uint64_t, Told> told_;
  std::size_t told_count_ = 0;
  std::vector<std::string> said_;
};

// Greets whoever comes after so many, who wait for it in vain.
std::function<void(int)> greet_after(int silent) {
  return [silent](int peer) mutable {
    if (silent-- <= 0) greet(peer);
  };
}

TEST_F(CourierLinkTest, StartsACourierWhenThereIsSomethingToAsk) {
  make();
  EXPECT_FALSE(link_->next_deadline());
  turn();
  EXPECT_EQ(link_->pid(), 0);
  PlayedServer server(greet);
  ask(greeting(7, server.port()));
  const pid_t courier = link_->pid();
  EXPECT_NE(courier, 0);
  ASSERT_TRUE(until_told(1));
  EXPECT_TRUE(answers(7));
  ask(greeting(8, server.port()));
  ASSERT_TRUE(until_told(2));
  EXPECT_EQ(link_->pid(), courier);
  EXPECT_EQ(link_->trouble(), "");
  EXPECT_THAT(said_, IsEmpty());
  EXPECT_FALSE(link_->next_deadline());
}

TEST_F(CourierLinkTest, WhatAKilledOneHadIsAskedAgain) {
  make();
  PlayedServer second(greet_after(1));
  PlayedServer server(greet);
  ask(greeting(1, second.port()));
  ASSERT_TRUE(until([&] { return second.accepted() == 1; }));
  kill_courier();
  ask(greeting(2, server.port()));
  ASSERT_TRUE(until_told(2));
  EXPECT_TRUE(answers(1));
  EXPECT_TRUE(answers(2));
  EXPECT_EQ(told_count_, 2U);
  EXPECT_EQ(reaped_, 1);
  EXPECT_THAT(said_, ElementsAre(HasSubstr("the courier was killed by signal 9")));
  EXPECT_EQ(link_->trouble(), "");
}

TEST_F(CourierLinkTest, OneThatDiesTwiceOfItIsNotAskedAgain) {
  make();
  PlayedServer fourth(greet_after(3));
  PlayedServer server(greet);
  ask(greeting(1, fourth.port()));
  ASSERT_TRUE(until([&] { return fourth.accepted() == 1; }));
  kill_courier();
  ASSERT_TRUE(until([&] { return fourth.accepted() == 2; }));
  ask(greeting(2, fourth.port()));  // had nothing to do with the first
  ASSERT_TRUE(until([&] { return fourth.accepted() == 3; }));
  kill_courier();
  ASSERT_TRUE(until_told(1));
  EXPECT_THAT(why(1), HasSubstr("two couriers ended while they had this request"));
  ask(greeting(3, server.port()));
  ASSERT_TRUE(until_told(3));
  EXPECT_TRUE(answers(2));
  EXPECT_TRUE(answers(3));
  EXPECT_EQ(told_count_, 3U);
  EXPECT_EQ(link_->trouble(), "");
  // The answers have made the pause short again, and the next end is a new one.
  EXPECT_EQ(said_.size(), 1U);
  kill_courier();
  ASSERT_TRUE(until([&] { return reaped_ == 3; }));
  EXPECT_EQ(said_.size(), 2U);
  EXPECT_EQ(link_->trouble(), "");
  ask(greeting(4, server.port()));
  if (const auto next = link_->next_deadline(); link_->pid() == 0) {
    EXPECT_LE(*next - now(), CourierLink::kPauseLeast);
  }
  ASSERT_TRUE(until_told(4));
}

TEST_F(CourierLinkTest, TheNextOneIsWrittenToAsTheFirstWas) {
  make();
  PlayedServer server([](int peer) { courier::say(peer, "HTTP/1.1 204 No Content\r\n\r\n"); });
  wire::HttpErrand http;
  http.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/";
  ask({1, kWithinMs, http});
  ASSERT_TRUE(until_told(1));
  ASSERT_EQ(kill(link_->pid(), SIGSTOP), 0);
  http.tls.ca.assign(wire::kCourierCaBytesMax, 'x');  // more than its link takes at once
  ask({2, kWithinMs, http});
  EXPECT_TRUE(for_writing_);
  kill_courier();
  ASSERT_TRUE(until([&] { return told_.contains(2); }));
  const auto* answer = std::get_if<wire::Answer>(&told_.at(2).what);
  ASSERT_NE(answer, nullptr);
  EXPECT_TRUE(std::holds_alternative<wire::HttpResult>(answer->what));
}

TEST_F(CourierLinkTest, WhatADeadOneHadSaidIsTaken) {
  make();
  PlayedServer server(greet);
  ask(greeting(1, server.port()));
  await_answer();
  kill_courier();
  int status = 0;
  const pid_t pid = waitpid(-1, &status, 0);
  EXPECT_EQ(pid, link_->pid());
  EXPECT_TRUE(link_->child_ended(pid, status, now()));
  take();
  ASSERT_TRUE(told_.contains(1));
  EXPECT_TRUE(answers(1));
  EXPECT_EQ(link_->pid(), 0);
}

TEST_F(CourierLinkTest, OneThatNobodyReapsIsNotWaitedForForLong) {
  make();
  PlayedServer second(greet_after(1));
  ask(greeting(1, second.port()));
  ASSERT_TRUE(until([&] { return second.accepted() == 1; }));
  const pid_t pid = link_->pid();
  kill_courier();
  await_answer();
  link_->ready(now());
  ask(greeting(2, second.port()));
  EXPECT_EQ(link_->pid(), 0);  // how it ended decides what is asked again
  ASSERT_TRUE(link_->next_deadline());
  ahead_ += *link_->next_deadline() - now();
  link_->expire(now());
  ahead_ += CourierLink::kPauseLeast;
  link_->expire(now());
  EXPECT_NE(link_->pid(), 0);
  EXPECT_NE(link_->pid(), pid);
  ASSERT_TRUE(until_told(2));
  EXPECT_TRUE(answers(1));
  EXPECT_EQ(reaped_, 1);
}

TEST_F(CourierLinkTest, AHungOneIsReplaced) {
  make();
  PlayedServer server(greet);
  ask(greeting(1, server.port()));
  ASSERT_TRUE(until_told(1));
  ASSERT_EQ(kill(link_->pid(), SIGSTOP), 0);
  const Steady asked = now();
  constexpr std::uint32_t kShortMs = 500;
  ask(greeting(2, server.port(), kShortMs));
  ASSERT_TRUE(until_told(2));
  EXPECT_TRUE(answers(2));
  EXPECT_GE(now() - asked, std::chrono::milliseconds(kShortMs) + CourierLink::kHungAfter);
  ASSERT_TRUE(until([&] { return reaped_ == 1; }));
  EXPECT_THAT(said_, ElementsAre(HasSubstr("hung")));
}

TEST_F(CourierLinkTest, OneThatHangsEachCourierIsGivenUp) {
  make_of("exec /usr/bin/sleep 600");
  const Steady asked = now();
  constexpr std::uint32_t kShortMs = 100;
  ask(greeting(1, 1, kShortMs));
  ASSERT_TRUE(until_told(1));
  EXPECT_THAT(why(1), HasSubstr("hung"));
  EXPECT_GE(now() - asked, 2 * (std::chrono::milliseconds(kShortMs) + CourierLink::kHungAfter));
}

TEST_F(CourierLinkTest, WhoWasAwayTakesTheAnswersBeforeHeCallsItHung) {
  make();
  PlayedServer silent(stay_silent);
  PlayedServer server(greet);
  ask(greeting(1, silent.port()));
  ask(greeting(2, server.port()));
  await_answer();
  const pid_t courier = link_->pid();
  ahead_ += std::chrono::minutes(2);  // the machine slept
  link_->expire(now());
  take();
  ASSERT_TRUE(told_.contains(2));
  EXPECT_TRUE(answers(2));
  EXPECT_EQ(link_->pid(), courier);  // it may say something about the first yet
  ahead_ += std::chrono::minutes(2);
  link_->expire(now());
  EXPECT_NE(link_->pid(), courier);
}

TEST_F(CourierLinkTest, WithoutACourierNothingIsKnownAndItSaysWhy) {
  make("/nowhere/hammock-courier");
  const Steady began{};
  link_->ask(greeting(1, 1, 1000), began);
  EXPECT_THAT(link_->trouble(), HasSubstr("start /nowhere/hammock-courier: No such file"));
  EXPECT_THAT(link_->trouble(), HasSubstr("install the package again"));
  link_->ask(greeting(2, 1, 3000), began);
  // Both have waited for their own time and kPatience.
  std::map<std::uint64_t, Duration> told_after;
  while (const auto next = link_->next_deadline()) {
    link_->expire(*next);
    for (const Told& told : link_->take()) {
      told_after[told.id] = *next - began;
      EXPECT_EQ(std::get<Unanswered>(told.what).why, link_->trouble());
    }
  }
  EXPECT_THAT(told_after,
              ElementsAre(Pair(1, std::chrono::seconds(6)), Pair(2, std::chrono::seconds(8))));
  EXPECT_EQ(said_.size(), 1U);
}

TEST_F(CourierLinkTest, ItIsTriedAgainLessAndLessOften) {
  make("/nowhere/hammock-courier");
  Steady at{};
  link_->ask(greeting(1, 1, 600'000), at);
  std::vector<std::int64_t> pauses_ms;
  for (int i = 0; i < 9; ++i) {
    const Steady retry = *link_->next_deadline();
    pauses_ms.push_back((retry - at) / std::chrono::milliseconds(1));
    at = retry;
    link_->expire(at);
  }
  EXPECT_THAT(pauses_ms, ElementsAre(100, 200, 400, 800, 1600, 3200, 6400, 10'000, 10'000));
  EXPECT_EQ(said_.size(), 1U);
}

TEST_F(CourierLinkTest, AMissingOneThatIsInstalledAnswers) {
  make(folder_ / "hammock-courier");
  PlayedServer server(greet);
  ask(greeting(1, server.port()));
  EXPECT_NE(link_->trouble(), "");
  std::filesystem::create_symlink(courier::courier_binary(), folder_ / "hammock-courier");
  ASSERT_TRUE(until_told(1));
  EXPECT_TRUE(answers(1));
  EXPECT_EQ(link_->trouble(), "");
  EXPECT_THAT(said_, ElementsAre(HasSubstr("No such file"), "the courier answers again"));
}

TEST_F(CourierLinkTest, WithoutASandboxNoRequestIsToBlame) {
  make_of("exit 71");
  ask(greeting(1, 1, 3000));
  ASSERT_TRUE(until([&] { return reaped_ == 3; }));
  EXPECT_THAT(told_, IsEmpty());
  EXPECT_THAT(link_->trouble(), HasSubstr("sandbox"));
  EXPECT_EQ(said_.size(), 1U);
  ahead_ += std::chrono::seconds(10);
  ASSERT_TRUE(until_told(1));
  EXPECT_EQ(why(1), link_->trouble());
}

TEST_F(CourierLinkTest, TwoVersionsAreTrouble) {
  make_of("exit 65");
  ask(greeting(1, 1, 3000));
  ASSERT_TRUE(until_told(1));
  EXPECT_THAT(why(1), HasSubstr("exit status 65"));
  EXPECT_THAT(link_->trouble(), HasSubstr("of different versions"));
}

TEST_F(CourierLinkTest, ACourierThatIsNotUnderstoodIsTrouble) {
  make_of("echo 'what else could it be?' >&3; exec /usr/bin/sleep 600");
  ask(greeting(1, 1, 3000));
  ASSERT_TRUE(until_told(1));
  EXPECT_THAT(why(1), HasSubstr("not understood"));
  EXPECT_THAT(link_->trouble(), HasSubstr("of different versions"));
  ASSERT_TRUE(until([&] { return reaped_ == 2; }));
}

TEST_F(CourierLinkTest, OneThatEndsEachCourierIsGivenUp) {
  // Leaves at its first order; its link does not block.
  make_of("until /usr/bin/head -c 1 <&3 2>/dev/null; do /usr/bin/sleep 0.01; done; exit 9");
  ask(greeting(1, 1));
  ASSERT_TRUE(until_told(1));
  EXPECT_THAT(why(1), HasSubstr("exit status 9"));
  EXPECT_EQ(reaped_, 2);
  EXPECT_EQ(link_->trouble(), "");
  ask(greeting(2, 1));
  ASSERT_TRUE(until_told(2));
  EXPECT_EQ(reaped_, 4);
  EXPECT_THAT(link_->trouble(), HasSubstr("and more before it"));
  EXPECT_EQ(told_count_, 2U);
}

TEST_F(CourierLinkTest, FewAreTakenAlong) {
  make();
  PlayedServer silent(stay_silent);
  constexpr std::size_t kCount = 200;
  for (std::uint64_t id = 0; id < kCount; ++id)
    ask(greeting(id, silent.port()));
  ASSERT_TRUE(until([&] { return silent.accepted() == kCount; }));
  kill_courier();
  ASSERT_TRUE(until([&] { return silent.accepted() == kCount + CourierLink::kSuspectsMost; }));
  kill_courier();
  ASSERT_TRUE(until([&] { return silent.accepted() == kCount + 2 * CourierLink::kSuspectsMost; }));
  EXPECT_EQ(told_.size(), CourierLink::kSuspectsMost);
}

TEST_F(CourierLinkTest, ThreeThousandAtOnceAreAllAnswered) {
  make();
  PlayedServer server(greet, courier::Afterwards::kClose);
  constexpr std::size_t kCount = 3000;
  for (std::uint64_t id = 0; id < kCount; ++id)
    ask(greeting(id, server.port()));
  ASSERT_TRUE(until_told(kCount));
  for (std::uint64_t id = 0; id < kCount; ++id)
    EXPECT_TRUE(answers(id)) << id;
  EXPECT_EQ(told_count_, kCount);
  EXPECT_EQ(reaped_, 0);
  EXPECT_THAT(said_, IsEmpty());
}

TEST_F(CourierLinkTest, WhatIsInFlightIsBounded) {
  make();
  PlayedServer silent(stay_silent);
  PlayedServer server(greet, courier::Afterwards::kClose);
  for (std::uint64_t id = 0; id < CourierLink::kInFlightMost; ++id)
    ask(greeting(id, silent.port(), 3000));
  ask(greeting(5000, server.port(), 2000));  // less than it has to wait
  ASSERT_TRUE(until([&] { return told_.contains(5000); }));
  EXPECT_GT(told_.size(), 1U);  // one made room for it
  EXPECT_TRUE(answers(5000));
  EXPECT_EQ(reaped_, 0);
}

TEST_F(CourierLinkTest, WaitingForRoomIsNotWaitingForACourier) {
  make();
  PlayedServer silent(stay_silent);
  PlayedServer server(greet);
  for (std::uint64_t id = 0; id < CourierLink::kInFlightMost; ++id)
    ask(greeting(id, silent.port(), wire::kCourierDeadlineMsMax));
  ask(greeting(5000, server.port(), 2000));
  ASSERT_TRUE(until([&] { return silent.accepted() == CourierLink::kInFlightMost; }));
  ahead_ += std::chrono::minutes(1);
  turn();
  EXPECT_THAT(told_, IsEmpty());
  kill_courier();
  ASSERT_TRUE(until([&] { return reaped_ == 1; }));
  EXPECT_THAT(told_, IsEmpty());
  ASSERT_TRUE(until_told(1));
  EXPECT_TRUE(answers(5000));
}

TEST_F(CourierLinkTest, WhatTheCourierKeepsIsBounded) {
  make();
  PlayedServer server(greet, courier::Afterwards::kClose);
  constexpr std::size_t kCount = 100;
  for (std::uint64_t id = 0; id < kCount; ++id) {
    wire::Request request = greeting(id, server.port());
    std::get<wire::TcpErrand>(request.what).keep_bytes = wire::kCourierBodyBytesMax;
    ask(request);
  }
  ASSERT_TRUE(until_told(kCount));
  for (std::uint64_t id = 0; id < kCount; ++id)
    EXPECT_TRUE(answers(id)) << id;
  // It never had to say that it is busy: others have all the room.
  PlayedServer silent(stay_silent);
  for (std::uint64_t id = kCount; id < 3 * kCount; ++id)
    ask(greeting(id, silent.port()));
  EXPECT_TRUE(until([&] { return silent.accepted() == 2 * kCount; }));
}

TEST_F(CourierLinkTest, ACourierThatTakesFewIsAskedFewAtATime) {
  make_of("ulimit -n 64; exec " + courier::courier_binary());  // room for 16
  PlayedServer server(greet, courier::Afterwards::kClose);
  constexpr std::size_t kCount = 300;
  for (std::uint64_t id = 0; id < kCount; ++id)
    ask(greeting(id, server.port()));
  ASSERT_TRUE(until_told(kCount));
  for (std::uint64_t id = 0; id < kCount; ++id)
    EXPECT_TRUE(answers(id)) << id;
  EXPECT_EQ(told_count_, kCount);
  EXPECT_EQ(reaped_, 0);
}

TEST_F(CourierLinkTest, BeyondItsBoundsARequestIsUnansweredAtOnce) {
  make("/nowhere/hammock-courier");
  for (std::uint64_t id = 0; id < CourierLink::kWaitingMost; ++id)
    ask(greeting(id, 1));
  EXPECT_THAT(told_, IsEmpty());
  ask(greeting(CourierLink::kWaitingMost, 1));
  EXPECT_THAT(why(CourierLink::kWaitingMost), HasSubstr("too many requests wait"));
  EXPECT_EQ(told_.size(), 1U);
}

TEST_F(CourierLinkTest, BytesThatWaitAreBounded) {
  make("/nowhere/hammock-courier");
  constexpr std::size_t kSize = 1 << 20;
  constexpr std::size_t kFit = CourierLink::kWaitingBytesMost / kSize - 1;
  wire::Request large = greeting(0, 1);
  std::get<wire::TcpErrand>(large.what).send.assign(kSize, 'x');
  for (large.id = 0; large.id < kFit; ++large.id)
    ask(large);
  EXPECT_THAT(told_, IsEmpty());
  ask(large);
  EXPECT_THAT(why(kFit), HasSubstr("too many requests wait"));
  ahead_ += std::chrono::hours(1);
  turn();
  EXPECT_EQ(told_.size(), kFit + 1);
  ++large.id;
  ask(large);
  EXPECT_FALSE(told_.contains(large.id));
}

TEST_F(CourierLinkTest, ARequestThatBreaksABoundIsUnanswered) {
  make();
  PlayedServer server(greet);
  wire::Request request = greeting(1, server.port());
  std::get<wire::TcpErrand>(request.what).expect.assign(wire::kCourierTextBytesMax + 1, 'x');
  ask(request);
  EXPECT_THAT(why(1), HasSubstr("what is expected is too long"));
  ask(greeting(2, server.port()));
  ASSERT_TRUE(until_told(2));
  EXPECT_TRUE(answers(2));
}

TEST_F(CourierLinkTest, AChildOfSomebodyElseIsNone) {
  make();
  EXPECT_FALSE(link_->child_ended(1, 0, now()));
}

}  // namespace
}  // namespace hammock::shell
