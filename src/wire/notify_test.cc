#include "wire/notify.h"

#include <gtest/gtest.h>

#include <string>

namespace hammock::wire {
namespace {

Notify parsed(std::string_view datagram, std::size_t fds = 0) {
  auto notify = parse_notify(datagram, fds);
  EXPECT_TRUE(notify) << datagram;
  return notify.value_or(Notify{});
}

TEST(Notify, ReadyAndStatus) {
  Notify n = parsed("READY=1\nSTATUS=open for business\nX_PRIVATE=1\nnonsense\n");
  EXPECT_TRUE(n.ready);
  EXPECT_EQ(n.status, "open for business");
  EXPECT_FALSE(n.reloading || n.stopping || n.watchdog);
  EXPECT_FALSE(parsed("READY=0").ready);
  EXPECT_FALSE(parsed("ready=1").ready);
}

TEST(Notify, StoppingWins) {
  Notify n = parsed("READY=1\nRELOADING=1\nSTOPPING=1");
  EXPECT_TRUE(n.stopping);
  EXPECT_FALSE(n.ready);
  EXPECT_FALSE(n.reloading);
}

TEST(Notify, ReloadingCarriesItsTime) {
  Notify n = parsed("RELOADING=1\nMONOTONIC_USEC=123456");
  EXPECT_TRUE(n.reloading);
  EXPECT_EQ(n.monotonic_us, 123456U);
}

TEST(Notify, StatusMustBeUtf8AndMayBeEmpty) {
  EXPECT_EQ(parsed("STATUS=\xff\xfe").status, std::nullopt);
  EXPECT_EQ(parsed("STATUS=").status, "");
  EXPECT_EQ(parsed("STATUS=gr\xc3\xbcn").status, "gr\xc3\xbcn");
  EXPECT_EQ(parsed("STATUS=a=b").status, "a=b");
}

TEST(Notify, NulInsideIsVoidOneAtTheEndIsNot) {
  using namespace std::string_view_literals;
  EXPECT_FALSE(parse_notify("READY=1\0STATUS=x"sv, 0));
  EXPECT_TRUE(parsed("READY=1\0"sv).ready);
  EXPECT_FALSE(parse_notify("READY=1\0\0"sv, 0));
  EXPECT_FALSE(parse_notify("\0"sv, 0));
  EXPECT_FALSE(parse_notify("", 0));
  EXPECT_FALSE(parse_notify(std::string(kNotifyBytesMax + 1, 'x'), 0));
}

TEST(Notify, MalformedNumbersAreIgnoredAlone) {
  Notify n = parsed("ERRNO=-1\nMAINPID=1\nWATCHDOG_USEC=1s\nEXTEND_TIMEOUT_USEC=\nREADY=1");
  EXPECT_TRUE(n.ready);
  EXPECT_EQ(n.error_number, std::nullopt);
  EXPECT_EQ(n.main_pid, std::nullopt);
  EXPECT_EQ(n.watchdog_us, std::nullopt);
  EXPECT_EQ(n.extend_us, std::nullopt);
  EXPECT_EQ(parsed("MAINPID=99999999999").main_pid, std::nullopt);
}

TEST(Notify, NumbersAndNames) {
  Notify n = parsed(
      "ERRNO=98\nMAINPID=4711\nMAINPIDFDID=77\nWATCHDOG_USEC=5000000\nEXTEND_TIMEOUT_USEC=10\n"
      "BUSERROR=org.example.Failed\nNOTIFYACCESS=all\nRESTART_RESET=1");
  EXPECT_EQ(n.error_number, 98);
  EXPECT_EQ(n.main_pid, 4711);
  EXPECT_EQ(n.main_pidfd_inode, 77U);
  EXPECT_EQ(n.watchdog_us, 5'000'000U);
  EXPECT_EQ(n.extend_us, 10U);
  EXPECT_EQ(n.error_name, "org.example.Failed");
  EXPECT_EQ(n.access, NotifyAccess::kAll);
  EXPECT_TRUE(n.restart_reset);
  EXPECT_EQ(parsed("NOTIFYACCESS=everybody").access, std::nullopt);
}

TEST(Notify, Progress) {
  auto of = [](std::string_view value) {
    auto notify = parse_notify("X_PROGRESS=" + std::string(value), 0);
    return notify->progress ? std::to_string(notify->progress->done) + " of " +
                                  std::to_string(notify->progress->total)
                            : "nothing";
  };
  EXPECT_EQ(of("3/8"), "3 of 8");
  EXPECT_EQ(of("0/1"), "0 of 1");
  for (const char* bad :
       {"9/8", "3/0", "3", "/8", "3/", "-1/8", "3/8/9", "a/b", "3 / 8", "1/99999999999999999999"}) {
    EXPECT_EQ(of(bad), "nothing") << bad;
  }
}

TEST(Notify, Watchdog) {
  EXPECT_TRUE(parsed("WATCHDOG=1").watchdog);
  EXPECT_TRUE(parsed("WATCHDOG=trigger").watchdog_trigger);
  EXPECT_FALSE(parsed("WATCHDOG=0").watchdog);
}

TEST(Notify, BarrierStandsAloneWithOneDescriptor) {
  EXPECT_TRUE(parsed("BARRIER=1", 1).barrier);
  EXPECT_TRUE(parsed("BARRIER=1\n", 1).barrier);
  EXPECT_FALSE(parse_notify("BARRIER=1", 0));
  EXPECT_FALSE(parse_notify("BARRIER=1", 2));
  EXPECT_FALSE(parse_notify("BARRIER=1\nREADY=1", 1));
}

TEST(Notify, StoreAndRemove) {
  Notify n = parsed("FDSTORE=1\nFDNAME=db\nFDPOLL=0", 1);
  EXPECT_TRUE(n.store);
  EXPECT_FALSE(n.poll_stored);
  EXPECT_EQ(n.fd_name, "db");
  EXPECT_TRUE(parsed("FDSTORE=1", 1).poll_stored);
  EXPECT_EQ(parsed("FDSTORE=1\nFDNAME=a:b", 1).fd_name, "");
  Notify both = parsed("FDSTOREREMOVE=1\nFDSTORE=1\nFDNAME=db");
  EXPECT_TRUE(both.remove);
  EXPECT_FALSE(both.store);
  EXPECT_FALSE(is_fd_name(std::string(256, 'a')));
  EXPECT_TRUE(is_fd_name(std::string(255, 'a')));
  EXPECT_FALSE(is_fd_name("tab\t"));
}

}  // namespace
}  // namespace hammock::wire
