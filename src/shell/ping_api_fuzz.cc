// Any address, query and headers as a ping: what is taken has the form that it promises.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "base/text.h"
#include "base/variant.h"
#include "shell/ping_api.h"

namespace {

using namespace hammock;

// Lines: the path, names and values of the query and of headers in turns, and the body.
web::Request request_of(std::string_view text) {
  web::Request request;
  request.method = "GET";
  request.remote = "127.0.0.1";
  const auto lines = split(text, '\n');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string line(lines[i]);
    if (i == 0) {
      request.path = line;
    } else if (i == 1) {
      request.query.emplace_back("rid", line);
    } else if (i == 2) {
      request.headers.emplace_back("X-Forwarded-For", line);
    } else if (i == 3) {
      request.headers.emplace_back("User-Agent", line);
    } else {
      request.body += line + "\n";
    }
  }
  return request;
}

bool is_lower(std::string_view text) {
  return to_lower(text) == text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const shell::PingCall call =
      shell::parse_ping(request_of({reinterpret_cast<const char*>(data), size}));
  match(
      call,
      [](const web::Response& wrong) {
        HAMMOCK_ASSERT(wrong.status == 400 || wrong.status == 404);
      },
      [](const shell::PingAsked& asked) {
        const heartbeat::Ping& ping = asked.ping;
        HAMMOCK_ASSERT(ping.exit_status >= -1 && ping.exit_status <= 255);
        HAMMOCK_ASSERT(ping.rid.empty() || (heartbeat::is_uuid(ping.rid) && is_lower(ping.rid)));
        HAMMOCK_ASSERT(ping.body.size() <= heartbeat::kBodyBytesMax);
        HAMMOCK_ASSERT(ping.agent.size() <= heartbeat::kAgentBytesMax);
        HAMMOCK_ASSERT(!ping.remote.empty() && is_utf8(ping.remote));
        match(
            asked.whom,
            [](const shell::ByUuid& by) {
              HAMMOCK_ASSERT(heartbeat::is_uuid(by.uuid) && is_lower(by.uuid));
            },
            [](const shell::BySlug& by) { HAMMOCK_ASSERT(is_lower(by.slug)); });
      });
  return 0;
}
