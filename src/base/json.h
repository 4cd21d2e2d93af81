// A streaming JSON writer (RFC 8259): what we print for programs. It puts the commas, and nesting
// follows the nesting of the lambdas. Invalid UTF-8 in strings is written as U+FFFD, so the text is
// always valid JSON.
//
//   JsonWriter json;
//   json.object([&] {
//     json.member("name", "web");
//     json.member("pids");
//     json.array([&] { json.value(7); });
//   });
//   json.text();  // {"name":"web","pids":[7]}
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hammock {

class JsonWriter {
 public:
  template <class Body>
  void object(Body&& body) {
    open('{');
    body();
    close('}');
  }
  template <class Body>
  void array(Body&& body) {
    open('[');
    body();
    close(']');
  }
  // The key; one value, object or array must follow.
  void member(std::string_view key);

  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(const std::string& text) { value(std::string_view(text)); }
  void value(bool flag);
  void value(double number);  // null when not finite
  void value(std::integral auto number)
    requires(!std::same_as<decltype(number), bool>)
  {
    raw(std::to_string(number));
  }
  void null() { raw("null"); }
  // Bytes that are JSON already.
  void raw(std::string_view json);

  template <class T>
  void value(const std::optional<T>& maybe) {
    if (maybe)
      value(*maybe);
    else
      null();
  }
  template <class T>
  void member(std::string_view key, const T& content) {
    member(key);
    value(content);
  }

  const std::string& text() const { return text_; }

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();

  std::string text_;
  bool needs_comma_ = false;
};

// The JSON string literal for text, with its quotes.
std::string json_quote(std::string_view text);

}  // namespace hammock
