// What an operator said about a service, already valid: the values of [service.*] in hammock.toml.
// core/config makes it from the file; the rules between keys are listed there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"

namespace hammock::service {

// How the program tells that it can do its work. A mere delay is not offered: it proves nothing.
struct ReadyWhenStarted {  // no `ready` key: exec'ed and not dead for kStartedGrace
  friend bool operator==(const ReadyWhenStarted&, const ReadyWhenStarted&) = default;
};
struct ReadyByNotify {  // READY=1 through NOTIFY_SOCKET
  friend bool operator==(const ReadyByNotify&, const ReadyByNotify&) = default;
};
struct ReadyByDescriptor {  // a newline written to this descriptor (s6)
  int descriptor = 3;
  friend bool operator==(const ReadyByDescriptor&, const ReadyByDescriptor&) = default;
};
struct ReadyByTcp {     // a connection to it is accepted
  std::string address;  // "127.0.0.1:5432", "[::1]:80" or "/path/of/unix/socket"
  friend bool operator==(const ReadyByTcp&, const ReadyByTcp&) = default;
};
struct ReadyByCommand {  // it exits with 0; run again every `every` until then
  std::vector<std::string> command;
  Duration every = std::chrono::seconds(1);
  friend bool operator==(const ReadyByCommand&, const ReadyByCommand&) = default;
};
struct Readiness {
  std::variant<ReadyWhenStarted, ReadyByNotify, ReadyByDescriptor, ReadyByTcp, ReadyByCommand> how;
  Duration within =
      std::chrono::seconds(30);  // then it is a start-timeout: stopped and tried again
  friend bool operator==(const Readiness&, const Readiness&) = default;
};

struct RestartPolicy {
  Duration backoff = std::chrono::milliseconds(500);  // upper end of the first wait; full jitter
  Duration at_most = std::chrono::minutes(1);         // the cap of the waits
  Duration stable_after =
      std::chrono::seconds(30);  // ready for so long: the next crash is a first one
  friend bool operator==(const RestartPolicy&, const RestartPolicy&) = default;
};

// An exit by code or by signal.
struct ExitMatch {
  bool by_signal = false;
  int number = 0;
  friend bool operator==(const ExitMatch&, const ExitMatch&) = default;
};
struct ExpectedExit {
  ExitMatch exit;
  std::string because;
  friend bool operator==(const ExpectedExit&, const ExpectedExit&) = default;
};

struct StopPolicy {
  int signal = 15;
  Duration within = std::chrono::seconds(10);  // then the whole tree is killed
  friend bool operator==(const StopPolicy&, const StopPolicy&) = default;
};

struct ReloadBySignal {
  int signal = 1;
  friend bool operator==(const ReloadBySignal&, const ReloadBySignal&) = default;
};
struct ReloadByCommand {
  std::vector<std::string> command;
  friend bool operator==(const ReloadByCommand&, const ReloadByCommand&) = default;
};
using Reload = std::variant<std::monostate, ReloadBySignal, ReloadByCommand>;

// A setting together with `if_possible`: when the host cannot enforce it, an error, or only a
// warning.
template <class T>
struct Enforced {
  T value{};
  bool if_possible = false;
  friend bool operator==(const Enforced&, const Enforced&) = default;
};

struct Limits {
  std::optional<Enforced<std::uint64_t>> memory;  // bytes; cgroup v2
  std::optional<Enforced<std::uint64_t>>
      processes;  // cgroup v2, else RLIMIT_NPROC is not the same: error
  std::optional<Enforced<std::uint32_t>> cpu_percent;  // of one core; cgroup v2
  std::optional<std::uint64_t> open_files;             // RLIMIT_NOFILE, soft and hard
  std::optional<std::uint64_t> core;                   // RLIMIT_CORE, bytes
  friend bool operator==(const Limits&, const Limits&) = default;
};

struct Secret {
  std::string name;                // the file name the program sees
  std::string file;                // where it comes from
  std::optional<std::string> env;  // asked for explicitly: also in this variable
  friend bool operator==(const Secret&, const Secret&) = default;
};

struct Logs {
  std::uint64_t keep_bytes = 256ULL << 20;
  std::optional<Duration> keep_for;
  friend bool operator==(const Logs&, const Logs&) = default;
};

enum class NotifyAccess { kNone, kMain, kExec, kAll };

struct Config {
  std::string name;
  std::vector<std::string> command;
  // Not kept up: each instance runs when RunAsked asks for it, once, to its end.
  bool on_demand = false;
  std::uint32_t tasks = 0;  // on demand: its instances are the tasks of an array; 0: they are not
  std::uint32_t instances = 1;
  std::uint32_t min_ready = 0;
  std::vector<std::string> needs;   // services that must be ready before it starts
  std::vector<std::string> after;   // order only: started after them, if they are wanted at all
  std::vector<std::string> listen;  // addresses held open for it by the keeper
  Readiness ready;
  std::optional<Duration> watchdog;
  RestartPolicy restart;
  std::vector<ExpectedExit> expected_exits;
  std::vector<ExitMatch>
      no_retry_exits;  // the program says that trying again is useless: class config
  StopPolicy stop;
  Reload reload;
  std::vector<std::string> restart_with;  // when one of these was restarted, restart this one too
  std::optional<Enforced<std::string>> user;
  std::optional<Enforced<std::string>> group;
  std::optional<std::string> directory;  // absolute; none = the folder of the configuration file
  std::uint32_t file_mode_mask = 022;
  std::vector<std::pair<std::string, std::string>> env;
  std::vector<std::string> env_file;
  std::vector<Secret> secrets;
  Limits limits;
  std::optional<Enforced<int>> nice;
  std::optional<Enforced<int>> oom_score;
  bool no_new_privileges = true;
  std::optional<Enforced<std::vector<std::string>>> capabilities;  // "NET_BIND_SERVICE"
  NotifyAccess notify_access = NotifyAccess::kMain;
  std::uint32_t stored_descriptors = 0;  // FDSTORE: how many the program may store
  Logs logs;
  bool essential = false;  // its death ends Hammock with its code
  std::optional<std::string> checklist;
  friend bool operator==(const Config&, const Config&) = default;
};

inline constexpr Duration kStartedGrace = std::chrono::milliseconds(200);
inline constexpr std::uint32_t kInstancesMax = 256;

}  // namespace hammock::service
