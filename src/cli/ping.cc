#include "cli/ping.h"

#include <poll.h>

#include <array>

#include "base/text.h"
#include "cli/control.h"
#include "os/file.h"

namespace hammock::cli {
namespace {

constexpr int kRetryPauseMs = 50;

std::string target_of(std::string_view name, const Ping& ping) {
  std::string target = "/v1/heartbeats/" + percent_encoded(name) + "/pings?signal=";
  target += ping.signal;
  if (ping.exit_status) target += "&exit=" + std::to_string(*ping.exit_status);
  if (!ping.rid.empty()) target += "&rid=" + percent_encoded(ping.rid);
  return target;
}

// Whether asking again can help.
bool is_passing(const Error& error) {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kSystem;
}

}  // namespace

Ping ping_of_exit(int exit_status) {
  return {exit_status == 0 ? "success" : "fail", exit_status, {}, {}};
}

Result<void> send_ping(const Places& places, std::string_view name, const Ping& ping) {
  if (!is_service_name(name)) {
    return fail(ErrorCode::kNotFound, "there is no heartbeat `" + printable(name) + "`");
  }
  const std::string target = target_of(name, ping);
  const Deadline deadline = deadline_in(kPingWithin);
  for (;;) {
    auto answer = ask(places.control(), "POST", target, deadline, ping.body);
    if (answer && answer->status == 200) return {};
    if (answer) return std::unexpected(error_of(*answer));
    const bool will_be_back = is_passing(answer.error()) &&
                              std::chrono::steady_clock::now() < deadline &&
                              os::lock_holder(places.runtime + "/keeper.lock") > 0;
    if (!will_be_back) return std::unexpected(std::move(answer).error());
    poll(nullptr, 0, kRetryPauseMs);
  }
}

}  // namespace hammock::cli
