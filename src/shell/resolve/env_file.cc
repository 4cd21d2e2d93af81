#include "shell/resolve/env_file.h"

#include <map>
#include <optional>

#include "base/text.h"

namespace hammock::resolve {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool is_name_start(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}
bool is_name_char(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9');
}

class EnvReader {
 public:
  explicit EnvReader(std::string_view text) : text_(text) {}

  EnvFile read() {
    if (!check_bytes()) return std::move(file_);
    while (at_ < text_.size()) {
      read_line();
      skip_line();
    }
    return std::move(file_);
  }

 private:
  // Bytes that no line may hold make the rest guesswork: the first of them is the only fault.
  bool check_bytes() {
    if (text_.starts_with("\xef\xbb\xbf")) {
      fault("byte-order-mark", "the file begins with a byte order mark", 0, 3,
            "save it as UTF-8 without BOM");
      return false;
    }
    if (auto nul = text_.find('\0'); nul != std::string_view::npos) {
      fault("nul-byte", "a NUL byte cannot be part of an environment", nul, nul + 1, "");
      return false;
    }
    if (is_utf8(text_)) return true;
    std::size_t line = 0;
    while (line < text_.size()) {
      std::size_t end = std::min(text_.find('\n', line), text_.size());
      if (!is_utf8(text_.substr(line, end - line))) break;
      line = end + 1;
    }
    std::size_t end = line;
    while (end < text_.size() && is_utf8(text_.substr(line, end + 1 - line)))
      ++end;
    // A multi-byte character is incomplete until its last byte: step back to where it begins.
    std::size_t begin = end;
    while (begin > line && !is_utf8(text_.substr(line, begin - line)))
      --begin;
    fault("invalid-utf8", "this is not UTF-8", begin, begin + 1, "save the file as UTF-8");
    return false;
  }

  void read_line() {
    skip_blanks();
    if (at_end_of_line() || peek() == '#') return;
    if (text_.substr(at_).starts_with("export ") || text_.substr(at_).starts_with("export\t")) {
      at_ += 7;
      skip_blanks();
    }
    std::size_t begin = at_;
    if (!is_name_start(peek())) {
      return fault(
          "bad-env-name", "a line begins with the name of a variable", begin, line_end(),
          "write NAME=value; names are letters, digits and _, and do not begin with a digit");
    }
    while (is_name_char(peek()))
      ++at_;
    std::size_t end = at_;
    if (peek() != '=') return report_no_equals(begin, end);
    ++at_;
    std::optional<std::string> value = read_value();
    if (value) add(begin, end, std::move(*value));
  }

  void report_no_equals(std::size_t begin, std::size_t end) {
    std::string name(text_.substr(begin, end - begin));
    skip_blanks();
    if (peek() == '=') {
      return fault("space-around-equals", "no space is allowed before '='", end, at_,
                   "write " + name + "=value");
    }
    if (at_end_of_line()) {
      return fault("missing-equals", "'" + name + "' has no value", begin, end,
                   "write " + name + "=value, or " + name + "= for an empty one");
    }
    fault("bad-env-name", "this character cannot be part of a variable's name", at_,
          at_ + length_at(at_), "names are letters, digits and _");
  }

  std::optional<std::string> read_value() {
    std::optional<std::string> value;
    if (is_blank(peek()) && !blank_until_comment()) {
      std::size_t begin = at_;
      skip_blanks();
      fault("space-around-equals", "no space is allowed after '='", begin, at_,
            "write NAME=value; quote a value that begins with a space");
      return std::nullopt;
    }
    if (peek() == '\'')
      value = read_single();
    else if (peek() == '"')
      value = read_double();
    else
      value = read_bare();
    if (!value) return std::nullopt;
    std::size_t begin = at_;
    skip_blanks();
    if (at_end_of_line() || (peek() == '#' && at_ > begin) || (peek() == '#' && value->empty()))
      return value;
    fault("unquoted-space", "the value ends before this, and a line holds one variable", at_,
          line_end(), "put the whole value in single quotes");
    return std::nullopt;
  }

  std::string read_single_body(std::size_t end) {
    std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return value;
  }

  std::optional<std::string> read_single() {
    std::size_t end = text_.find('\'', at_ + 1);
    if (end == std::string_view::npos) return unterminated();
    return read_single_body(end);
  }

  std::optional<std::string> unterminated() {
    fault("unterminated-quote", "this quote is never closed", at_, at_ + 1, "close it");
    // The rest of the file may be inside the quote or not: reading on would only guess.
    at_ = text_.size();
    return std::nullopt;
  }

  std::optional<std::string> read_double() {
    std::size_t open = at_;
    std::string value;
    for (++at_; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      if (c == '"') {
        ++at_;
        return value;
      }
      if (c == '$' || c == '`') return expansion();
      if (c == '\\') {
        if (!read_escape(value)) return std::nullopt;
      } else {
        value += c;
      }
    }
    at_ = open;
    return unterminated();
  }

  bool read_escape(std::string& value) {
    constexpr std::string_view written = "ntr\\\"$";
    constexpr std::string_view meant = "\n\t\r\\\"$";
    std::size_t which =
        at_ + 1 < text_.size() ? written.find(text_[at_ + 1]) : std::string_view::npos;
    if (which == std::string_view::npos) {
      std::size_t length =
          at_ + 1 < text_.size() && text_[at_ + 1] != '\n' ? 1 + length_at(at_ + 1) : 1;
      fault("bad-escape", "this escape has no meaning", at_, at_ + length,
            "known are \\n \\t \\r \\\\ \\\" \\$; in single quotes a backslash is a backslash");
      skip_quoted();
      return false;
    }
    value += meant[which];
    ++at_;
    return true;
  }

  std::optional<std::string> expansion() {
    fault("no-expansion", "nothing is expanded in this file", at_, at_ + 1,
          "for the character itself put the value in single quotes; otherwise write out what is "
          "meant");
    skip_quoted();
    return std::nullopt;
  }

  // After a fault inside double quotes: on to the line of the closing quote, so that the lines in
  // between are not taken for variables.
  void skip_quoted() {
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    at_ = std::min(at_, text_.size());
  }

  std::optional<std::string> read_bare() {
    std::size_t begin = at_;
    for (; !at_end_of_line() && !is_blank(peek()); ++at_) {
      char c = peek();
      if (c == '#' && at_ == begin) break;
      if (c == '$' || c == '`') {
        fault(
            "no-expansion", "nothing is expanded in this file", at_, at_ + 1,
            "for the character itself put the value in single quotes; otherwise write out what is "
            "meant");
        return std::nullopt;
      }
      if (c == '\'' || c == '"' || c == '\\' || c == '\r') {
        fault("quote-needed", "this character must stand in quotes", at_, at_ + 1,
              "put the whole value in single quotes");
        return std::nullopt;
      }
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  void add(std::size_t begin, std::size_t end, std::string value) {
    std::string name(text_.substr(begin, end - begin));
    auto [place, is_new] = seen_.try_emplace(name, begin);
    if (!is_new) {
      fault("duplicate-env", "'" + name + "' is given twice", begin, end, "remove one of them");
      file_.faults.back().first = place->second;
      return;
    }
    file_.entries.push_back({std::move(name), std::move(value), begin});
  }

  void fault(std::string code, std::string message, std::size_t begin, std::size_t end,
             std::string help) {
    file_.faults.push_back({std::move(code), std::move(message), std::move(help), begin,
                            std::max(begin, end), std::string::npos});
  }

  // 0 at the end of the text, which is no character of any line: NUL bytes are refused before.
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool at_end_of_line() const {
    return at_ >= text_.size() || text_[at_] == '\n' || text_.substr(at_).starts_with("\r\n");
  }
  bool blank_until_comment() {
    std::size_t at = at_;
    while (at < text_.size() && is_blank(text_[at]))
      ++at;
    return at >= text_.size() || text_[at] == '\n' || text_[at] == '#' ||
           text_.substr(at).starts_with("\r\n");
  }
  void skip_blanks() {
    while (is_blank(peek()))
      ++at_;
  }
  std::size_t line_end() const {
    std::size_t end = std::min(text_.find('\n', at_), text_.size());
    while (end > at_ && (text_[end - 1] == '\r' || is_blank(text_[end - 1])))
      --end;
    return end;
  }
  void skip_line() {
    if (at_ >= text_.size()) return;
    at_ = std::min(text_.find('\n', at_), text_.size() - 1) + 1;
  }
  // The bytes of the UTF-8 character there.
  std::size_t length_at(std::size_t at) const {
    std::size_t length = 1;
    while (at + length < text_.size() && (text_[at + length] & 0xc0) == 0x80)
      ++length;
    return length;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::map<std::string, std::size_t> seen_;
  EnvFile file_;
};

}  // namespace

EnvFile parse_env_file(std::string_view text) {
  return EnvReader(text).read();
}

}  // namespace hammock::resolve
