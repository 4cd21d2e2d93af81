#include "shell/management_api.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "core/heartbeat/ping.h"
#include "shell/json_value.h"

namespace hammock::shell {
namespace {

using Segments = std::span<const std::string_view>;

constexpr std::size_t kUniqueKeyDigits = 40;
constexpr std::uint64_t kSecondsMost = 1ULL << 40;

web::Response with_headers(int status, std::string body, std::string_view content_type) {
  return {.status = status,
          .body = std::move(body),
          .content_type = std::string(content_type),
          .headers = {{"Access-Control-Allow-Origin", "*"},
                      {"Cache-Control", "max-age=0, no-cache, no-store, must-revalidate, private"},
                      {"X-Content-Type-Options", "nosniff"}}};
}

web::Response not_found() {
  return api_error(404, "not found");
}

bool is_unique_key(std::string_view text) {
  return text.size() == kUniqueKeyDigits && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

enum class Access : std::uint8_t { kNone, kReads, kAll };

struct Key {
  std::string text;
  bool is_given = false;
};

// In the header, or in the body of those that have one.
Key key_of(const web::Request& request, const Json* body) {
  if (auto header = request.header("X-Api-Key")) return {std::string(trim(*header)), true};
  const Json* member = body == nullptr ? nullptr : body->find("api_key");
  const auto* text = member == nullptr ? nullptr : member->as<std::string>();
  if (text == nullptr) return {};
  return {*text, !text->empty()};
}

Access access_of(const Key& key, const ApiKeys& keys) {
  const bool is_full = is_same_secret(key.text, keys.full);
  const bool is_readonly = is_same_secret(key.text, keys.readonly);
  return is_full ? Access::kAll : is_readonly ? Access::kReads : Access::kNone;
}

// One address: the methods that it has, and whether the read-only key opens it for GET.
struct Place {
  std::string_view methods;
  bool readonly_may_get = false;
  bool is_public = false;
};

// What stands behind /api/v3/, without the '/' at the end.
std::optional<Place> place_of(Segments path) {
  const bool is_check = !path.empty() && path[0] == "checks";
  const bool has_uuid = is_check && path.size() > 1 && heartbeat::is_uuid(path[1]);
  const bool has_id = has_uuid || (is_check && path.size() > 1 && is_unique_key(path[1]));
  if (path.size() == 1) {
    if (is_check) return Place{"GET, POST", true};
    if (path[0] == "channels") return Place{"GET"};
    if (path[0] == "status") return Place{"GET", true, true};
  } else if (path.size() == 2) {
    if (has_uuid) return Place{"GET, POST, DELETE", true};
    if (has_id) return Place{"GET", true};
  } else if (path.size() == 3) {
    if (has_uuid && (path[2] == "pause" || path[2] == "resume")) return Place{"POST"};
    if (has_uuid && path[2] == "pings") return Place{"GET"};
    if (has_id && path[2] == "flips") return Place{"GET", true};
  } else if (path.size() == 5 && has_uuid && path[2] == "pings" && path[4] == "body") {
    return Place{"GET"};
  }
  return std::nullopt;
}

web::Response preflight(const Place& place) {
  web::Response response = with_headers(204, "", "text/plain");
  response.headers.emplace_back("Access-Control-Allow-Methods", std::string(place.methods));
  response.headers.emplace_back("Access-Control-Allow-Headers", "X-Api-Key, Content-Type");
  response.headers.emplace_back("Access-Control-Max-Age", "600");
  return response;
}

ApiCall read_flips(const web::Request& request, std::string id, Instant now) {
  FlipsAsked asked{std::move(id)};
  bool has_seconds = false;
  bool has_ends = false;
  for (const auto& [name, value] : request.query) {
    const bool is_ours = name == "seconds" || name == "start" || name == "end";
    if (!is_ours) continue;
    const auto number = parse_decimal(value);
    if (!number || *number > kSecondsMost) {
      return api_error(400, "invalid parameter: " + name + " is not a number of seconds");
    }
    const Duration seconds = std::chrono::seconds(*number);
    (name == "seconds" ? has_seconds : has_ends) = true;
    if (name == "seconds") asked.from = now - seconds;
    if (name == "start") asked.from = Instant(seconds);
    if (name == "end") asked.to = Instant(seconds);
  }
  if (has_seconds && has_ends) {
    return api_error(400, "invalid parameter: seconds cannot be given with start or end");
  }
  return asked;
}

ApiCall read_spec_of(std::string id, const Json* body) {
  static const Json kNothing{Json::Object()};
  auto spec = read_spec(body == nullptr ? kNothing : *body);
  if (!spec) return api_error(400, spec.error().message);
  return CheckGiven{std::move(id), *std::move(spec)};
}

// The key is good for it, and the method is one of the place.
ApiCall read_call(const web::Request& request, Segments path, const Json* body, Instant now) {
  const bool posts = request.method == "POST";
  if (path[0] == "channels") return ChannelsAsked{};
  if (path[0] == "status") return ApiStatusAsked{};
  if (path.size() == 1) {
    if (posts) return read_spec_of("", body);
    ChecksAsked asked;
    for (const auto& [name, value] : request.query) {
      if (name == "tag") asked.tags.push_back(value);
      if (name == "slug") asked.slug = value;
    }
    return asked;
  }
  std::string id = to_lower(path[1]);
  if (path.size() == 2) {
    if (posts) return read_spec_of(std::move(id), body);
    if (request.method == "DELETE") return CheckCommand{std::move(id), heartbeat::Verb::kRemove};
    return CheckAsked{std::move(id)};
  }
  if (path[2] == "pause") return CheckCommand{std::move(id), heartbeat::Verb::kPause};
  if (path[2] == "resume") return CheckCommand{std::move(id), heartbeat::Verb::kResume};
  if (path[2] == "flips") return read_flips(request, std::move(id), now);
  if (path.size() == 3) return CheckPingsAsked{std::move(id)};
  const auto number = parse_decimal(path[3]);
  if (!number) return not_found();
  return PingBodyAsked{std::move(id), *number};
}

// The version, and what stands behind it.
std::optional<std::pair<int, std::vector<std::string_view>>> path_of(const web::Request& request) {
  std::vector<std::string_view> parts = split(request.path, '/');
  if (parts.size() < 4 || !parts[0].empty() || parts[1] != "api") return std::nullopt;
  const std::string_view version = parts[2];
  if (version != "v1" && version != "v2" && version != "v3") return std::nullopt;
  if (parts.back().empty()) parts.pop_back();
  parts.erase(parts.begin(), parts.begin() + 3);
  return std::pair(version[1] - '0', std::move(parts));
}

ApiCall call_of(const web::Request& request, Segments path, const ApiKeys& keys, Instant now,
                bool& only_reads) {
  const auto place = place_of(path);
  if (!place) return not_found();
  if (request.method == "OPTIONS") return preflight(*place);
  const std::string_view method =
      request.method == "HEAD" ? "GET" : std::string_view(request.method);
  const std::vector<std::string_view> methods = split(place->methods, ' ');
  const bool has_method = std::ranges::any_of(
      methods, [&](std::string_view one) { return one.substr(0, one.find(',')) == method; });
  if (!has_method) {
    web::Response wrong =
        api_error(405, "method not allowed: there are " + std::string(place->methods));
    wrong.headers.emplace_back("Allow", std::string(place->methods));
    return wrong;
  }
  if (place->is_public) return read_call(request, path, nullptr, now);
  // Of a stranger's body nothing is read but the key.
  std::optional<Result<Json>> body;
  if (method == "POST" && !request.body.empty() && !request.is_cut) body = parse_json(request.body);
  const Json* json = body && *body ? &**body : nullptr;
  const Key key = key_of(request, json);
  if (!key.is_given && body && !*body) return api_error(400, "could not parse request body");
  if (!key.is_given) return api_error(401, "missing api key");
  const Access access = access_of(key, keys);
  only_reads = access != Access::kAll;
  const bool may = access == Access::kAll ||
                   (access == Access::kReads && method == "GET" && place->readonly_may_get);
  if (!may) return api_error(401, "wrong api key");
  if (request.is_cut) return api_error(413, "the body is too large: it has at most 10000 bytes");
  if (body && !*body)
    return api_error(400, "could not parse request body: " + body->error().message);
  if (json != nullptr && json->as<Json::Object>() == nullptr) {
    return api_error(400, "json validation error: value is not an object");
  }
  return read_call(request, path, json, now);
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-:[]_").contains(c);
  });
}

}  // namespace

bool is_api(const web::Request& request) {
  return path_of(request).has_value();
}

ApiAsked parse_api(const web::Request& request, const ApiKeys& keys, Instant now) {
  const auto path = path_of(request);
  if (!path || path->second.empty()) return {3, true, not_found()};
  ApiAsked asked{path->first, true, ChannelsAsked{}};
  asked.call = call_of(request, path->second, keys, now, asked.only_reads);
  return asked;
}

web::Response api_error(int status, std::string_view message) {
  return api_json(status, "{\"error\": " + json_quote(message) + "}");
}

web::Response api_json(int status, std::string body) {
  return with_headers(status, std::move(body), "application/json");
}

web::Response api_text(int status, std::string body) {
  return with_headers(status, std::move(body), "text/plain; charset=utf-8");
}

std::string base_url(const web::Request& request, std::string_view listen) {
  const std::string_view host = request.header("Host").value_or("");
  std::string_view scheme = request.header("X-Forwarded-Proto").value_or("");
  scheme = trim(scheme.substr(0, scheme.find(',')));
  return std::string(to_lower(scheme) == "https" ? "https" : "http") + "://" +
         std::string(is_host(host) ? host : listen);
}

}  // namespace hammock::shell
