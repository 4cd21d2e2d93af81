#include <unistd.h>

#include <array>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/ping.h"
#include "core/heartbeat/ping.h"
#include "os/random.h"

namespace hammock::cli {
namespace {

constexpr std::uint64_t kExitMost = 255;

// All of standard input is taken, so that who writes it does not meet a closed pipe; the first
// bytes are kept.
Result<std::string> read_standard_input() {
  std::string text;
  std::array<char, 16384> buffer;
  for (;;) {
    ssize_t got = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read the message from standard input");
    const std::size_t room = heartbeat::kBodyBytesMax - text.size();
    text.append(buffer.data(), std::min(room, static_cast<std::size_t>(got)));
  }
}

// The ping, or what is wrong with the command line.
Result<Ping> ping_of(const Invocation& invocation) {
  int kinds = 0;
  Ping ping;
  for (std::string_view signal : {"start", "fail", "log"}) {
    if (!invocation.flag(signal)) continue;
    ping.signal = signal;
    ++kinds;
  }
  if (auto text = invocation.value("exit")) {
    auto status = parse_decimal(*text);
    if (!status || *status > kExitMost) {
      return fail(ErrorCode::kInvalid,
                  "`--exit` is a number from 0 to 255, not `" + printable(*text) + "`");
    }
    ping = ping_of_exit(static_cast<int>(*status));
    ++kinds;
  }
  if (kinds > 1) {
    return fail(ErrorCode::kInvalid,
                "a ping is one thing: give only one of --start, --fail, --log and --exit");
  }
  if (auto rid = invocation.value("rid")) {
    if (!heartbeat::is_uuid(*rid)) {
      return fail(ErrorCode::kInvalid, "`--rid` is a UUID, such as `" + os::random_uuid() +
                                           "`, not `" + printable(*rid) + "`");
    }
    ping.rid = to_lower(*rid);
  }
  return ping;
}

int say_unsent(const Session& session, const std::string& name, const Error& error) {
  if (error.code == ErrorCode::kNotFound) {
    auto status = brain_status(session);
    return say_unknown_heartbeat(session, name,
                                 status ? heartbeat_names(*status) : std::vector<std::string>());
  }
  if (error.code == ErrorCode::kUnavailable) {
    // 503: it runs, but can promise nothing; its sentence says why.
    bool answers = brain_status(session).has_value();
    return answers ? say(session, error) : say_not_running(session);
  }
  return say(session, error);
}

}  // namespace

int run_ping(const Session& session, const Invocation& invocation) {
  const std::string name = *invocation.value("NAME");
  auto ping = ping_of(invocation);
  if (!ping) return say(session, Exit::kUsage, ping.error().message);
  if (auto message = invocation.value("message")) {
    auto body = *message == "-" ? read_standard_input() : Result<std::string>(*message);
    if (!body) return say(session, body.error());
    ping->body = body->substr(0, heartbeat::kBodyBytesMax);
  }
  auto sent = send_ping(session.places, name, *ping);
  return sent ? code(Exit::kDone) : say_unsent(session, name, sent.error());
}

}  // namespace hammock::cli
