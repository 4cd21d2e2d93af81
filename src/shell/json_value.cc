#include "shell/json_value.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace hammock::shell {
namespace {

void append_utf8(std::string& text, std::uint32_t point) {
  auto byte = [&](std::uint32_t value) { text += static_cast<char>(value); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xc0 | point >> 6);
    byte(0x80 | (point & 63));
  } else if (point < 0x10000) {
    byte(0xe0 | point >> 12);
    byte(0x80 | (point >> 6 & 63));
    byte(0x80 | (point & 63));
  } else {
    byte(0xf0 | point >> 18);
    byte(0x80 | (point >> 12 & 63));
    byte(0x80 | (point >> 6 & 63));
    byte(0x80 | (point & 63));
  }
}

class Reader {
 public:
  Reader(std::string_view text, std::size_t members_max) : text_(text), members_max_(members_max) {}

  Result<Json> document() {
    auto json = value(0);
    if (json && !at_end()) return expected("the end");
    return json;
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").contains(text_[at_]))
      ++at_;
  }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  bool at_end() const { return at_ == text_.size(); }
  std::unexpected<Error> expected(std::string_view what) const {
    return fail(ErrorCode::kInvalid,
                "expected " + std::string(what) + " at byte " + std::to_string(at_));
  }

  Result<Json> value(std::size_t depth) {
    skip_space();
    Json json;
    json.at = at_;
    const char first = at_end() ? '\0' : text_[at_];
    Result<void> read;
    if (first == '"') {
      read = keep(json, string());
    } else if (first == '{' || first == '[') {
      if (depth == kJsonDepthMax) return expected("fewer levels");
      read = first == '{' ? object(json, depth + 1) : array(json, depth + 1);
    } else if (first == '-' || (first >= '0' && first <= '9')) {
      read = keep(json, number());
    } else if (take("true")) {
      json.value = true;
    } else if (take("false")) {
      json.value = false;
    } else if (!take("null")) {
      return expected("a value");
    }
    if (!read) return std::unexpected(std::move(read).error());
    skip_space();
    return json;
  }

  template <class T>
  static Result<void> keep(Json& json, Result<T> read) {
    if (!read) return std::unexpected(std::move(read).error());
    json.value = *std::move(read);
    return {};
  }

  Result<void> array(Json& json, std::size_t depth) {
    Json::Array items;
    take("[");
    skip_space();
    if (!take("]")) {
      do {
        auto item = value(depth);
        if (!item) return std::unexpected(std::move(item).error());
        items.push_back(*std::move(item));
      } while (take(","));
      if (!take("]")) return expected("',' or ']'");
    }
    json.value = std::move(items);
    return {};
  }

  Result<void> object(Json& json, std::size_t depth) {
    Json::Object members;
    take("{");
    skip_space();
    if (!take("}")) {
      do {
        HAMMOCK_TRY(member(members, depth));
      } while (take(","));
      if (!take("}")) return expected("',' or '}'");
    }
    json.value = std::move(members);
    return {};
  }

  Result<void> member(Json::Object& members, std::size_t depth) {
    if (members.size() == members_max_) return expected("fewer members");
    skip_space();
    auto key = string();
    if (!key) return std::unexpected(std::move(key).error());
    const bool known =
        std::ranges::find(members, *key, &Json::Object::value_type::first) != members.end();
    if (known) return expected("a key that was not given yet");
    skip_space();
    if (!take(":")) return expected("':'");
    auto content = value(depth);
    if (!content) return std::unexpected(std::move(content).error());
    members.emplace_back(*std::move(key), *std::move(content));
    return {};
  }

  // "-0.5e3", and neither "01" nor "1." nor what no double holds.
  Result<double> number() {
    const std::size_t begin = at_;
    take("-");
    if (!take("0") && !digits()) return expected("a digit");
    if (take(".") && !digits()) return expected("a digit");
    if (take("e") || take("E")) {
      if (!take("+")) take("-");
      if (!digits()) return expected("a digit");
    }
    double number = 0;
    const auto [end, error] = std::from_chars(text_.data() + begin, text_.data() + at_, number);
    if (error != std::errc() || end != text_.data() + at_) return expected("a smaller number");
    return number;
  }
  bool digits() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9')
      ++at_;
    return at_ > begin;
  }

  Result<std::string> string() {
    if (!take("\"")) return expected("a string");
    std::string value;
    while (!take("\"")) {
      if (at_end() || static_cast<unsigned char>(text_[at_]) < 0x20) return expected("'\"'");
      if (take("\\")) {
        HAMMOCK_TRY(escape(value));
      } else {
        value += text_[at_++];
      }
    }
    return value;
  }

  Result<void> escape(std::string& value) {
    constexpr std::string_view names = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (take("u")) {
      auto point = unit();
      if (!point) return std::unexpected(point.error());
      if (*point >= 0xd800 && *point < 0xdc00) {
        if (!take("\\u")) return expected("the second half of a surrogate pair");
        auto low = unit();
        if (!low) return std::unexpected(low.error());
        if (*low < 0xdc00 || *low > 0xdfff) return expected("the second half of a surrogate pair");
        *point = 0x10000 + ((*point - 0xd800) << 10) + (*low - 0xdc00);
      } else if (*point >= 0xdc00 && *point <= 0xdfff) {
        return expected("the first half of a surrogate pair");
      }
      append_utf8(value, *point);
      return {};
    }
    std::size_t name = at_end() ? std::string_view::npos : names.find(text_[at_]);
    if (name == std::string_view::npos) return expected("an escape such as \\n or \\u00e9");
    value += meanings[name];
    ++at_;
    return {};
  }

  Result<std::uint32_t> unit() {
    std::uint32_t value = 0;
    for (int digit = 0; digit < 4; ++digit, ++at_) {
      constexpr std::string_view digits = "0123456789abcdef";
      std::size_t found =
          at_end() ? std::string_view::npos : digits.find(to_lower(text_.substr(at_, 1)));
      if (found == std::string_view::npos) return expected("four hexadecimal digits");
      value = value << 4 | static_cast<std::uint32_t>(found);
    }
    return value;
  }

  std::string_view text_;
  std::size_t members_max_;
  std::size_t at_ = 0;
};

}  // namespace

const Json* Json::find(std::string_view key) const {
  const auto* members = as<Object>();
  if (members == nullptr) return nullptr;
  const auto found = std::ranges::find(*members, key, &Object::value_type::first);
  return found == members->end() ? nullptr : &found->second;
}

Result<Json> parse_json(std::string_view text, std::size_t members_max) {
  if (!is_utf8(text)) return fail(ErrorCode::kInvalid, "the body is not UTF-8");
  return Reader(text, members_max).document();
}

}  // namespace hammock::shell
