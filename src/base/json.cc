#include "base/json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "base/text.h"

namespace hammock {

void JsonWriter::separate() {
  if (needs_comma_) text_ += ',';
  needs_comma_ = false;
}

void JsonWriter::open(char bracket) {
  separate();
  text_ += bracket;
}

void JsonWriter::close(char bracket) {
  text_ += bracket;
  needs_comma_ = true;
}

void JsonWriter::member(std::string_view key) {
  separate();
  text_ += json_quote(key);
  text_ += ':';
}

void JsonWriter::value(std::string_view text) {
  raw(json_quote(text));
}
void JsonWriter::value(bool flag) {
  raw(flag ? "true" : "false");
}

void JsonWriter::value(double number) {
  if (!std::isfinite(number)) return null();
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.10g", number);
  raw(text.data());
}

void JsonWriter::raw(std::string_view json) {
  separate();
  text_ += json;
  needs_comma_ = true;
}

std::string json_quote(std::string_view text) {
  auto is_plain = [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; };
  std::string quoted = "\"";
  while (!text.empty()) {
    if (auto end = std::ranges::find_if_not(text, is_plain); end != text.begin()) {
      const auto plain = static_cast<std::size_t>(end - text.begin());
      quoted += text.substr(0, plain);
      text.remove_prefix(plain);
      continue;
    }
    auto byte = static_cast<unsigned char>(text[0]);
    std::size_t length = 1;
    if (byte == '"' || byte == '\\') {
      quoted += '\\';
      quoted += text[0];
    } else if (byte == '\n') {
      quoted += "\\n";
    } else if (byte == '\t') {
      quoted += "\\t";
    } else if (byte < 0x20) {
      std::array<char, 8> escaped{};
      std::snprintf(escaped.data(), escaped.size(), "\\u%04x", byte);
      quoted += escaped.data();
    } else {
      while (length < 4 && length < text.size() && !is_utf8(text.substr(0, length)))
        ++length;
      bool valid = is_utf8(text.substr(0, length));
      if (!valid) length = 1;
      quoted += valid ? text.substr(0, length) : std::string_view("\xef\xbf\xbd");
    }
    text.remove_prefix(length);
  }
  return quoted + '"';
}

}  // namespace hammock
