// The management API of healthchecks (https://healthchecks.io/docs/api/), as pure functions: how
// scripts list, make, change and pause heartbeats over HTTP. docs/management-api.md says what is
// served and what is not.
//
//   /api/v3/checks/                        GET, POST           /api/v3/channels/  GET, always empty
//   /api/v3/checks/ID                      GET, POST, DELETE   /api/v3/status/    GET, without a
//   key /api/v3/checks/ID/pause, …/resume      POST /api/v3/checks/ID/pings/, …/pings/N/body,
//   …/flips/   GET
//
// v1 and v2 are the same. A '/' at the end does not matter. ID is a UUID, or, for what the
// read-only key may see, a unique key.
//
//   parse_api()   request → what is asked, or the answer that it gets at once
//   management_spec.h    what a client says about a heartbeat → how it is to be
//   management_json.h    heartbeats, pings and flips → what clients know
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "core/heartbeat/words.h"
#include "shell/management_spec.h"
#include "web/server.h"

namespace hammock::shell {

inline constexpr std::size_t kListedMost = 1000;  // pings or flips in one answer

struct ApiKeys {
  std::string full;      // empty: there is none
  std::string readonly;  // empty: there is none
};

struct ChecksAsked {
  std::vector<std::string> tags{};  // it has all of them
  std::optional<std::string> slug{};
};
struct CheckAsked {
  std::string id;
};
struct CheckPingsAsked {
  std::string id;
};
struct PingBodyAsked {
  std::string id;
  std::uint64_t number = 0;
};
struct FlipsAsked {
  std::string id;
  Instant from = Instant::min();
  Instant to = Instant::max();  // both ends belong to it
};
struct ChannelsAsked {};
struct ApiStatusAsked {};
struct CheckGiven {
  std::string id;  // empty: it is to be made, unless there is one like it
  CheckSpec spec;
};
struct CheckCommand {
  std::string id;
  heartbeat::Verb verb{};
};

// The Response is the answer already: something is wrong with the request, or it is a preflight.
using ApiCall =
    std::variant<ChecksAsked, CheckAsked, CheckPingsAsked, PingBodyAsked, FlipsAsked, ChannelsAsked,
                 ApiStatusAsked, CheckGiven, CheckCommand, web::Response>;

struct ApiAsked {
  int version = 3;
  bool only_reads = false;  // by the key
  ApiCall call;
};

bool is_api(const web::Request& request);  // it is for parse_api()
ApiAsked parse_api(const web::Request& request, const ApiKeys& keys, Instant now);

// {"error": "…"}
web::Response api_error(int status, std::string_view message);
web::Response api_json(int status, std::string body);
web::Response api_text(int status, std::string body);
// Where the client has reached us, "http://127.0.0.1:4040"; `listen` when it does not say so.
std::string base_url(const web::Request& request, std::string_view listen);

}  // namespace hammock::shell
