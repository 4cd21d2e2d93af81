#include "cli/ping.h"

#include <poll.h>
#include <sys/random.h>

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

std::string random_uuid() {
  std::array<unsigned char, 16> bytes{};
  // Sixteen bytes come whole, once the kernel has any at all.
  [[maybe_unused]] ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);  // version 4
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);  // variant of RFC 9562
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += digits[bytes[i] >> 4];
    text += digits[bytes[i] & 15];
  }
  return text;
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
