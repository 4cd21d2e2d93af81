#include "courier/http_rules.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace hammock::courier {
namespace {

// RFC 9110, 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  });
}

// They say where the message ends, which is not the asker's to say.
constexpr std::array<std::string_view, 2> kFraming = {"content-length", "transfer-encoding"};
// What says nothing about who asks.
constexpr std::array<std::string_view, 3> kHarmless = {"accept", "accept-language", "user-agent"};

bool is_any_of(std::string_view name, auto names) {
  return std::ranges::find(names, to_lower(name)) != names.end();
}

}  // namespace

std::optional<std::string> complaint_about(const wire::HttpErrand& errand) {
  if (!is_token(errand.method) || errand.method == "CONNECT") {
    return "`" + printable(errand.method) + "` is no method";
  }
  for (const wire::HttpHeader& header : errand.headers) {
    if (!is_token(header.name)) {
      return "`" + printable(header.name) + "` is no name of a header";
    }
    if (!is_field_value(header.value)) {
      return "the header `" + header.name + "` holds a control character";
    }
    if (is_any_of(header.name, kFraming)) {
      return "the header `" + header.name + "` is written by the courier itself";
    }
  }
  return std::nullopt;
}

bool is_redirect(std::uint16_t status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::optional<wire::HttpErrand> redirected(const wire::HttpErrand& errand, std::uint16_t status,
                                           const std::string& url, bool same_origin) {
  wire::HttpErrand next = errand;
  next.url = url;
  const bool becomes_get =
      status == 303 ? errand.method != "HEAD" : status <= 302 && errand.method == "POST";
  if (becomes_get) {
    next.method = "GET";
    next.body.clear();
  }
  if (same_origin) return next;
  if (!next.body.empty()) return std::nullopt;
  std::erase_if(next.headers,
                [](const wire::HttpHeader& header) { return !is_any_of(header.name, kHarmless); });
  next.route.address.clear();
  next.tls.server_name.clear();
  return next;
}

}  // namespace hammock::courier
