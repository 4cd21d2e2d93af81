// Sends a heartbeat's ping over the control socket.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/session.h"

namespace hammock::cli {

inline constexpr std::chrono::seconds kPingWithin{10};

struct Ping {
  std::string_view signal = "success";  // "success", "start", "fail" or "log"
  std::optional<int> exit_status = {};
  std::string rid = {};  // a UUID, or empty
  std::string body = {};
};

// Of a command that ended with this code: 0 is a success.
Ping ping_of_exit(int exit_status);

// Done when the brain has recorded it. kNotFound when there is no such heartbeat, kUnavailable when
// nobody answers within kPingWithin. While the keeper lives a brain that is gone will be back, so
// the ping is sent again: rather twice than never, because one that is missing is a false alarm.
Result<void> send_ping(const Places& places, std::string_view name, const Ping& ping);

}  // namespace hammock::cli
