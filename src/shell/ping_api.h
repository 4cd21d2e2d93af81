// The pinging API that jobs elsewhere already speak, as pure functions: a request becomes a ping
// for somebody, and what became of it becomes an answer.
//
//   /ping/UUID            success      /ping/UUID/start   /ping/UUID/fail   /ping/UUID/log
//   /ping/UUID/STATUS     0 is success, 1 to 255 is fail
//   /ping/KEY/SLUG        the same, by name; ?create=1 makes the heartbeat if there is none
//   /api/push/UUID        ?status=up|down&msg=…
//
// The first four are those of healthchecks, the last is that of Uptime Kuma; both answer byte for
// byte what their clients know. Every method is a ping: HEAD, GET and POST are what people send.
//
// healthchecks looks the heartbeat up before it checks the exit status and ?rid=; here the form is
// checked first, so that a request wrong in both ways is answered 400 and not 404.
#pragma once

#include <string>
#include <variant>

#include "core/heartbeat/ping.h"
#include "web/server.h"

namespace hammock::shell {

struct ByUuid {
  std::string uuid;  // in lower case
};
struct BySlug {
  std::string key;
  std::string slug;  // of a-z, 0-9, '-' and '_', at most 100
  bool create = false;
};

enum class Dialect { kHealthchecks, kKuma };

struct PingAsked {
  std::variant<ByUuid, BySlug> whom;
  Dialect dialect{};
  heartbeat::Ping ping;
};

// The Response says what is wrong with the request; nothing is to be recorded then.
using PingCall = std::variant<PingAsked, web::Response>;
PingCall parse_ping(const web::Request& request);

enum class PingOutcome {
  kRecorded,
  kCreated,  // and recorded
  kNotFound,
  kNotRecorded,  // not durable: the client should try again
};
web::Response ping_answer(Dialect dialect, PingOutcome outcome);

}  // namespace hammock::shell
