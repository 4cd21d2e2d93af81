// One of several, all of several, and schemas that contain themselves.
//
// Prefer a union that says which branch is meant: TableOf::exactly_one_of (the key decides) or
// tagged (the value of a key decides). any_of has to guess what was meant when nothing fits; it
// then speaks of the branches that take such a value at all, and of the nearest of them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "schema/schema.h"

namespace hammock::schema {

namespace detail {
Description any_description(std::vector<SharedDescription> branches);
Description tagged_description(const std::string& tag, std::vector<std::string> names,
                               std::vector<SharedDescription> branches);
// Complains in the name of the branches that were tried, by what each of them said.
void no_branch(Context& context, const Value& value, const Description& any,
               const std::vector<std::size_t>& tried, std::vector<Diagnostics> said);
// The branch that the tag names; complains when there is none.
std::optional<std::size_t> chosen_branch(Context& context, const Value& value,
                                         const Description& description);
Description recursive_description(std::string name);

template <class V>
Schema<V> any(std::vector<Schema<V>> branches) {
  std::vector<SharedDescription> descriptions;
  for (const auto& branch : branches)
    descriptions.push_back(branch.description());
  Description description = any_description(std::move(descriptions));
  return Schema<V>(description, [branches = std::move(branches), description](Context& context,
                                                                              const Value& value) {
    std::vector<std::size_t> tried;
    std::vector<Diagnostics> said;
    for (std::size_t i = 0; i < branches.size(); ++i) {
      if (!description.of[i]->takes(value.kind())) continue;
      Context::Mark mark = context.mark();
      Parsed<V> parsed = branches[i].read(context, value);
      if (parsed.whole) return parsed;
      tried.push_back(i);
      said.push_back(context.take(mark));
    }
    no_branch(context, value, description, tried, std::move(said));
    return Parsed<V>();
  });
}

template <class V, class T>
Schema<V> as(Schema<T> schema) {
  return schema.transform([](T value) { return V(std::move(value)); });
}
}  // namespace detail

// The first that fits, in this order. V is made from what each branch gives.
template <class V, class... Ts>
Schema<V> any_of(Schema<Ts>... branches) {
  return detail::any(std::vector<Schema<V>>{detail::as<V>(std::move(branches))...});
}

// Every one must fit, each complains for itself; the value is what the first made of it.
template <class T, class... Ts>
Schema<T> all_of(Schema<T> first, Schema<Ts>... others) {
  Description description = first.description();
  description.shape = Shape::kAll;
  description.of = {first.description(), others.description()...};
  return Schema<T>(description, [first = std::move(first), ... others = std::move(others)](
                                    Context& context, const Value& value) {
    Parsed<T> parsed = first.read(context, value);
    bool others_fit = (static_cast<int>(others.read(context, value).whole) & ... & 1) != 0;
    parsed.whole = parsed.whole && others_fit;
    return parsed;
  });
}

// A T, or the word that says that there is none: there is no null in a document.
template <class T>
Schema<std::optional<T>> maybe(Schema<T> schema, std::string word = "none") {
  Description d;
  d.shape = Shape::kLiteral;
  d.expects = quote(word);
  d.choices = {d.expects};
  d.accepts = accept(Kind::kString);
  Description any = detail::any_description({schema.description(), d});
  return Schema<std::optional<T>>(
      any, [schema = std::move(schema), word, any](Context& context, const Value& value) {
        if (value.string() && *value.string() == word) {
          return Parsed<std::optional<T>>(std::optional<T>());
        }
        if (!any.takes(value.kind())) {
          context.wrong_type(value, any);
          return Parsed<std::optional<T>>();
        }
        Parsed<T> parsed = schema.read(context, value);
        if (!parsed.value) return Parsed<std::optional<T>>();
        return Parsed<std::optional<T>>(std::move(parsed.value), parsed.whole);
      });
}

// A table in which the string under the key `tag` chooses how the other keys are read. The tables
// of the branches do not list the tag.
template <class V>
struct Tagged {
  std::string name;
  Schema<V> schema;
};
template <class V, class A>
Tagged<V> branch(std::string name, Schema<A> schema) {
  return {std::move(name), detail::as<V>(std::move(schema))};
}
template <class V>
Schema<V> tagged(std::string tag, std::vector<Tagged<V>> branches) {
  std::vector<std::string> names;
  std::vector<SharedDescription> descriptions;
  for (const auto& one : branches) {
    names.push_back(one.name);
    descriptions.push_back(one.schema.description());
  }
  Description description =
      detail::tagged_description(tag, std::move(names), std::move(descriptions));
  return Schema<V>(description, [branches = std::move(branches), description](Context& context,
                                                                              const Value& value) {
    auto chosen = detail::chosen_branch(context, value, description);
    if (!chosen) return Parsed<V>();
    context.pass_over(value, description.tag);
    return branches[*chosen].schema.read(context, value);
  });
}

// A schema that contains itself: `get` is called at every reading, and must return the same schema
// each time. The depth is bounded by that of the document.
template <class T>
Schema<T> recursive(std::string name, std::function<const Schema<T>&()> get) {
  return Schema<T>(detail::recursive_description(std::move(name)),
                   [get = std::move(get)](Context& context, const Value& value) {
                     return get().read(context, value);
                   });
}

// Whatever is there, as it is there.
Schema<Value> anything();

}  // namespace hammock::schema
