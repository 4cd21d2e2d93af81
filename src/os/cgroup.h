// Control groups, version 2: where ours is, and the few things done with a leaf.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "os/fixed_text.h"

namespace hammock::os {

// The folder of the cgroup v2 that this process is in ("/sys/fs/cgroup/user.slice/…"), also where
// v2 is mounted beside v1; nothing where there is none. Whether we may write there is another
// question.
std::optional<std::string> own_cgroup();

// The value of `key` in a flat keyed file such as cgroup.events: "populated 1"; nothing when it is
// missing.
std::optional<std::uint64_t> cgroup_value(const char* folder, std::string_view file,
                                          std::string_view key);
// True when "memory", "pids" or "cpu" stands in cgroup.controllers of the folder.
bool cgroup_has_controller(const char* folder, std::string_view controller);
// Hands the controller on to the groups below the folder, if the folder has it and they do not:
// each write costs the kernel a walk through all groups below.
void cgroup_hand_on(const char* folder, std::string_view controller);
// 0 or errno.
int cgroup_write(const char* folder, std::string_view file, std::string_view value);

}  // namespace hammock::os
