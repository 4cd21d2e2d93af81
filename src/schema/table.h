// Tables whose keys are bound to the members of a struct.
//
//   Schema<Restart> restart =
//       TableOf<Restart>("restart")
//           .defaulted("backoff", &Restart::backoff, duration().at_least(1ms), "\"500ms\"")
//             .doc("the wait before the first retry")
//           .optional("stable_after", &Restart::stable_after, duration())
//           .rule("at_most is not below backoff", {"backoff", "at_most"},
//                 [](const Restart& r, At& at) { … });
//
// A key that is not listed is an error, with the key that was probably meant, or with the table in
// which it is valid. doc, why and formerly speak of the key named just before.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "schema/schema.h"

namespace hammock::schema {

// A table seen by a rule: where its keys stand, and how to complain about them.
class At {
 public:
  At(Context& context, const Value& table) : context_(context), table_(table) {}

  // At the value reached by the path, at the key itself with error_at_key; where the path leads
  // nowhere, at the nearest table or value above. Fill in the rest of what is returned.
  Diagnostic& error(std::string_view code, Path where, std::string message);
  Diagnostic& error_at_key(std::string_view code, Path where, std::string message);
  // Adds "see also here"; nothing when the path leads nowhere.
  void relate(Diagnostic& diagnostic, const Path& where, std::string message) const;
  bool has(const Path& where) const { return locate(table_, where).has_value(); }

 private:
  Diagnostic& complain(std::string_view code, Path where, std::string message, bool at_key);

  Context& context_;
  const Value& table_;
};

namespace detail {

enum class Outcome { kNothing, kPartial, kWhole };

struct Field {
  std::function<Outcome(Context&, const Value&, void*)> read;
  std::function<void(void*)> set_default;  // empty: none
};

struct Rule {
  std::vector<Path> uses;  // a step "*" is any name or index
  std::function<void(const void*, At&)> check;
};

// fields[i] belongs to description.keys[i].
struct TableShape {
  Description description;
  std::vector<Field> fields;
  std::vector<Rule> rules;
  std::unordered_map<std::string, std::size_t> index;  // also by former names
};

TableShape make_shape(std::string name);
void add_key(TableShape& shape, KeyDescription key, Field field);
void add_former_name(TableShape& shape, std::string name);
void add_group(TableShape& shape, Group group);
// "a.*.b" → path
Path pattern_path(std::string_view text);
Outcome read_table(Context& context, const Value& value, const TableShape& shape, void* target);
// Reads the TOML text of a default; a text that its own schema refuses is a bug.
Value default_value(const std::string& toml);
template <class V>
V read_default(const Schema<V>& schema, const std::string& toml);

}  // namespace detail

// One way among several that exclude each other: see TableOf::exactly_one_of.
template <class V>
struct Option {
  std::string key;
  Schema<V> schema;
  std::string doc;
};
template <class V, class A>
Option<V> option(std::string key, Schema<A> schema, std::string doc = "") {
  return {std::move(key), schema.transform([](A value) { return V(std::move(value)); }),
          std::move(doc)};
}

template <class S>
class TableOf {
 public:
  explicit TableOf(std::string name) : shape_(detail::make_shape(std::move(name))) {}

  // Access is a pointer to a member, or a function from S& to a reference.
  template <class Access, class V>
  TableOf& required(std::string key, Access access, Schema<V> schema) {
    return add(std::move(key), Presence::kRequired, access, std::move(schema));
  }
  // Without the key the member keeps what S() gives it (nothing, in a std::optional).
  template <class Access, class V>
  TableOf& optional(std::string key, Access access, Schema<V> schema) {
    return add(std::move(key), Presence::kOptional, access, std::move(schema));
  }
  // The default is written as in the document, and must satisfy the schema.
  template <class Access, class V>
  TableOf& defaulted(std::string key, Access access, Schema<V> schema, std::string toml) {
    V value = detail::read_default(schema, toml);
    add(std::move(key), Presence::kOptional, access, std::move(schema));
    shape_.description.keys.back().default_text = std::move(toml);
    shape_.fields.back().set_default = [access, value = std::move(value)](void* target) {
      std::invoke(access, *static_cast<S*>(target)) = value;
    };
    return *this;
  }
  // Exactly one of the keys must be there, and gives the member its value.
  template <class Access, class V>
  TableOf& exactly_one_of(Access access, std::vector<Option<V>> options, std::string why = "") {
    Group group{Group::Rule::kExactlyOne, {}, std::move(why)};
    for (Option<V>& one : options) {
      group.keys.push_back(one.key);
      add(std::move(one.key), Presence::kOptional, access, std::move(one.schema)).doc(one.doc);
    }
    detail::add_group(shape_, std::move(group));
    return *this;
  }

  TableOf& doc(std::string text) {
    shape_.description.keys.back().doc = std::move(text);
    return *this;
  }
  TableOf& why(std::string text) {
    shape_.description.keys.back().why = std::move(text);
    return *this;
  }
  // The key had another name once: still read, with a warning.
  TableOf& formerly(std::string name) {
    detail::add_former_name(shape_, std::move(name));
    return *this;
  }
  // A key that once was: an error that says what to do instead.
  TableOf& removed(std::string key, std::string instead) {
    KeyDescription description;
    description.key = std::move(key);
    description.removed = std::move(instead);
    detail::add_key(shape_, std::move(description), {});
    return *this;
  }

  TableOf& at_most_one(std::vector<std::string> keys, std::string why = "") {
    detail::add_group(shape_, {Group::Rule::kAtMostOne, std::move(keys), std::move(why)});
    return *this;
  }
  TableOf& exactly_one(std::vector<std::string> keys, std::string why = "") {
    detail::add_group(shape_, {Group::Rule::kExactlyOne, std::move(keys), std::move(why)});
    return *this;
  }
  TableOf& at_least_one(std::vector<std::string> keys, std::string why = "") {
    detail::add_group(shape_, {Group::Rule::kAtLeastOne, std::move(keys), std::move(why)});
    return *this;
  }
  TableOf& all_or_none(std::vector<std::string> keys, std::string why = "") {
    detail::add_group(shape_, {Group::Rule::kAllOrNone, std::move(keys), std::move(why)});
    return *this;
  }

  // A rule over several keys, of this table or below it ("service.*.listen"). It is asked only when
  // everything it uses is right (missing and defaulted keys are right), whatever else is wrong.
  TableOf& rule(std::string words, const std::vector<std::string>& uses,
                std::function<void(const S&, At&)> check) {
    detail::Rule rule;
    for (const std::string& use : uses)
      rule.uses.push_back(detail::pattern_path(use));
    rule.check = [check = std::move(check)](const void* target, At& at) {
      check(*static_cast<const S*>(target), at);
    };
    shape_.rules.push_back(std::move(rule));
    shape_.description.rules.push_back(std::move(words));
    return *this;
  }

  Schema<S> schema() const {
    Description description = shape_.description;
    return Schema<S>(std::move(description),
                     [shape = shape_](Context& context, const Value& value) {
                       S target{};
                       switch (detail::read_table(context, value, shape, &target)) {
                         case detail::Outcome::kNothing:
                           return Parsed<S>();
                         case detail::Outcome::kPartial:
                           return Parsed<S>(std::move(target), false);
                         case detail::Outcome::kWhole:
                           break;
                       }
                       return Parsed<S>(std::move(target));
                     });
  }
  operator Schema<S>() const { return schema(); }  // NOLINT

 private:
  template <class Access, class V>
  TableOf& add(std::string key, Presence presence, Access access, Schema<V> schema) {
    KeyDescription description;
    description.key = std::move(key);
    description.presence = presence;
    description.value = schema.description();
    detail::Field field;
    field.read = [access, schema = std::move(schema)](Context& context, const Value& value,
                                                      void* target) {
      Parsed<V> parsed = schema.read(context, value);
      if (!parsed.value) return detail::Outcome::kNothing;
      std::invoke(access, *static_cast<S*>(target)) = *std::move(parsed.value);
      return parsed.whole ? detail::Outcome::kWhole : detail::Outcome::kPartial;
    };
    detail::add_key(shape_, std::move(description), std::move(field));
    return *this;
  }

  detail::TableShape shape_;
};

template <class V>
V detail::read_default(const Schema<V>& schema, const std::string& toml) {
  Value value = default_value(toml);
  Context context(schema.description(), value, {});
  Parsed<V> parsed = schema.read(context, value);
  HAMMOCK_ASSERT(parsed.whole);
  return *std::move(parsed.value);
}

}  // namespace hammock::schema
