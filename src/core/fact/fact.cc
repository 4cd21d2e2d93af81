#include "core/fact/fact.h"

#include <algorithm>
#include <charconv>

namespace hammock::fact {
namespace {

// A flat JSON object, as fields_json writes it: strings, integers, true and false.
class FlatJson {
 public:
  explicit FlatJson(std::string_view text) : text_(text) {}

  std::optional<Fields> read() {
    Fields fields;
    if (!take('{')) return std::nullopt;
    if (take('}')) return at_end(std::move(fields));
    do {
      auto key = read_string();
      if (!key || !take(':')) return std::nullopt;
      auto value = read_scalar();
      if (!value) return std::nullopt;
      fields.insert_or_assign(std::move(*key), std::move(*value));
    } while (take(','));
    if (!take('}')) return std::nullopt;
    return at_end(std::move(fields));
  }

 private:
  std::optional<Fields> at_end(Fields fields) {
    skip_space();
    if (position_ != text_.size()) return std::nullopt;
    return fields;
  }
  void skip_space() {
    while (position_ < text_.size() && std::string_view(" \t\r\n").contains(text_[position_])) {
      ++position_;
    }
  }
  bool take(char expected) {
    skip_space();
    if (position_ >= text_.size() || text_[position_] != expected) return false;
    ++position_;
    return true;
  }
  bool take_word(std::string_view word) {
    skip_space();
    if (!text_.substr(position_).starts_with(word)) return false;
    position_ += word.size();
    return true;
  }
  template <class Number>
  std::optional<Number> take_number(int base, std::size_t digits) {
    Number number{};
    const char* begin = text_.data() + position_;
    const char* end = text_.data() + std::min(text_.size(), position_ + digits);
    auto [stop, error] = std::from_chars(begin, end, number, base);
    if (error != std::errc{}) return std::nullopt;
    position_ += static_cast<std::size_t>(stop - begin);
    return number;
  }
  std::optional<Scalar> read_scalar() {
    skip_space();
    if (position_ >= text_.size()) return std::nullopt;
    if (text_[position_] == '"') {
      auto string = read_string();
      if (!string) return std::nullopt;
      return Scalar(std::move(*string));
    }
    if (take_word("true")) return Scalar(true);
    if (take_word("false")) return Scalar(false);
    if (text_[position_] == '-') {
      if (auto number = take_number<std::int64_t>(10, 20)) return Scalar(*number);
      return std::nullopt;
    }
    if (auto number = take_number<std::uint64_t>(10, 20)) return Scalar(*number);
    return std::nullopt;
  }
  std::optional<std::string> read_string() {
    if (!take('"')) return std::nullopt;
    std::string string;
    while (position_ < text_.size()) {
      char c = text_[position_++];
      if (c == '"') return string;
      if (c != '\\') {
        string += c;
      } else if (!read_escape(string)) {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }
  bool read_escape(std::string& string) {
    if (position_ >= text_.size()) return false;
    char c = text_[position_++];
    constexpr std::string_view kFrom = "\"\\/bfnrt";
    constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
    if (auto found = kFrom.find(c); found != std::string_view::npos) {
      string += kTo[found];
      return true;
    }
    if (c != 'u' || position_ + 4 > text_.size()) return false;
    std::size_t before = position_;
    auto code = take_number<std::uint32_t>(16, 4);
    if (!code || position_ != before + 4) return false;
    return append_utf8(string, *code);
  }
  // The writer escapes control characters only; surrogate pairs never come from it.
  static bool append_utf8(std::string& string, std::uint32_t code) {
    if (code >= 0xd800 && code < 0xe000) return false;
    if (code < 0x80) {
      string += static_cast<char>(code);
    } else if (code < 0x800) {
      string += static_cast<char>(0xc0 | (code >> 6));
      string += static_cast<char>(0x80 | (code & 0x3f));
    } else {
      string += static_cast<char>(0xe0 | (code >> 12));
      string += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
      string += static_cast<char>(0x80 | (code & 0x3f));
    }
    return true;
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace

std::optional<Fields> read_flat_object(std::string_view json) {
  return FlatJson(json).read();
}

}  // namespace hammock::fact
