// The spec: everything the keeper's child needs to become a program, decided beforehand by the
// brain.
//
// The brain writes it once as a flat image to R/spec/<hash>; the child maps it read-only and does
// what it says, step by step, without a parser and without allocating. The hash of the image is the
// start hash of the configuration: two equal hashes mean that a restart would change nothing.
// docs/formats/spec.md is its page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace hammock::wire {

struct SpecLimit {
  int resource = 0;  // RLIMIT_…
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
  friend bool operator==(const SpecLimit&, const SpecLimit&) = default;
};

// A file the program finds under R/secrets/<slot>/<name>, mode 0400, its own;
// $CREDENTIALS_DIRECTORY and $HAMMOCK_SECRETS name the folder. The bytes are copied by the child
// from `source`, as root or the user that Hammock runs as, before it changes user; they are never
// in the spec.
struct SpecSecret {
  std::string name;
  std::string source;  // absolute path
  friend bool operator==(const SpecSecret&, const SpecSecret&) = default;
};

struct Spec {
  std::vector<std::string> command;      // command[0] is looked up in PATH of `environment`
  std::vector<std::string> environment;  // "KEY=value", complete: nothing is inherited
  std::string directory;                 // absolute; empty = /
  std::vector<std::string>
      listen_names;  // of LISTEN_FDNAMES; its size is the count of sockets passed
  std::vector<SpecSecret> secrets;
  std::vector<SpecLimit> limits;
  std::vector<std::uint32_t> groups;  // supplementary, with `gid`
  std::optional<std::uint32_t> uid;   // none: do not switch
  std::optional<std::uint32_t> gid;
  std::uint32_t file_mode_mask = 022;
  std::optional<int> nice;
  std::optional<int> oom_score;  // oom_score_adj
  bool no_new_privileges = true;
  std::optional<std::uint64_t> capabilities;  // ambient and bounding set; none: leave alone
  bool notify = false;                        // set NOTIFY_SOCKET
  bool is_array = false;                      // set HAMMOCK_TASK: the instance's number, from 0
  int notify_access = 1;                      // wire::NotifyAccess
  std::optional<int> notify_fd;               // s6-style: a pipe's write end at this descriptor
  std::uint64_t watchdog_us = 0;              // WATCHDOG_USEC; 0 = none
  std::uint32_t stored_fds_max = 0;         // FDSTORE: how many descriptors may be stored; 0 = none
  std::optional<std::uint64_t> memory_max;  // cgroup v2 memory.max
  std::optional<std::uint64_t> processes_max;  // cgroup v2 pids.max
  std::optional<std::uint32_t> cpu_percent;  // cgroup v2 cpu.max, of one core: 150 = one and a half
  std::uint64_t log_segment_bytes = 4 << 20;  // begin a new log segment past this size
  friend bool operator==(const Spec&, const Spec&) = default;
};

// The flat image. Its bytes depend on the spec alone.
std::string encode_spec(const Spec& spec);
// The identity of an image; never 0.
std::uint64_t spec_hash(std::string_view image);
// The reverse, for `hammock run`, tests and tools; kCorrupt when the image is damaged.
Result<Spec> decode_spec(std::string_view image);

}  // namespace hammock::wire
