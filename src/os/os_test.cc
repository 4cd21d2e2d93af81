#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "os/cgroup.h"
#include "os/channel.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/fixed_text.h"
#include "os/ledger_file.h"
#include "os/poll.h"
#include "os/process.h"

namespace hammock::os {
namespace {

class OsTest : public testing::Test {
 protected:
  OsTest() {
    std::string pattern = testing::TempDir() + "hammock-os-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~OsTest() override { std::filesystem::remove_all(folder_); }
  std::string path(const char* name) const { return folder_ + "/" + name; }

  std::string folder_;
};

// A child that lives until its pipe closes, then exits with 42.
struct Child {
  Child() {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    pid = fork();
    if (pid == 0) {
      close(ends[1]);
      char byte = 0;
      [[maybe_unused]] ssize_t ignored = read(ends[0], &byte, 1);
      _exit(42);
    }
    close(ends[0]);
    hold.reset(ends[1]);
  }
  void end() { hold.reset(); }
  pid_t pid = 0;
  UniqueFd hold;
};

TEST_F(OsTest, WholeFiles) {
  ASSERT_TRUE(write_file(path("a"), "one", 0640));
  ASSERT_TRUE(write_file(path("a"), "two", 0600));
  EXPECT_EQ(*read_file(path("a")), "two");
  struct stat info{};
  ASSERT_EQ(stat(path("a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_EQ(read_file(path("missing")).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read_file(path("a"), 2).error().code, ErrorCode::kInvalid);
  EXPECT_FALSE(write_file(path("no/such/folder"), "x", 0600));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(OsTest, Folders) {
  EXPECT_EQ(make_folders(path("x/y/z").c_str(), 0750), 0);
  EXPECT_EQ(make_folders(path("x/y/z").c_str(), 0750), 0);
  EXPECT_TRUE(std::filesystem::is_directory(path("x/y/z")));
  std::ofstream(path("file")) << "x";
  EXPECT_EQ(make_folders(path("file/below").c_str(), 0750), ENOTDIR);
  EXPECT_EQ(make_folders(("/" + std::string(600, 'x')).c_str(), 0750), ENAMETOOLONG);
}

TEST_F(OsTest, LocksDieWithTheProcess) {
  std::array<int, 2> ready{};
  ASSERT_EQ(pipe2(ready.data(), O_CLOEXEC), 0);
  pid_t pid = fork();
  if (pid == 0) {
    auto lock = lock_file(path("lock"));
    [[maybe_unused]] ssize_t ignored = write(ready[1], lock ? "y" : "n", 1);
    pause();
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_EQ(lock_file(path("lock")).error().code, ErrorCode::kBusy);
  EXPECT_EQ(lock_holder(path("lock")), pid);
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  EXPECT_EQ(lock_holder(path("lock")), 0);
  EXPECT_TRUE(lock_file(path("lock")));
  close(ready[0]);
  close(ready[1]);
}

TEST(File, CopiesOfADescriptorAreKnownFromOthers) {
  const UniqueFd one(eventfd(0, EFD_CLOEXEC));
  const UniqueFd other(eventfd(0, EFD_CLOEXEC));
  const UniqueFd copy(dup(one.get()));
  EXPECT_TRUE(is_same_open_file(one.get(), copy.get()));
  EXPECT_FALSE(is_same_open_file(one.get(), other.get()));
  EXPECT_FALSE(is_same_open_file(one.get(), -1));
}

TEST(FixedTextTest, BuildsAndSaysWhenItDoesNotFit) {
  FixedText<8> text("ab", 12);
  EXPECT_EQ(text.view(), "ab12");
  EXPECT_TRUE(text.fits());
  text.add("longer");
  EXPECT_FALSE(text.fits());
  EXPECT_EQ(text.view(), "ab12lon");
  EXPECT_EQ(Path().add_hex(0xabcULL).view(), "0000000000000abc");
}

TEST(Clock, GoesForward) {
  Now a = read_clocks();
  Now b = read_clocks();
  EXPECT_LE(a.steady, b.steady);
  EXPECT_GT(a.wall.time_since_epoch().count(), 1'700'000'000'000'000);
}

TEST(Process, StatOfOurselves) {
  auto stat = proc_stat(0);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->state, 'R');
  EXPECT_EQ(stat->parent, getppid());
  EXPECT_EQ(stat->session, getsid(0));
  EXPECT_GT(stat->start_ticks, 0U);
  EXPECT_EQ(proc_stat(0x7ffffff0), std::nullopt);
  EXPECT_EQ(std::string_view(boot_id().data()).size(), 36U);
}

TEST(Process, TheStatusOfAZombieIsKnownToAHandle) {
  Child child;
  UniqueFd pidfd = open_pidfd(child.pid);
  ASSERT_TRUE(pidfd);
  auto ticks = proc_stat(child.pid)->start_ticks;
  EXPECT_EQ(exit_status(pidfd.get(), child.pid, ticks), std::nullopt);
  child.end();
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child.pid), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(exit_status(pidfd.get(), child.pid, ticks), 42 << 8);
  if (pidfd_inode(pidfd.get()) == 0) {
    EXPECT_EQ(exit_status(pidfd.get(), child.pid, ticks + 1), std::nullopt);
  }
  waitpid(child.pid, nullptr, 0);
  EXPECT_EQ(pidfd_signal(pidfd.get(), SIGTERM), ESRCH);
}

TEST(Process, LivesUnderItsIdentityOnly) {
  const ProcessIdentity self = own_identity();
  EXPECT_TRUE(self.pidfs_inode != 0 || self.start_ticks != 0);
  EXPECT_TRUE(process_lives(getpid(), self));
  Child child;
  if (self.pidfs_inode != 0) {
    EXPECT_FALSE(process_lives(child.pid, self));
  }
  auto stat = proc_stat(child.pid);
  ASSERT_TRUE(stat);
  // As an older kernel leaves it: the start time alone.
  EXPECT_TRUE(process_lives(child.pid, {.start_ticks = stat->start_ticks}));
  EXPECT_FALSE(process_lives(child.pid, {.start_ticks = stat->start_ticks + 1}));
  EXPECT_FALSE(process_lives(child.pid, {}));
  child.end();
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child.pid), &info, WEXITED | WNOWAIT), 0);
  EXPECT_FALSE(process_lives(child.pid, {.start_ticks = stat->start_ticks}));  // a zombie
  waitpid(child.pid, nullptr, 0);
  EXPECT_FALSE(process_lives(child.pid, {.start_ticks = stat->start_ticks}));
}

// In a process of its own that has given up the right to trace others.
bool is_known_to_the_unprivileged(pid_t zombie) {
  const pid_t checker = fork();
  if (checker == 0) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> sets{};
    syscall(SYS_capget, &header, sets.data());
    sets[0].effective &= ~(1U << CAP_SYS_PTRACE);
    syscall(SYS_capset, &header, sets.data());
    const UniqueFd handle = open_pidfd(zombie);
    _exit(exit_status(handle.get(), zombie, 0) ? 1 : 0);
  }
  int status = 0;
  waitpid(checker, &status, 0);
  return WEXITSTATUS(status) == 1;
}

// The kernel says 0 where it does not tell: a crash of another user's program must not look clean.
TEST(Process, TheStatusOfAStrangersZombieIsUnknown) {
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(7);
    _exit(3);
  }
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(is_known_to_the_unprivileged(child), geteuid() != 0);
  const UniqueFd handle = open_pidfd(child);
  EXPECT_EQ(exit_status(handle.get(), child, 0), 3 << 8) << "we may know";
  waitpid(child, nullptr, 0);
}

TEST(Process, InodesNameProcesses) {
  Child one;
  Child two;
  UniqueFd a = open_pidfd(one.pid);
  UniqueFd again = open_pidfd(one.pid);
  UniqueFd b = open_pidfd(two.pid);
  EXPECT_EQ(pidfd_inode(a.get()), pidfd_inode(again.get()));
  if (pidfd_inode(a.get()) != 0) {
    EXPECT_NE(pidfd_inode(a.get()), pidfd_inode(b.get()));
  }
  one.end();
  two.end();
  waitpid(one.pid, nullptr, 0);
  waitpid(two.pid, nullptr, 0);
}

TEST(Channel, PacketsAndDescriptors) {
  auto pair = make_link_pair();
  ASSERT_TRUE(pair);
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const std::uint64_t number = 77;
  EXPECT_EQ(send_packet(pair->first.get(), bytes_of(number), ends[1]), 0);
  EXPECT_EQ(send_packet(pair->first.get(), bytes_of(number)), 0);
  close(ends[1]);
  std::uint64_t got = 0;
  UniqueFd fd;
  EXPECT_EQ(receive_packet(pair->second.get(), bytes_into(got), fd), Received::kPacket);
  EXPECT_EQ(got, 77U);
  ASSERT_TRUE(fd);
  EXPECT_EQ(write(fd.get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(read(ends[0], &byte, 1), 1);
  EXPECT_EQ(receive_packet(pair->second.get(), bytes_into(got), fd), Received::kPacket);
  EXPECT_FALSE(fd);
  EXPECT_EQ(receive_packet(pair->second.get(), bytes_into(got), fd), Received::kNothing);
  const std::uint32_t wrong = 1;
  EXPECT_EQ(send_packet(pair->first.get(), bytes_of(wrong)), 0);
  EXPECT_EQ(receive_packet(pair->second.get(), bytes_into(got), fd), Received::kClosed);
  pair->first.reset();
  EXPECT_EQ(receive_packet(pair->second.get(), bytes_into(got), fd), Received::kClosed);
  EXPECT_EQ(send_packet(pair->second.get(), bytes_of(number)), EPIPE);
  close(ends[0]);
}

TEST(Channel, AFullLinkDoesNotBlock) {
  auto pair = make_link_pair();
  ASSERT_TRUE(pair);
  const std::array<char, 512> packet{};
  int reason = 0;
  for (int i = 0; i < 100000 && reason == 0; ++i) {
    reason = send_packet(pair->first.get(), bytes_of(packet));
  }
  EXPECT_EQ(reason, EAGAIN);
}

TEST(Poll, TimersAndSignals) {
  auto epoll = Epoll::make();
  auto timer = make_timer();
  ASSERT_TRUE(epoll && timer);
  ASSERT_EQ(epoll->add(timer->get(), EPOLLIN, 5), 0);
  std::array<epoll_event, 4> events{};
  EXPECT_EQ(epoll->wait(events, 0), 0U);
  arm_timer(timer->get(), steady_us());
  EXPECT_EQ(epoll->wait(events, 10000), 1U);
  const std::uint64_t tag = events[0].data.u64;  // the struct is packed: no reference to it
  EXPECT_EQ(tag, 5U);
  drain_timer(timer->get());
  EXPECT_EQ(epoll->wait(events, 0), 0U);
  auto signals = make_signals({SIGUSR1});
  ASSERT_TRUE(signals);
  EXPECT_EQ(next_signal(signals->get()), 0);
  raise(SIGUSR1);
  EXPECT_EQ(next_signal(signals->get()), SIGUSR1);
}

TEST_F(OsTest, LedgerFilesAreTakenOverInPlace) {
  auto first = LedgerFile::create(path("ledger"), 8);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(first->fresh());
  auto reader = LedgerFile::read(path("ledger"));
  ASSERT_TRUE(reader) << reader.error().message;
  auto second = LedgerFile::create(path("ledger"), 8);
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->fresh());
  {
    wire::SlotWriter writer(second->ledger().slot(3));
    writer->generation = 9;
  }
  EXPECT_EQ(wire::read_slot(reader->ledger().slot(3)).data.generation, 9U);
  // Of another boot: void.
  second->ledger().header().boot_id[0] = 'x';
  EXPECT_EQ(LedgerFile::read(path("ledger")).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(second->reserve(7), 0);
  auto third = LedgerFile::create(path("ledger"), 8);
  ASSERT_TRUE(third);
  EXPECT_TRUE(third->fresh());
  EXPECT_EQ(wire::read_slot(third->ledger().slot(3)).data.generation, 0U);
}

TEST_F(OsTest, WhatIsNoLedgerIsSaidOrReplaced) {
  EXPECT_EQ(LedgerFile::read(path("ledger")).error().code, ErrorCode::kNotFound);
  std::ofstream(path("ledger")) << std::string(10000, 'x');
  EXPECT_EQ(LedgerFile::read(path("ledger")).error().code, ErrorCode::kCorrupt);
  EXPECT_TRUE(LedgerFile::create(path("ledger"), 8)->fresh());
  std::ofstream(path("ledger"), std::ios::trunc) << "short";
  EXPECT_EQ(LedgerFile::read(path("ledger")).error().code, ErrorCode::kCorrupt);
  EXPECT_TRUE(LedgerFile::create(path("ledger"), 8)->fresh());
}

TEST_F(OsTest, CgroupFilesAreRead) {
  ASSERT_TRUE(write_file(path("cgroup.events"), "populated 1\nfrozen 0\n", 0600));
  ASSERT_TRUE(write_file(path("cgroup.controllers"), "cpu memory pids\n", 0600));
  EXPECT_EQ(cgroup_value(folder_.c_str(), "cgroup.events", "populated"), 1U);
  EXPECT_EQ(cgroup_value(folder_.c_str(), "cgroup.events", "frozen"), 0U);
  EXPECT_EQ(cgroup_value(folder_.c_str(), "cgroup.events", "pop"), std::nullopt);
  EXPECT_EQ(cgroup_value(folder_.c_str(), "missing", "populated"), std::nullopt);
  EXPECT_TRUE(cgroup_has_controller(folder_.c_str(), "memory"));
  EXPECT_FALSE(cgroup_has_controller(folder_.c_str(), "mem"));
  if (auto own = own_cgroup()) {
    EXPECT_TRUE(std::filesystem::exists(*own + "/cgroup.procs")) << *own;
  }
}

}  // namespace
}  // namespace hammock::os
