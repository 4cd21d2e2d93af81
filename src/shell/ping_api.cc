#include "shell/ping_api.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"

namespace hammock::shell {
namespace {

using Segments = std::span<const std::string_view>;

constexpr std::size_t kSlugBytesMax = 100;
constexpr std::size_t kMethodBytesMax = 20;
constexpr std::uint64_t kExitStatusMax = 255;

web::Response with_headers(int status, std::string_view body, std::string_view content_type) {
  return {
      .status = status,
      .body = std::string(body),
      .content_type = std::string(content_type),
      .headers = {{"Access-Control-Allow-Origin", "*"},
                  {"Cache-Control", "max-age=0, no-cache, no-store, must-revalidate, private"}}};
}

web::Response plain(int status, std::string_view body) {
  return with_headers(status, body, "text/plain; charset=utf-8");
}

web::Response recorded(int status, std::string_view body) {
  web::Response response = plain(status, body);
  response.headers.emplace_back("Ping-Body-Limit", std::to_string(heartbeat::kBodyBytesMax));
  return response;
}

web::Response not_found() {
  return plain(404, "not found");
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Upper case is one, too: what is wrong with it is said later.
bool is_slug(std::string_view text) {
  return !text.empty() && text.size() <= kSlugBytesMax && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

bool is_address(const std::string& text) {
  in6_addr room{};
  return inet_pton(AF_INET, text.c_str(), &room) == 1 ||
         inet_pton(AF_INET6, text.c_str(), &room) == 1;
}

// What a proxy says, or the peer itself. Anybody can send such a header, so that this is for people
// to read, and nothing but an address gets in.
std::string remote_of(const web::Request& request) {
  std::string_view first = request.header("X-Forwarded-For").value_or("");
  first = trim(first.substr(0, first.find(',')));
  if (first.starts_with('[')) {  // [::1]:80
    first = first.substr(1, first.find(']') - 1);
  } else if (first.contains('.') && std::ranges::count(first, ':') == 1) {  // 192.0.2.1:80
    first = first.substr(0, first.find(':'));
  }
  std::string remote(first);
  return is_address(remote) ? remote : request.remote;
}

std::string scheme_of(const web::Request& request) {
  std::string_view first = request.header("X-Forwarded-Proto").value_or("");
  first = trim(first.substr(0, first.find(',')));
  return std::string(to_lower(first) == "https" ? "https" : "http");
}

heartbeat::Ping ping_of(const web::Request& request, std::string_view body) {
  heartbeat::Ping ping;
  ping.scheme = scheme_of(request);
  ping.method = request.method.substr(0, kMethodBytesMax);
  ping.agent =
      std::string(request.header("User-Agent").value_or("").substr(0, heartbeat::kAgentBytesMax));
  ping.remote = remote_of(request);
  ping.body = std::string(body.substr(0, heartbeat::kBodyBytesMax));
  return ping;
}

// What stands behind the heartbeat in the path: nothing, one '/', or one suffix. Gives what is
// wrong with it.
std::optional<web::Response> read_suffix(Segments rest, heartbeat::Ping& ping) {
  if (rest.size() > 1) return not_found();
  std::string_view suffix = rest.empty() ? std::string_view() : rest.front();
  if (all_digits(suffix)) {
    auto status = parse_decimal(suffix);
    if (!status || *status > kExitStatusMax) return plain(400, "invalid url format");
    ping.exit_status = static_cast<std::int32_t>(*status);
    ping.signal = *status == 0 ? heartbeat::Signal::kSuccess : heartbeat::Signal::kFail;
  } else if (suffix.empty()) {
    ping.signal = heartbeat::Signal::kSuccess;
  } else if (suffix == "start") {
    ping.signal = heartbeat::Signal::kStart;
  } else if (suffix == "fail") {
    ping.signal = heartbeat::Signal::kFail;
  } else if (suffix == "log") {
    ping.signal = heartbeat::Signal::kLog;
  } else {
    return not_found();
  }
  return std::nullopt;
}

// `path` is what stands behind /ping/. A key that looks like a UUID is a UUID.
PingCall parse_healthchecks(const web::Request& request, Segments path) {
  PingAsked asked;
  asked.dialect = Dialect::kHealthchecks;
  asked.ping = ping_of(request, request.body);
  if (!path.empty() && heartbeat::is_uuid(path[0])) {
    asked.whom = ByUuid{to_lower(path[0])};
    path = path.subspan(1);
  } else if (path.size() >= 2 && is_slug(path[0]) && is_slug(path[1])) {
    asked.whom =
        BySlug{std::string(path[0]), std::string(path[1]), request.parameter("create") == "1"};
    path = path.subspan(2);
  } else {
    return not_found();
  }
  if (auto wrong = read_suffix(path, asked.ping)) return std::move(*wrong);
  const BySlug* named = std::get_if<BySlug>(&asked.whom);
  if (named != nullptr && named->slug != to_lower(named->slug)) {
    return plain(400, "invalid url format");
  }
  if (auto rid = request.parameter("rid")) {
    if (!heartbeat::is_uuid(*rid)) return plain(400, "invalid uuid format");
    asked.ping.rid = to_lower(*rid);
  }
  return asked;
}

// `path` is what stands behind /api/push/. As in Uptime Kuma no status, or an empty one, is "up",
// and whatever is not "up" is down. ?ping= (milliseconds) has no place in a ping: it is not looked
// at, not even to refuse it.
PingCall parse_kuma(const web::Request& request, Segments path) {
  const bool ends_here = path.size() == 1 || (path.size() == 2 && path[1].empty());
  if (!ends_here || !heartbeat::is_uuid(path[0])) {
    return ping_answer(Dialect::kKuma, PingOutcome::kNotFound);
  }
  const std::string_view status = request.parameter("status").value_or("");
  PingAsked asked;
  asked.whom = ByUuid{to_lower(path[0])};
  asked.dialect = Dialect::kKuma;
  asked.ping = ping_of(request, request.parameter("msg").value_or(""));
  asked.ping.signal =
      status.empty() || status == "up" ? heartbeat::Signal::kSuccess : heartbeat::Signal::kFail;
  return asked;
}

web::Response kuma_answer(PingOutcome outcome) {
  constexpr std::string_view kJson = "application/json; charset=utf-8";
  switch (outcome) {
    case PingOutcome::kRecorded:
    case PingOutcome::kCreated:
      return with_headers(200, R"({"ok":true})", kJson);
    case PingOutcome::kNotRecorded:
      return with_headers(503, R"({"ok":false,"msg":"not recorded"})", kJson);
    case PingOutcome::kNotFound:
      break;
  }
  return with_headers(404, R"({"ok":false,"msg":"Monitor not found or not active."})", kJson);
}

}  // namespace

PingCall parse_ping(const web::Request& request) {
  const std::vector<std::string_view> parts = split(request.path, '/');
  const Segments path(parts);
  auto begins = [&](std::initializer_list<std::string_view> with) {
    return path.size() > with.size() && std::ranges::equal(path.first(with.size()), with);
  };
  if (begins({"", "ping"})) return parse_healthchecks(request, path.subspan(2));
  if (begins({"", "api", "push"})) return parse_kuma(request, path.subspan(3));
  return not_found();
}

web::Response ping_answer(Dialect dialect, PingOutcome outcome) {
  if (dialect == Dialect::kKuma) return kuma_answer(outcome);
  switch (outcome) {
    case PingOutcome::kRecorded:
      return recorded(200, "OK");
    case PingOutcome::kCreated:
      return recorded(201, "Created");
    case PingOutcome::kNotRecorded:
      return plain(503, "not recorded");
    case PingOutcome::kNotFound:
      break;
  }
  return not_found();
}

}  // namespace hammock::shell
