#include "gauge/disk.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <limits>

#include "gauge/gauge_testing.h"

namespace hammock::gauge {
namespace {

using testing::HasSubstr;

// "ext4 /dev/sda1 /" for type, device and place.
std::string found(std::string_view mountinfo, std::string_view path) {
  const auto mount = find_mount(mountinfo, path);
  return mount ? fmt::format("{} {} {}", mount->type, mount->device, mount->mounted) : "none";
}

constexpr std::string_view kMounts =
    "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
    "27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw\n"
    "30 27 8:1 / /srv rw,relatime shared:3 - xfs /dev/sdb1 rw\n"
    "31 30 8:2 /sub /srv/data rw - btrfs /dev/sdc rw,subvol=/sub\n"
    "32 27 0:44 / /auto rw - autofs systemd-1 rw\n"
    "33 32 0:45 / /auto rw - nfs4 nas:/export rw\n"
    "34 27 8:3 / /my\\040disk\\134x rw - ext4 /dev/my\\040disk rw\n"
    "35 27 0:46 / /nameless rw - tmpfs  rw\n";

TEST(FindMount, TheLongestPlaceThatThePathLiesIn) {
  EXPECT_EQ(found(kMounts, "/"), "ext4 /dev/vda /");
  EXPECT_EQ(found(kMounts, "/home/x"), "ext4 /dev/vda /");
  EXPECT_EQ(found(kMounts, "/srv"), "xfs /dev/sdb1 /srv");
  EXPECT_EQ(found(kMounts, "/srv/x"), "xfs /dev/sdb1 /srv");
  EXPECT_EQ(found(kMounts, "/srv2"), "ext4 /dev/vda /");
  EXPECT_EQ(found(kMounts, "/srv/data/x/y"), "btrfs /dev/sdc /srv/data");
  EXPECT_EQ(found(kMounts, "/nameless"), "tmpfs  /nameless");
}

TEST(FindMount, TheLastAtOnePlaceCoversTheOthers) {
  EXPECT_EQ(found(kMounts, "/auto/x"), "nfs4 nas:/export /auto");
}

TEST(FindMount, EscapesAreDecoded) {
  EXPECT_EQ(found(kMounts, "/my disk\\x/y"), "ext4 /dev/my disk /my disk\\x");
  EXPECT_EQ(found("1 2 0:1 / /end\\040 rw - t d\n", "/end /x"), "t d /end ");
  EXPECT_EQ(found("1 2 0:1 / / rw - t a\\1\\400\\08\\", "/"), "t a\\1\\400\\08\\ /");
}

TEST(FindMount, OtherLinesArePassedOver) {
  EXPECT_EQ(found("", "/"), "none");
  EXPECT_EQ(found("27 1 254:0 / /srv rw - ext4 /dev/vda rw\n", "/"), "none");
  EXPECT_EQ(found("27 1 254:0 / / rw ext4 /dev/vda rw\n", "/"), "none");
  EXPECT_EQ(found("27 1 254:0 / / rw - ext4\n", "/"), "none");
  EXPECT_EQ(found("27 1 254:0 /  rw - ext4 /dev/vda rw\n", "/"), "none");
  EXPECT_EQ(found("27 1 254:0 / / rw -\n- - - - - - - - -\n", "/"), "none");
}

TEST(Disk, WhatIsKeptForRootDoesNotCount) {
  struct statvfs about{};
  about.f_bsize = 1 << 20;
  about.f_frsize = 4096;
  about.f_blocks = 1000;
  about.f_bfree = 300;
  about.f_bavail = 250;
  about.f_files = 90;
  about.f_ffree = 50;
  about.f_favail = 45;
  EXPECT_EQ(disk_json("/srv/x", {"/dev/sda1", "/srv", "ext4"}, about),
            R"({"path":"/srv/x","device":"/dev/sda1","mounted":"/srv","type":"ext4",)"
            R"("bytes":{"used":2867200,"most":3891200},"inodes":{"used":40,"most":85}})");
  about.f_files = 0;
  about.f_blocks = 100;  // less than is free
  about.f_frsize = std::numeric_limits<unsigned long>::max();
  EXPECT_EQ(disk_json("/", {"d", "/", "btrfs"}, about),
            R"({"path":"/","device":"d","mounted":"/","type":"btrfs",)"
            R"("bytes":{"used":0,"most":18446744073709551615},"inodes":null})");
}

TEST(Disk, ThisMachine) {
  EXPECT_EQ(look({"disk", "/proc"}),
            R"({"path":"/proc","device":"proc","mounted":"/proc","type":"proc",)"
            R"("bytes":{"used":0,"most":0},"inodes":null})");
  const Folder folder;
  ASSERT_EQ(symlink("/proc/self", (folder / "link").c_str()), 0);
  EXPECT_THAT(look({"disk", folder / "link"}), HasSubstr(R"(/link","device":"proc","mounted")"));
  const std::string json = look({"disk", folder.path()});
  EXPECT_THAT(json, testing::MatchesRegex(
                        R"(.*"bytes":."used":[1-9][0-9]*,"most":[1-9][0-9]*.,"inodes":.*)"));
}

TEST(Disk, WhatDoesNotExistIsUnknown) {
  const Folder folder;
  EXPECT_EQ(look({"disk", folder / "nowhere"}),
            fmt::format(R"({{"unknown":"cannot look at {}/nowhere: No such file or directory"}})",
                        folder.path()));
}

TEST(Disk, Arguments) {
  EXPECT_THAT(refusal({"disk"}), HasSubstr("expected one absolute path, such as /srv, got 0 arg"));
  EXPECT_THAT(refusal({"disk", "/a", "/b"}), HasSubstr("got 2 arguments"));
  EXPECT_THAT(refusal({"disk", "srv"}), HasSubstr("got \"srv\""));
  EXPECT_THAT(refusal({"disk", ""}), HasSubstr("got \"\""));
}

}  // namespace
}  // namespace hammock::gauge
