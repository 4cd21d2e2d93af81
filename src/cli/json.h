// JSON that others sent us, as a plain value. Asking a value for what it does not hold gives
// nothing, or the neutral null: so a reader says what it wants, and what is missing stays visibly
// missing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace hammock::cli {

inline constexpr std::size_t kJsonDepthMax = 64;

class Json {
 public:
  struct Member;
  using Array = std::vector<Json>;
  using Object = std::vector<Member>;  // in the order of the text
  // A std::uint64_t is one that no std::int64_t can hold: a hash, for example.
  using Value = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string,
                             Array, Object>;

  // Here a Member is incomplete, so what copies or destroys members stands in the .cc.
  Json();
  explicit Json(Value value);
  Json(const Json&);
  Json(Json&&) noexcept;
  Json& operator=(const Json&);
  Json& operator=(Json&&) noexcept;
  ~Json();

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  std::optional<bool> boolean() const { return get<bool>(); }
  std::optional<std::int64_t> integer() const { return get<std::int64_t>(); }
  std::optional<std::string> text() const { return get<std::string>(); }
  std::string text_or(std::string_view otherwise) const {
    return text().value_or(std::string(otherwise));
  }
  // Empty when it is not an array, or not an object.
  const Array& items() const;
  const Object& members() const;
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }
  // The member's value, or null.
  const Json& operator[](std::string_view key) const;
  const Value& value() const { return value_; }

 private:
  template <class T>
  std::optional<T> get() const {
    const T* held = std::get_if<T>(&value_);
    if (held == nullptr) return std::nullopt;
    return *held;
  }

  Value value_;
};

struct Json::Member {
  std::string key;
  Json value;
};

// kInvalid for anything but one whole JSON value (RFC 8259) that nests at most kJsonDepthMax deep.
Result<Json> parse_json(std::string_view text);

// The JSON text of a value, without spaces.
std::string json_text(const Json& json);

}  // namespace hammock::cli
