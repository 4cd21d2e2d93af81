// Schema<T>: a validator that is a value.
//
// A schema does two things. It reads a node of a document into a T, and complains about everything
// that is wrong on the way, each at its place; and it describes itself, so that documentation,
// editors' schemas and messages come from the same source. Schemas are made by functions
// (integer(), duration(), list_of(…), table) and refined by members that return a new schema:
//
//   auto port_list = list_of(port()).unique().size(1, 8).doc("where it listens");
//
// What a reader returns is one of three: a whole T; a T that is not whole (something inside was
// wrong and is complained about; tables and lists still hold what was right, for rules that look at
// other parts); or nothing. Checks and transformations see whole values only, so that one mistake
// is one complaint.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "schema/context.h"
#include "schema/description.h"

namespace hammock::schema {

template <class T>
struct Parsed {
  std::optional<T> value;
  bool whole = false;

  Parsed() = default;
  Parsed(T good, bool is_whole = true) : value(std::move(good)), whole(is_whole) {}  // NOLINT
};

// What a check of the user's own says is wrong. Only code and message are needed.
struct Problem {
  std::string code;
  std::string message;
  std::string expected;
  std::string why;
  std::string suggestion;
  std::string help;
  // Which part of a text it is about, in bytes; length 0: all of it.
  std::size_t at = 0;
  std::size_t length = 0;
};

// What to write instead of a value of another type.
struct Hint {
  std::string suggestion;
  std::string help;
};

// A value together with where it stands.
template <class T>
struct Located {
  T value;
  Span span;
  friend bool operator==(const Located&, const Located&) = default;
};

namespace detail {
void complain(Context& context, const Value& at, const Problem& problem);
// Fills `why` in what was said about this very node since the mark.
void explain_why(Context& context, const Context::Mark& since, const std::string& why);
// Gives what was said about the type of this very node the words of another description.
void expect_instead(Context& context, const Context::Mark& since, const Value& at,
                    const Description& expected);
void wrong_with_hint(Context& context, const Value& at, const Description& expected, Hint hint);
void out_of_range(Context& context, const Value& at, const Description& description);
void wrong_size(Context& context, const Value& at, const Description& description, std::size_t size,
                bool too_small);
void wrong_choice(Context& context, const Value& at, const std::string& text,
                  const std::vector<std::string>& choices);
std::function<bool(const std::string&)> compile_pattern(const std::string& pattern);
std::size_t size_of_text(const std::string& text);

// As a limit is written in messages; for types of your own, beside the type.
std::string limit_text(std::int64_t value);
std::string limit_text(double value);
std::string limit_text(std::chrono::microseconds value);
template <std::integral I>
std::string limit_text(I value) {
  return limit_text(static_cast<std::int64_t>(value));
}

template <class T>
std::size_t size_of(const T& value) {
  if constexpr (std::is_same_v<T, std::string>)
    return size_of_text(value);
  else
    return value.size();
}

template <class F, class T>
using TransformedBy = std::invoke_result_t<F, T>;
}  // namespace detail

// Shared, because the reader of a table owns those of all its keys: schemas are copied at will.
template <class T>
class Reader {
 public:
  using Function = std::function<Parsed<T>(Context&, const Value&)>;

  template <class F>
    requires std::is_constructible_v<Function, F>
  Reader(F function)  // NOLINT: what can read is a reader
      : shared_(std::make_shared<const Function>(std::move(function))) {}
  Parsed<T> operator()(Context& context, const Value& value) const {
    return (*shared_)(context, value);
  }

 private:
  std::shared_ptr<const Function> shared_;
};

template <class T>
class Schema {
 public:
  using type = T;

  Schema(SharedDescription description, Reader<T> reader)
      : description_(std::move(description)), reader_(std::move(reader)) {}

  Parsed<T> read(Context& context, const Value& value) const { return reader_(context, value); }
  const SharedDescription& description() const { return description_; }

  // Words for people.
  Schema doc(std::string text) const {
    return described([&](auto& d) { d.doc = text; });
  }
  Schema example(std::string toml) const {
    return described([&](auto& d) { d.example = toml; });
  }
  // What it is called, and how messages say what belongs here.
  Schema named(std::string name, std::string expects) const {
    Description d = description_;
    d.name = std::move(name);
    d.expects = std::move(expects);
    return Schema(d, [inner = reader_, d](Context& context, const Value& value) {
      Context::Mark mark = context.mark();
      Parsed<T> parsed = inner(context, value);
      if (!parsed.whole) detail::expect_instead(context, mark, value, d);
      return parsed;
    });
  }
  // Why the rules of this value exist; shown with every complaint about the value itself.
  Schema why(std::string text) const {
    return Schema(described([&](auto& d) { d.why = text; }).description_,
                  [inner = reader_, text](Context& context, const Value& value) {
                    Context::Mark mark = context.mark();
                    Parsed<T> parsed = inner(context, value);
                    if (!parsed.whole) detail::explain_why(context, mark, text);
                    return parsed;
                  });
  }

  // Both ends belong to the range.
  Schema range(T low, T high) const {
    using detail::limit_text;
    Description d = description_;
    d.minimum = limit_text(low);
    d.maximum = limit_text(high);
    return narrowed(d, [low, high, d](Context& context, const Value& at, const T& value) {
      // A number that is not a number is in no range.
      if (value >= low && value <= high) return true;
      detail::out_of_range(context, at, d);
      return false;
    });
  }
  Schema at_least(T low) const {
    using detail::limit_text;
    Description d = description_;
    d.minimum = limit_text(low);
    return narrowed(d, [low, d](Context& context, const Value& at, const T& value) {
      if (value >= low) return true;
      detail::out_of_range(context, at, d);
      return false;
    });
  }
  Schema at_most(T high) const {
    using detail::limit_text;
    Description d = description_;
    d.maximum = limit_text(high);
    return narrowed(d, [high, d](Context& context, const Value& at, const T& value) {
      if (value <= high) return true;
      detail::out_of_range(context, at, d);
      return false;
    });
  }
  // Code points of a string, items of a list, entries of a map.
  Schema size(std::size_t least, std::size_t most) const {
    Description d = description_;
    d.min_size = least;
    d.max_size = most;
    return narrowed(d, [least, most, d](Context& context, const Value& at, const T& value) {
      std::size_t size = detail::size_of(value);
      if (size >= least && size <= most) return true;
      detail::wrong_size(context, at, d, size, size < least);
      return false;
    });
  }
  Schema not_empty() const { return size(1, static_cast<std::size_t>(-1)); }
  // The whole string must match the ECMAScript regular expression; expects says it in words.
  Schema matching(std::string pattern, std::string expects) const
    requires std::is_same_v<T, std::string>
  {
    Description d = description_;
    d.pattern = pattern;
    d.expects = expects;
    return narrowed(d, [matches = detail::compile_pattern(pattern), expects](
                           Context& context, const Value& at, const T& value) {
      if (matches(value)) return true;
      detail::complain(context, at,
                       {"bad-format",
                        "expected " + expects + ", got " + context.shown(at),
                        expects,
                        {},
                        {},
                        {}});
      return false;
    });
  }

  // A check of your own: nothing when fine. `rule` says it in words for the documentation. What
  // it says about a secret is not shown.
  Schema check(std::string rule, std::function<std::optional<Problem>(const T&)> test) const {
    Description d = description_;
    d.rules.push_back(rule);
    return narrowed(d, [test = std::move(test)](Context& context, const Value& at, const T& value) {
      std::optional<Problem> problem = test(value);
      if (problem) detail::complain(context, at, *problem);
      return !problem;
    });
  }

  // The value, made into something else; it cannot fail. Use check before, or parsed_by.
  template <class F>
  auto transform(F function) const {
    using U = std::remove_cvref_t<detail::TransformedBy<F, T>>;
    return Schema<U>(description_, [inner = reader_, function](Context& context, const Value& at) {
      Parsed<T> parsed = inner(context, at);
      if (!parsed.whole) return Parsed<U>();
      return Parsed<U>(function(*std::move(parsed.value)));
    });
  }
  // A transformation that may refuse: F returns std::expected<U, Problem>.
  template <class F>
  auto parsed_by(F function) const {
    using U = typename detail::TransformedBy<F, T>::value_type;
    return Schema<U>(description_, [inner = reader_, function](Context& context, const Value& at) {
      Parsed<T> parsed = inner(context, at);
      if (!parsed.whole) return Parsed<U>();
      auto made = function(*std::move(parsed.value));
      if (made) return Parsed<U>(*std::move(made));
      detail::complain(context, at, made.error());
      return Parsed<U>();
    });
  }

  // What to say when a string stands where something else is expected.
  Schema on_string(std::function<Hint(const std::string&)> hint) const {
    return Schema(description_, [inner = reader_, hint = std::move(hint), d = description_](
                                    Context& context, const Value& at) {
      if (!at.string()) return inner(context, at);
      detail::wrong_with_hint(context, at, d, hint(*at.string()));
      return Parsed<T>();
    });
  }

  // Never shown: not in messages, not in snippets.
  Schema secret() const {
    return Schema(described([](auto& d) { d.secret = true; }).description_,
                  [inner = reader_](Context& context, const Value& at) {
                    context.hide(at.span);
                    Parsed<T> parsed = inner(context, at);
                    context.unhide();
                    return parsed;
                  });
  }

  Schema<Located<T>> located() const {
    return Schema<Located<T>>(description_, [inner = reader_](Context& context, const Value& at) {
      Parsed<T> parsed = inner(context, at);
      if (!parsed.value) return Parsed<Located<T>>();
      return Parsed<Located<T>>({*std::move(parsed.value), at.span}, parsed.whole);
    });
  }

 private:
  template <class Edit>
  Schema described(Edit edit) const {
    Description copy = description_;
    edit(copy);
    return Schema(std::move(copy), reader_);
  }
  template <class Test>
  Schema narrowed(SharedDescription description, Test test) const {
    return Schema(std::move(description),
                  [inner = reader_, test = std::move(test)](Context& context, const Value& at) {
                    Parsed<T> parsed = inner(context, at);
                    if (parsed.whole && !test(context, at, *parsed.value)) return Parsed<T>();
                    return parsed;
                  });
  }

  SharedDescription description_;
  Reader<T> reader_;
};

}  // namespace hammock::schema
