#include "schema/unions.h"

#include <fmt/format.h>

#include <algorithm>

#include "schema/suggest.h"

namespace hammock::schema {
namespace detail {
namespace {

constexpr unsigned kEveryKind = (1U << (static_cast<unsigned>(Kind::kTable) + 1)) - 1;

std::string expectations(const std::vector<SharedDescription>& descriptions) {
  std::vector<std::string> all;
  for (const Description& d : descriptions) {
    std::string one = expectation(d);
    if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(std::move(one));
  }
  return alternatives(all);
}

bool is_about_node(const Diagnostics& said, std::size_t depth) {
  return std::all_of(said.begin(), said.end(),
                     [&](const Diagnostic& d) { return d.path.size() <= depth; });
}

}  // namespace

Description any_description(std::vector<SharedDescription> branches) {
  Description d;
  d.shape = Shape::kAny;
  for (const Description& one : branches)
    d.accepts |= one.accepts;
  d.expects = expectations(branches);
  d.of = std::move(branches);
  return d;
}

Description tagged_description(const std::string& tag, std::vector<std::string> names,
                               std::vector<SharedDescription> branches) {
  Description d;
  d.shape = Shape::kTagged;
  d.expects = fmt::format("a table with a `{}`", tag);
  d.accepts = accept(Kind::kTable);
  d.tag = tag;
  d.choices = std::move(names);
  d.of = std::move(branches);
  return d;
}

Description recursive_description(std::string name) {
  Description d;
  d.shape = Shape::kRecursive;
  d.expects = "a " + name;
  d.name = std::move(name);
  d.accepts = kEveryKind;
  return d;
}

void no_branch(Context& context, const Value& value, const Description& any,
               const std::vector<std::size_t>& tried, std::vector<Diagnostics> said) {
  if (tried.empty()) {
    context.wrong_type(value, any);
    return;
  }
  // The nearest branch: one that understood the value itself, with the fewest complaints.
  std::size_t depth = context.depth();
  auto rank = [&](const Diagnostics& one) {
    return std::pair(is_about_node(one, depth), one.size());
  };
  std::size_t best = 0;
  for (std::size_t i = 1; i < said.size(); ++i) {
    if (rank(said[i]) < rank(said[best])) best = i;
  }
  if (tried.size() == 1 || !is_about_node(said[best], depth)) {
    context.restore(std::move(said[best]));
    return;
  }
  std::vector<SharedDescription> candidates;
  for (std::size_t i : tried)
    candidates.push_back(any.of[i]);
  std::string wanted = expectations(candidates);
  bool same_code = std::all_of(said.begin(), said.end(), [&](const Diagnostics& one) {
    return !one.empty() && !said[0].empty() && one[0].code == said[0][0].code;
  });
  std::string suggestion;
  for (const Diagnostics& one : said) {
    if (suggestion.empty() && !one.empty()) suggestion = one[0].suggestion;
  }
  Diagnostic& d = context.error(same_code ? said[0][0].code : "no-alternative", value,
                                fmt::format("expected {}, got {}", wanted, context.shown(value)));
  d.expected = std::move(wanted);
  d.suggestion = std::move(suggestion);
}

std::optional<std::size_t> chosen_branch(Context& context, const Value& value,
                                         const Description& description) {
  const Table* table = value.table();
  if (!table) {
    context.wrong_type(value, description);
    return std::nullopt;
  }
  InStep step(context, key_step(description.tag));
  const Entry* entry = table->find(description.tag);
  if (!entry) {
    std::vector<std::string> quoted;
    for (const std::string& name : description.choices)
      quoted.push_back(quote(name));
    Diagnostic& d = context.error_at("missing-key", value.span,
                                     fmt::format("`{}` is missing", description.tag));
    d.expected = alternatives(quoted);
    for (const Entry& other : table->entries()) {
      if (nearest(other.key, {description.tag}).empty()) continue;
      d.code = "unknown-key";
      context.point_to_table(d);
      d.message = fmt::format("unknown key `{}`", other.key);
      d.span = other.key_span;
      d.path.back() = other.key;
      d.suggestion = description.tag;
    }
    return std::nullopt;
  }
  if (!entry->value.string()) {
    Description word;
    word.expects = "a string";
    context.wrong_type(entry->value, word);
    return std::nullopt;
  }
  const std::string& name = *entry->value.string();
  for (std::size_t i = 0; i < description.choices.size(); ++i) {
    if (description.choices[i] == name) return i;
  }
  wrong_choice(context, entry->value, name, description.choices);
  return std::nullopt;
}

}  // namespace detail

Schema<Value> anything() {
  Description d;
  d.expects = "a value";
  d.accepts = detail::kEveryKind;
  return Schema<Value>(std::move(d),
                       [](Context&, const Value& value) { return Parsed<Value>(value); });
}

}  // namespace hammock::schema
