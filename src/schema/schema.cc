#include "schema/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <regex>

#include "base/assert.h"
#include "base/time.h"
#include "schema/lines.h"
#include "schema/suggest.h"

namespace hammock::schema::detail {
namespace {

// std::regex recurses once per character: longer texts are refused before it sees them.
constexpr std::size_t kLongestMatched = 1024;

std::uint32_t columns_of(std::string_view text) {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(text, [](char byte) { return (byte & 0xC0) != 0x80; }));
}

// Of a text that stands in quotes on one line exactly as it is read; else the whole token.
Span part_of(const Value& value, const Problem& problem) {
  const std::string* text = value.string();
  if (text == nullptr || problem.length == 0 || problem.at + problem.length > text->size() ||
      value.span.line != value.span.end_line ||
      value.span.end_column - value.span.column != columns_of(*text) + 2) {
    return value.span;
  }
  const std::string_view all = *text;
  Span span = value.span;
  span.column += 1 + columns_of(all.substr(0, problem.at));
  span.end_column = span.column + columns_of(all.substr(problem.at, problem.length));
  return span;
}

}  // namespace

void complain(Context& context, const Value& at, const Problem& problem) {
  HAMMOCK_ASSERT(!problem.code.empty());
  Diagnostic& d = context.error(problem.code, at, problem.message);
  if (!context.is_hidden()) d.span = part_of(at, problem);
  d.expected = problem.expected;
  d.why = problem.why;
  if (context.is_hidden()) {
    d.message = "the value is refused";
    if (!d.expected.empty()) d.message = fmt::format("expected {}, got {}", d.expected, d.got);
    return;
  }
  d.suggestion = problem.suggestion;
  d.help = problem.help;
}

void explain_why(Context& context, const Context::Mark& since, const std::string& why) {
  Diagnostics& all = context.diagnostics();
  for (std::size_t i = since.diagnostics; i < all.size(); ++i) {
    if (all[i].why.empty() && all[i].path.size() == context.depth()) all[i].why = why;
  }
}

void expect_instead(Context& context, const Context::Mark& since, const Value& at,
                    const Description& expected) {
  Diagnostics& all = context.diagnostics();
  for (std::size_t i = since.diagnostics; i < all.size(); ++i) {
    if (all[i].code != "wrong-type" || all[i].path.size() != context.depth()) continue;
    all[i].expected = expectation(expected);
    all[i].message = fmt::format("expected {}, got {}", all[i].expected, context.shown(at));
  }
}

void wrong_with_hint(Context& context, const Value& at, const Description& expected, Hint hint) {
  Diagnostic& d = context.wrong_type(at, expected);
  if (context.is_hidden()) return;
  d.suggestion = std::move(hint.suggestion);
  d.help = std::move(hint.help);
}

void out_of_range(Context& context, const Value& at, const Description& description) {
  std::string wanted = expectation(description);
  Diagnostic& d = context.error("out-of-range", at,
                                fmt::format("expected {}, got {}", wanted, context.shown(at)));
  d.expected = std::move(wanted);
}

void wrong_size(Context& context, const Value& at, const Description& description, std::size_t size,
                bool too_small) {
  std::string_view unit = at.string() ? "characters" : at.array() ? "items" : "entries";
  std::size_t least = description.min_size.value_or(0);
  std::size_t most = description.max_size.value_or(static_cast<std::size_t>(-1));
  std::string wanted = most == static_cast<std::size_t>(-1)
                           ? fmt::format("at least {} {}", least, unit)
                       : least == most ? fmt::format("exactly {} {}", least, unit)
                                       : fmt::format("from {} to {} {}", least, most, unit);
  Diagnostic& d =
      context.error(too_small ? "too-short" : "too-long", at,
                    size == 0 && least == 1 ? "must not be empty"
                                            : fmt::format("expected {}, got {}", wanted, size));
  d.expected = std::move(wanted);
}

void wrong_choice(Context& context, const Value& at, const std::string& text,
                  const std::vector<std::string>& choices) {
  std::vector<std::string> quoted;
  for (const std::string& choice : choices)
    quoted.push_back(quote(choice));
  std::string wanted = alternatives(quoted);
  Diagnostic& d = context.error("unknown-value", at,
                                fmt::format("expected {}, got {}", wanted, context.shown(at)));
  d.expected = std::move(wanted);
  if (context.is_hidden()) return;
  if (auto near = nearest(text, choices); !near.empty()) d.suggestion = quote(near.front());
}

std::function<bool(const std::string&)> compile_pattern(const std::string& pattern) {
  // Most files use few of the keys that have one, and to compile one costs as much as to read a
  // hundred tables.
  struct Lazy {
    std::once_flag once;
    std::regex regex;
  };
  return [pattern, lazy = std::make_shared<Lazy>()](const std::string& text) {
    std::call_once(lazy->once, [&] {
      lazy->regex = std::regex(pattern, std::regex::ECMAScript | std::regex::optimize);
    });
    return text.size() <= kLongestMatched && std::regex_match(text, lazy->regex);
  };
}

std::size_t size_of_text(const std::string& text) {
  return count_code_points(text);
}

std::string limit_text(std::int64_t value) {
  return fmt::format("{}", value);
}
std::string limit_text(double value) {
  return fmt::format("{}", value);
}
std::string limit_text(std::chrono::microseconds value) {
  return quote(format_duration(value));
}

}  // namespace hammock::schema::detail
