// hammock-gauge disk PATH: how full the file system is on which a path lies, by statvfs(3).
//
// `most` is what an ordinary user can ever use, so that used = most when writing fails: what is
// kept for root does not count. Both are bytes, and numbers of inodes; `inodes` is null for a file
// system without a fixed number of them (btrfs). Which file system it is says
// proc_pid_mountinfo(5).
//
//   {"path":"/srv","device":"/dev/sda1","mounted":"/srv","type":"ext4",
//    "bytes":{"used":1,"most":2},"inodes":{"used":1,"most":2}}
#pragma once

#include <sys/statvfs.h>

#include <optional>

#include "gauge/kind.h"

namespace hammock::gauge {

struct Mount {
  std::string device;
  std::string mounted;  // where
  std::string type;
};
// The last of those mounts whose place is the longest that `path`, which is free of links, lies in.
// Lines that are not of mountinfo are passed over.
std::optional<Mount> find_mount(std::string_view mountinfo, std::string_view path);

std::string disk_json(std::string_view path, const Mount& mount, const struct statvfs& about);

Result<std::string> look_disk(Arguments arguments);

}  // namespace hammock::gauge
