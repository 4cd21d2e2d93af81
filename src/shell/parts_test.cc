// The small parts of the shell that touch the world: link, holds, sockets, checks, logs.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <fstream>

#include "os/channel.h"
#include "os/clock.h"
#include "shell/checks.h"
#include "shell/command.h"
#include "shell/holds.h"
#include "shell/link.h"
#include "shell/listen.h"
#include "shell/log.h"
#include "shell/segments.h"
#include "shell/spec_files.h"
#include "shell/test_folder.h"
#include "shell/upward.h"

namespace hammock::shell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Link, OrdersThatDoNotFitWaitAndKeepTheirOrder) {
  auto pair = os::make_link_pair();
  ASSERT_TRUE(pair);
  Link link(std::move(pair->first));
  os::UniqueFd passed(open("/dev/null", O_RDONLY));
  int sent = 0;
  while (!link.has_unsent())
    link.send(simple_order(wire::Order::kPing, 0, 0, sent++));
  link.send(simple_order(wire::Order::kHold, 0, 0, sent++), passed.get());
  passed.reset();
  bool got_fd = false;
  for (int expected = 0; expected < sent; ++expected) {
    wire::OrderMessage order;
    os::UniqueFd fd;
    ASSERT_EQ(os::receive_packet(pair->second.get(), os::bytes_into(order), fd),
              os::Received::kPacket);
    EXPECT_EQ(order.value, expected);
    got_fd = static_cast<bool>(fd);
    link.flush();
  }
  EXPECT_TRUE(got_fd) << "a descriptor that waits is a copy";
  EXPECT_FALSE(link.has_unsent());
}

TEST(Link, LastWordsAreReadBeforeTheEnd) {
  auto pair = os::make_link_pair();
  Link link(std::move(pair->first));
  wire::HintMessage hint;
  hint.hint = wire::Hint::kChanged;
  hint.slot = 5;
  ASSERT_EQ(os::send_packet(pair->second.get(), os::bytes_of(hint)), 0);
  pair->second.reset();
  auto hints = link.receive();
  ASSERT_EQ(hints.size(), 1U);
  EXPECT_EQ(hints[0].message.slot, 5U);
  EXPECT_FALSE(link.is_open());
  link.send(hello_order());  // harmless
}

TEST(Link, APeerThatNeverReadsIsLost) {
  auto pair = os::make_link_pair();
  Link link(std::move(pair->first));
  for (std::size_t i = 0; i < kOrdersQueuedMax + 2000 && link.is_open(); ++i) {
    link.send(hello_order());
  }
  EXPECT_FALSE(link.is_open());
}

TEST(Holds, GivesEachOnceToEachKeeper) {
  HoldBook book;
  auto listening = listen_hold("web", 0, "web");
  book.keep(listening, os::UniqueFd(open("/dev/null", O_RDONLY)), false);
  wire::Hold stored;
  stored.kind = wire::HoldKind::kStored;
  stored.slot = 3;
  book.keep(stored, os::UniqueFd(open("/dev/null", O_RDONLY)), true);
  book.keep(stored, os::UniqueFd(open("/dev/zero", O_RDONLY)), true);
  EXPECT_EQ(book.size(), 3U) << "two stored ones may have the same name";
  std::vector<wire::HoldKind> given;
  auto give = [&](const wire::Hold& hold, int fd) {
    EXPECT_GE(fd, 0);
    given.push_back(hold.kind);
  };
  book.give(give);
  EXPECT_THAT(given, ElementsAre(wire::HoldKind::kListen));
  book.give(give);
  EXPECT_EQ(given.size(), 1U);
  book.forget_who_knows();
  book.give(give);
  EXPECT_EQ(given.size(), 4U);
  book.drop(stored);
  EXPECT_EQ(book.size(), 2U);
  auto dropped = book.drop_listening([](std::string_view, std::uint32_t) { return false; });
  ASSERT_EQ(dropped.size(), 1U);
  EXPECT_TRUE(same_hold(dropped[0], listening));
  EXPECT_EQ(book.find(listening), -1);
}

TEST(Holds, OfSeveralTheOneThatHungUpIsDropped) {
  HoldBook book;
  wire::Hold stored;
  stored.kind = wire::HoldKind::kStored;
  int alive[2];
  int dead[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, alive), 0);
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, dead), 0);
  book.keep(stored, os::UniqueFd(alive[0]), true);
  book.keep(stored, os::UniqueFd(dead[0]), true);
  close(dead[1]);
  book.drop(stored);
  EXPECT_EQ(book.find(stored), alive[0]);
  close(alive[1]);
}

// A port of 127.0.0.1 that is free now.
std::string free_address() {
  os::UniqueFd fd(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

TEST(Listen, BindsTcpAndKnowsItAgain) {
  std::string address = free_address();
  auto first = listen_on(address);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(is_bound_to(first->get(), address));
  EXPECT_FALSE(is_bound_to(first->get(), "127.0.0.1:1"));
  EXPECT_EQ(fcntl(first->get(), F_GETFL) & O_NONBLOCK, 0);
  auto second = listen_on(address);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kBusy);
  EXPECT_THAT(second.error().message, HasSubstr("in use by hammock_shell"));
  EXPECT_THAT(second.error().message, HasSubstr("pid " + std::to_string(getpid())));
}

TEST(Listen, ReplacesAnAbandonedUnixSocketOnly) {
  TestFolder folder;
  std::string path = folder / "socket";
  {
    ASSERT_TRUE(listen_on(path));
  }
  auto again = listen_on(path);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(is_bound_to(again->get(), path));
  EXPECT_FALSE(listen_on(path));
  std::string file = folder / "file";
  std::ofstream(file) << "precious";
  EXPECT_FALSE(listen_on(file));
  EXPECT_EQ(access(file.c_str(), F_OK), 0);
}

TEST(Listen, RefusesWhatIsNoAddress) {
  for (std::string bad : {"localhost:80", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "[::1]",
                          "::1:80", "", ":80"}) {
    EXPECT_FALSE(listen_on(bad)) << bad;
  }
}

TEST(Listen, RecoversASocketFromALivingProgram) {
  std::string address = free_address();
  auto socket = listen_on(address);
  ASSERT_TRUE(socket);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  pid_t program = fork();
  if (program == 0) {
    dup2(socket->get(), 3);
    char byte = 0;
    close(ends[1]);
    [[maybe_unused]] ssize_t end = read(ends[0], &byte, 1);
    _exit(0);
  }
  close(ends[0]);
  socket->reset();
  auto recovered = recover_listening(address, std::vector<pid_t>{program});
  if (recovered) {
    EXPECT_TRUE(is_bound_to(recovered->get(), address));
  } else {  // where tracing is forbidden
    EXPECT_EQ(recovered.error().code, ErrorCode::kNotFound);
    EXPECT_NE(geteuid(), 0U);
  }
  close(ends[1]);
  waitpid(program, nullptr, 0);
}

wire::Spec spec_of(std::vector<std::string> command) {
  wire::Spec spec;
  spec.command = std::move(command);
  spec.environment = {"PATH=/usr/bin:/bin", "GREETING=hello"};
  return spec;
}

class ChecksTest : public testing::Test {
 protected:
  // Waits for what the running checks wait for, until one has ended.
  service::CheckEnded ended() {
    for (;;) {
      auto list = checks_.take_ended();
      if (!list.empty()) return list.front();
      std::vector<pollfd> wait;
      for (auto [fd, number] : watched_)
        wait.push_back({fd, POLLOUT, 0});
      poll(wait.data(), wait.size(), 10);
      for (auto [fd, number] : std::exchange(watched_, {}))
        checks_.writable(number);
      int status = 0;
      if (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0) checks_.child_ended(pid, status);
      checks_.expire(os::read_clocks().steady);
    }
  }
  service::RunCommand run_order(Duration within) {
    return {{"web", 1, 7}, service::CheckPurpose::kReady, {}, within};
  }
  Steady now() { return os::read_clocks().steady; }

  std::vector<std::pair<int, std::uint64_t>> watched_;
  Checks checks_{[this](int fd, std::uint64_t number) { watched_.emplace_back(fd, number); }};
};

TEST_F(ChecksTest, AConnectionIsAcceptedOrNot) {
  std::string address = free_address();
  auto listening = listen_on(address);
  checks_.connect({{"web", 1, 7}, address, std::chrono::seconds(5)}, now());
  auto answer = ended();
  EXPECT_TRUE(answer.ok) << answer.detail;
  EXPECT_EQ(answer.generation, 7U);
  listening->reset();
  checks_.connect({{"web", 1, 7}, address, std::chrono::seconds(5)}, now());
  answer = ended();
  EXPECT_FALSE(answer.ok);
  EXPECT_THAT(answer.detail, HasSubstr("refused"));
  EXPECT_EQ(checks_.next_deadline(), std::nullopt);
}

TEST_F(ChecksTest, ACommandSaysByItsCode) {
  auto long_enough = std::chrono::seconds(20);
  checks_.run(run_order(long_enough), spec_of({"sh", "-c", "test $GREETING = hello"}), now());
  EXPECT_TRUE(ended().ok);
  checks_.run(run_order(long_enough), spec_of({"sh", "-c", "exit 3"}), now());
  EXPECT_EQ(ended().detail, "it exited with 3");
  checks_.run(run_order(long_enough), spec_of({"/nonexistent"}), now());
  EXPECT_EQ(ended().detail, "it could not be started (127)");
}

TEST_F(ChecksTest, ADeadlineKillsTheWholeCommand) {
  auto pidfile = TestFolder();
  std::string script = "sleep 1000 & echo $! > " + (pidfile / "pid") + "; wait";
  checks_.run(run_order(std::chrono::milliseconds(300)), spec_of({"sh", "-c", script}), now());
  auto answer = ended();
  EXPECT_FALSE(answer.ok);
  EXPECT_EQ(answer.detail, "no answer in time");
  int status = 0;
  pid_t shell = waitpid(-1, &status, 0);
  EXPECT_TRUE(checks_.child_ended(shell, status));
  EXPECT_TRUE(WIFSIGNALED(status));
}

TEST_F(ChecksTest, ANewerCheckReplacesAnOlderOne) {
  checks_.run(run_order(std::chrono::seconds(60)), spec_of({"sleep", "1000"}), now());
  checks_.run(run_order(std::chrono::seconds(20)), spec_of({"true"}), now());
  EXPECT_TRUE(ended().ok);
  EXPECT_THAT(checks_.take_ended(), IsEmpty());
  EXPECT_EQ(checks_.next_deadline(), std::nullopt);
  while (waitpid(-1, nullptr, 0) > 0) {
  }
}

TEST(Command, RunsWithoutOurDescriptorsAndSignals) {
  ASSERT_EQ(signal(SIGPIPE, SIG_IGN), SIG_DFL);
  auto pid = start_command(spec_of(
      {"sh", "-c",
       "test $(ls /proc/$$/fd | wc -l) -le 4 && grep -q '^SigIgn:.*0$' /proc/self/status"}));
  signal(SIGPIPE, SIG_DFL);
  ASSERT_TRUE(pid);
  int status = 0;
  waitpid(*pid, &status, 0);
  EXPECT_EQ(status, 0) << describe_wait_status(status);
}

TEST(Segments, TheOldestGoFirstAndTheOneBeingWrittenStays) {
  Instant now(std::chrono::hours(100));
  auto hours_ago = [&](int hours) { return now - std::chrono::hours(hours); };
  std::vector<Segment> list = {
      {1, 100, hours_ago(9)}, {2, 100, hours_ago(5)}, {3, 100, hours_ago(1)}, {4, 900, now}};
  EXPECT_THAT(expired_segments(list, 4, 5000, std::nullopt, now), IsEmpty());
  EXPECT_THAT(expired_segments(list, 4, 1000, std::nullopt, now), ElementsAre(1, 2));
  EXPECT_THAT(expired_segments(list, 4, 0, std::nullopt, now), ElementsAre(1, 2, 3));
  EXPECT_THAT(expired_segments(list, 4, 5000, std::chrono::hours(6), now), ElementsAre(1));
}

TEST(Segments, AllFilesOfASegmentAreDeleted) {
  TestFolder folder;
  for (std::string name :
       {"00000001.log", "00000001.idx", "00000002.log", "00000003.log", "other"}) {
    std::ofstream(folder / name) << std::string(100, 'x');
  }
  expire_logs(folder.path(), 3, 250, std::nullopt, Instant{});
  EXPECT_NE(access((folder / "00000001.log").c_str(), F_OK), 0);
  EXPECT_NE(access((folder / "00000001.idx").c_str(), F_OK), 0);
  EXPECT_EQ(access((folder / "00000002.log").c_str(), F_OK), 0);
  EXPECT_EQ(access((folder / "other").c_str(), F_OK), 0);
  expire_logs(folder / "missing", 3, 0, std::nullopt, Instant{});
}

TEST(SpecFiles, KeepsWhatIsUsed) {
  TestFolder folder;
  SpecFiles files(folder / "spec");
  wire::Spec spec = spec_of({"sleep", "1"});
  auto one = files.keep(wire::encode_spec(spec));
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(files.keep(wire::encode_spec(spec)).value(), *one);
  EXPECT_EQ(files.read(*one).value(), spec);
  auto other = files.keep(wire::encode_spec(spec_of({"true"})));
  files.remove_others({*other});
  EXPECT_FALSE(files.is_there(*one));
  EXPECT_TRUE(files.is_there(*other));
}

TEST(Log, QuotesWhatNeedsItAndHidesControlCharacters) {
  EXPECT_EQ(
      log_line(Instant{}, Level::kError, "two words", {{"a", "x"}, {"b", "\x1b\n\""}}),
      "time=1970-01-01T00:00:00.000Z level=error msg=\"two words\" a=x b=\"\\x1b\\x0a\\\"\"\n");
  EXPECT_LE(log_line(Instant{}, Level::kInfo, std::string(9000, 'x'), {}).size(), kLogLineBytes);
}

TEST(Log, IsBoundedAndNeverBlocks) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Log log(ends[1]);
  for (unsigned i = 0; i < 3 * kLogLinesPerWindow; ++i)
    log.say(Level::kInfo, "x");
  std::string text(1 << 20, '\0');
  ssize_t size = read(ends[0], text.data(), text.size());
  ASSERT_GT(size, 0);
  EXPECT_EQ(std::count(text.begin(), text.begin() + size, '\n'), kLogLinesPerWindow);
  Log other(ends[1]);
  for (int i = 0; i < 100; ++i)
    other.say(Level::kInfo, std::string(2000, 'y'));  // nobody reads
  close(ends[0]);
  close(ends[1]);
}

TEST(Upward, SaysEachStatusOnce) {
  TestFolder folder;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (folder / "notify").copy(address.sun_path, sizeof address.sun_path - 1);
  os::UniqueFd manager(socket(AF_UNIX, SOCK_DGRAM, 0));
  ASSERT_EQ(bind(manager.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  Upward upward(folder / "notify", "");
  upward.ready();
  upward.ready();
  EXPECT_TRUE(upward.status("3 of 4"));
  EXPECT_FALSE(upward.status("3 of 4"));
  upward.alive();
  std::vector<std::string> heard;
  char bytes[100];
  for (ssize_t size = 0; (size = recv(manager.get(), bytes, sizeof bytes, MSG_DONTWAIT)) > 0;) {
    heard.emplace_back(bytes, static_cast<std::size_t>(size));
  }
  EXPECT_THAT(heard, ElementsAre("READY=1", "STATUS=3 of 4", "WATCHDOG=1"));
  EXPECT_FALSE(Upward("", "").status("x"));
}

}  // namespace
}  // namespace hammock::shell
