// JSON (RFC 8259) that others send, as a value. Strict: the whole text is one value in UTF-8, and a
// key is given once. Bounded: kJsonDepthMax levels, and the members of an object; who reads it
// bounds the bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace hammock::shell {

inline constexpr std::size_t kJsonDepthMax = 16;
inline constexpr std::size_t kJsonMembersMax = 100;  // each is compared with all before it

struct Json {
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;  // in the order of the text

  // Nothing stands for null.
  std::variant<std::monostate, bool, double, std::string, Array, Object> value{};
  std::size_t at = 0;  // the byte at which it begins

  template <class T>
  const T* as() const {
    return std::get_if<T>(&value);
  }
  bool is_null() const { return std::holds_alternative<std::monostate>(value); }
  // Of an object; none: it has no such key, or is none.
  const Json* find(std::string_view key) const;
};

// kInvalid says what was expected and at which byte.
Result<Json> parse_json(std::string_view text, std::size_t members_max = kJsonMembersMax);

}  // namespace hammock::shell
