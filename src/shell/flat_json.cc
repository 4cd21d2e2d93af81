#include "shell/flat_json.h"

#include <algorithm>

#include "base/text.h"

namespace hammock::shell {
namespace {

constexpr std::size_t kMembersMax = 16;

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
  explicit Reader(std::string_view text) : text_(text) {}

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

 private:
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
  std::size_t at_ = 0;
};

Result<void> read_member(Reader& reader, FlatMembers& members) {
  reader.skip_space();
  auto key = reader.string();
  if (!key) return std::unexpected(key.error());
  bool known = std::ranges::find(members, *key, &FlatMembers::value_type::first) != members.end();
  if (known) return reader.expected("a key that was not given yet");
  reader.skip_space();
  if (!reader.take(":")) return reader.expected("':'");
  reader.skip_space();
  if (reader.take("null")) {
    members.emplace_back(std::move(*key), std::nullopt);
  } else {
    auto value = reader.string();
    if (!value) return reader.expected("a string or null");
    members.emplace_back(std::move(*key), std::move(*value));
  }
  reader.skip_space();
  return {};
}

}  // namespace

Result<FlatMembers> parse_flat_object(std::string_view text) {
  if (!is_utf8(text)) return fail(ErrorCode::kInvalid, "the body is not UTF-8");
  Reader reader(text);
  FlatMembers members;
  reader.skip_space();
  if (!reader.take("{")) return reader.expected("'{'");
  reader.skip_space();
  if (!reader.take("}")) {
    do {
      HAMMOCK_TRY(read_member(reader, members));
      if (members.size() > kMembersMax) return reader.expected("fewer members");
    } while (reader.take(","));
    if (!reader.take("}")) return reader.expected("',' or '}'");
  }
  reader.skip_space();
  if (!reader.at_end()) return reader.expected("the end");
  return members;
}

}  // namespace hammock::shell
