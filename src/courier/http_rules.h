// What the courier asks of a URL, a method and headers before it goes, and what it takes along when
// it is sent elsewhere. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/courier.h"

namespace hammock::courier {

// Where a URL leads to. Two with the same three parts are the same origin (RFC 6454).
struct Origin {
  bool secure = false;
  std::string host;  // in ASCII, without brackets
  std::uint16_t port = 0;
  friend bool operator==(const Origin&, const Origin&) = default;
};

// What is wrong with the errand, as a sentence; nothing when all is well. Of the URL only what
// parse_url() does not look at.
std::optional<std::string> complaint_about(const wire::HttpErrand& errand);

// Whether a status is a redirect that is followed when there is a Location.
bool is_redirect(std::uint16_t status);
// The errand for the next origin (RFC 9110, 15.4): after 303, and after 301 and 302 to a POST, it
// is a GET without a body. Nothing when the body would have to go to another origin.
std::optional<wire::HttpErrand> redirected(const wire::HttpErrand& errand, std::uint16_t status,
                                           const std::string& url, bool same_origin);

}  // namespace hammock::courier
