#include <cstring>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/ping.h"
#include "cli/wrap.h"
#include "core/heartbeat/ping.h"
#include "os/random.h"

namespace hammock::cli {
namespace {

// Tells the heartbeat of one run; the first failure is said, and the second would say the same.
class Teller {
 public:
  Teller(const Session& session, std::string name)
      : session_(session), name_(std::move(name)), rid_(os::random_uuid()) {}

  void began() {
    tell({"start", {}, rid_, {}},
         "nobody is told of `" + printable(name_) + "`, and the command runs all the same");
  }
  void ended(Ping ping) {
    ping.rid = rid_;
    tell(ping, "nobody was told how `" + printable(name_) + "` ended");
  }

 private:
  void tell(const Ping& ping, const std::string& otherwise) {
    auto sent = session_.unusable ? Result<void>(std::unexpected(*session_.unusable))
                                  : send_ping(session_.places, name_, ping);
    if (!sent && !has_said_) {
      say(session_, Exit::kAgain, otherwise + ": " + printable(sent.error().message));
    }
    has_said_ = has_said_ || !sent;
  }

  const Session& session_;
  std::string name_;
  std::string rid_;
  bool has_said_ = false;
};

Ping end_of(const WrapEnd& end) {
  Ping ping = ping_of_exit(end.code);
  ping.body = end.not_begun.empty() ? end.output : end.not_begun;
  return ping;
}

}  // namespace

int run_wrap(const Session& session, const Invocation& invocation) {
  fill_standard_streams();
  Teller teller(session, *invocation.value("NAME"));
  teller.began();
  // Held until the end is told: a signal that came meanwhile must not keep it from being told.
  HeldSignals signals;
  auto end = run_wrapped(invocation.rest, session.out.fd(), session.err.fd(), signals,
                         heartbeat::kBodyBytesMax);
  if (!end) {
    teller.ended({"fail", {}, {}, end.error().message});
    return say(session, end.error());
  }
  if (!end->not_begun.empty()) say(session, Exit::kAgain, printable(end->not_begun));
  if (end->write_failure != 0) {
    say(session, Exit::kAgain,
        std::string("the output cannot be written: ") + std::strerror(end->write_failure));
  }
  teller.ended(end_of(*end));
  return end->code;
}

}  // namespace hammock::cli
