// Any request to the management API: what is taken keeps its bounds, and what it makes of a state
// is what the core takes.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "base/text.h"
#include "base/variant.h"
#include "shell/management_api.h"

namespace {

using namespace hammock;

constexpr Now kNow{Instant(std::chrono::seconds(1'800'000'000)), Steady(std::chrono::seconds(1))};

// Lines: the method, what stands behind /api/v3/, a query parameter, and the body.
web::Request request_of(std::string_view text) {
  web::Request request;
  const auto lines = split(text, '\n');
  request.method = lines[0];
  request.path = "/api/v3/";
  request.headers.emplace_back("X-Api-Key", "key");
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (i == 1) request.path += lines[i];
    if (i == 2) request.query.emplace_back("seconds", lines[i]);
    if (i > 2) request.body += std::string(lines[i]) + "\n";
  }
  return request;
}

heartbeat::State state_of_one() {
  heartbeat::Setup copy;
  copy.config.name = "copy";
  copy.uuid = heartbeat::uuid_of("fuzz", "copy");
  heartbeat::State state;
  for (const auto& fact :
       heartbeat::decide(state, heartbeat::ConfigurationGiven{{copy}}, kNow).facts)
    heartbeat::apply(state, fact);
  return state;
}

Result<schedule::Zone> find_zone(std::string_view name) {
  if (name == "UTC") return schedule::Zone::utc();
  return fail(ErrorCode::kNotFound, "no such zone");
}

void take(const shell::CheckSpec& spec) {
  const heartbeat::State state = state_of_one();
  const std::string uuid = heartbeat::uuid_of("fuzz", "new");
  const auto outcome = shell::give(spec, state, kNow.wall, uuid, find_zone);
  if (const auto* made = std::get_if<shell::SpecIsNew>(&outcome)) {
    const auto decision =
        heartbeat::decide(state, heartbeat::SetupGiven{"c", made->setup, true, "fuzz"}, kNow);
    const auto& reply = std::get<service::Reply>(decision.orders.at(0));
    HAMMOCK_ASSERT(reply.kind == service::ReplyKind::kDone);
    for (const heartbeat::Fact& fact : decision.facts) {
      if (!std::holds_alternative<heartbeat::HeartbeatCreated>(fact)) continue;
      const auto back =
          heartbeat::fact_from_json("heartbeat created", heartbeat::fields_json(fact));
      HAMMOCK_ASSERT(back && *back == fact);
    }
  } else if (const auto* wrong = std::get_if<web::Response>(&outcome)) {
    HAMMOCK_ASSERT(wrong->status == 400 || wrong->status == 403);
  } else {
    // The one that is configured is never changed.
    HAMMOCK_ASSERT(std::holds_alternative<shell::SpecIsSame>(outcome));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const web::Request request = request_of({reinterpret_cast<const char*>(data), size});
  const auto asked = shell::parse_api(request, {"key", "readonly"}, kNow.wall);
  if (const auto* given = std::get_if<shell::CheckGiven>(&asked.call)) {
    for (const auto& length : {given->spec.timeout, given->spec.grace}) {
      HAMMOCK_ASSERT(!length || (*length >= shell::kApiLeast && *length <= shell::kApiMost));
    }
    take(given->spec);
  } else if (const auto* answered = std::get_if<web::Response>(&asked.call)) {
    HAMMOCK_ASSERT(answered->status == 204 || answered->status >= 400);
    HAMMOCK_ASSERT(is_utf8(answered->body));
  }
  return 0;
}
