// What became of a request that was made of the courier's link (courier_link.h): an answer of the
// network, or the word that there is none and will be none, which says nothing about the target.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "wire/courier.h"

namespace hammock::shell {

struct Unanswered {
  std::string why;  // a sentence for people
  friend bool operator==(const Unanswered&, const Unanswered&) = default;
};

struct Told {
  std::uint64_t id = 0;  // that of the request
  std::variant<wire::Answer, Unanswered> what;
  friend bool operator==(const Told&, const Told&) = default;
};

}  // namespace hammock::shell
