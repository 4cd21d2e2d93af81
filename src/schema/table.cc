#include "schema/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "schema/suggest.h"
#include "schema/toml.h"

namespace hammock::schema {

Diagnostic& At::error(std::string_view code, Path where, std::string message) {
  return complain(code, std::move(where), std::move(message), false);
}

Diagnostic& At::error_at_key(std::string_view code, Path where, std::string message) {
  return complain(code, std::move(where), std::move(message), true);
}

Diagnostic& At::complain(std::string_view code, Path where, std::string message, bool at_key) {
  Path nearest = where;
  std::optional<Place> place = locate(table_, nearest);
  bool is_there = place.has_value();
  while (!place) {
    nearest.pop_back();
    place = locate(table_, nearest);
  }
  const Span& span = at_key && is_there ? place->key_span() : place->value->span;
  Diagnostic& d = context_.error_at(code, span, std::move(message));
  if (is_there && !at_key) d.got = context_.shown(*place->value);
  d.path.insert(d.path.end(), where.begin(), where.end());
  return d;
}

void At::relate(Diagnostic& diagnostic, const Path& where, std::string message) const {
  std::optional<Place> place = locate(table_, where);
  if (place) diagnostic.related.push_back({place->value->span, std::move(message)});
}

namespace detail {
namespace {

// What is known about one reading of one table.
struct Reading {
  Context& context;
  const Value& value;
  const TableShape& shape;
  std::vector<const Entry*> found;  // by field
  std::vector<bool> good;           // by field: missing, or read whole
  std::vector<bool> excused;        // by field: nobody misses it
};

const KeyDescription& key_of(const Reading& reading, std::size_t field) {
  return reading.shape.description.keys[field];
}

// The entries of a misspelt collection exist all the same: references to them are right.
void know_entries(Context& context, const Description& meant, const Value& value) {
  if (meant.shape != Shape::kMap || meant.name.empty() || !value.table()) return;
  for (const Entry& entry : value.table()->entries()) {
    context.add_entry(meant.name, entry.key, entry.key_span);
  }
}

void unknown_key(Reading& reading, const Entry& entry) {
  InStep step(reading.context, key_step(entry.key));
  const TableShape& shape = reading.shape;
  Diagnostic& d = reading.context.error_at(
      "unknown-key", entry.key_span,
      shape.description.name.empty()
          ? fmt::format("unknown key `{}`", entry.key)
          : fmt::format("unknown key `{}` in a {}", entry.key, shape.description.name));
  reading.context.point_to_table(d);
  std::vector<std::string> free;  // keys that are not there yet: they are meant first
  std::vector<std::string> all;
  for (std::size_t i = 0; i < shape.fields.size(); ++i) {
    if (!key_of(reading, i).removed.empty()) continue;
    all.push_back(key_of(reading, i).key);
    // A table of names may be written in several places.
    bool is_open = key_of(reading, i).value->shape == Shape::kMap && entry.value.table();
    if (is_open || !reading.value.table()->find(all.back())) free.push_back(all.back());
  }
  auto near = nearest(entry.key, free);
  if (!near.empty()) {
    d.suggestion = near.front();
    d.help = "did you mean " + alternatives(near) + "?";
    std::size_t meant = shape.index.at(near.front());
    reading.excused[meant] = true;
    know_entries(reading.context, key_of(reading, meant).value, entry.value);
    return;
  }
  if (auto there = nearest(entry.key, all); !there.empty()) {
    d.help = fmt::format("did you mean {}, which is already there?", there.front());
  } else if (const auto& places = reading.context.places_of(entry.key); !places.empty()) {
    d.help = "valid in " + alternatives(places, 3);
  } else {
    d.help = "known here: " + alternatives(all, 30);
  }
}

void removed_key(Reading& reading, const Entry& entry, const KeyDescription& key) {
  InStep step(reading.context, key_step(entry.key));
  Diagnostic& d = reading.context.error_at("removed-key", entry.key_span,
                                           fmt::format("`{}` is no longer a key", entry.key));
  reading.context.point_to_table(d);
  d.help = key.removed;
}

void twice_by_name(Reading& reading, const Entry& first, const Entry& second,
                   const KeyDescription& key) {
  InStep step(reading.context, key_step(second.key));
  Diagnostic& d = reading.context.error_at(
      "duplicate-key", second.key_span,
      fmt::format("`{}` and `{}` are the same key", first.key, second.key));
  d.suggestion = key.key;
  d.help = fmt::format("keep `{}`, the name of today", key.key);
  d.related.push_back({first.key_span, "it is here first"});
}

void former_name(Reading& reading, const Entry& entry, const KeyDescription& key) {
  InStep step(reading.context, key_step(entry.key));
  Diagnostic& d = reading.context.warning_at("renamed-key", entry.key_span,
                                             fmt::format("`{}` is now `{}`", entry.key, key.key));
  d.suggestion = key.key;
}

void sort_entries(Reading& reading) {
  for (const Entry& entry : reading.value.table()->entries()) {
    auto known = reading.shape.index.find(entry.key);
    if (known == reading.shape.index.end()) {
      if (!reading.context.passes_over(reading.value, entry.key)) unknown_key(reading, entry);
      continue;
    }
    const KeyDescription& key = key_of(reading, known->second);
    const Entry*& place = reading.found[known->second];
    if (!key.removed.empty()) {
      removed_key(reading, entry, key);
    } else if (place) {
      twice_by_name(reading, *place, entry, key);
    } else {
      if (entry.key != key.key) former_name(reading, entry, key);
      place = &entry;
    }
  }
}

void missing_key(Reading& reading, const KeyDescription& key) {
  InStep step(reading.context, key_step(key.key));
  Diagnostic& d = reading.context.error_at("missing-key", reading.value.span,
                                           fmt::format("`{}` is missing", key.key));
  d.expected = expectation(key.value);
  d.why = !key.why.empty() ? key.why : key.value->why;
  if (!key.value->example.empty()) {
    d.suggestion = fmt::format("{} = {}", key.key, key.value->example);
  }
}

void read_fields(Reading& reading, void* target) {
  const TableShape& shape = reading.shape;
  for (std::size_t i = 0; i < shape.fields.size(); ++i) {
    const KeyDescription& key = key_of(reading, i);
    const Entry* entry = reading.found[i];
    if (entry) {
      InStep step(reading.context, key_step(entry->key));
      Context::Mark mark = reading.context.mark();
      Outcome outcome = shape.fields[i].read(reading.context, entry->value, target);
      reading.good[i] = outcome == Outcome::kWhole;
      if (!reading.good[i] && !key.why.empty()) explain_why(reading.context, mark, key.why);
    } else if (shape.fields[i].set_default) {
      shape.fields[i].set_default(target);
    } else if (key.presence == Presence::kRequired) {
      reading.good[i] = false;
      if (!reading.excused[i]) missing_key(reading, key);
    }
  }
}

std::string ticked(const std::vector<std::string>& keys, std::size_t most = 12) {
  std::vector<std::string> names;
  for (const std::string& key : keys)
    names.push_back("`" + key + "`");
  return alternatives(names, most);
}

struct GroupMembers {
  std::vector<const Entry*> there;
  std::vector<std::string> absent;
  bool is_excused = false;
};

GroupMembers members_of(const Reading& reading, const Group& group) {
  GroupMembers members;
  for (const std::string& key : group.keys) {
    std::size_t field = reading.shape.index.at(key);
    if (reading.found[field])
      members.there.push_back(reading.found[field]);
    else
      members.absent.push_back(key);
    members.is_excused = members.is_excused || reading.excused[field];
  }
  std::sort(members.there.begin(), members.there.end(),
            [](const Entry* a, const Entry* b) { return a->key_span < b->key_span; });
  return members;
}

void too_many(Reading& reading, const Group& group, const GroupMembers& members) {
  const Entry& first = *members.there.front();
  for (std::size_t i = 1; i < members.there.size(); ++i) {
    const Entry& entry = *members.there[i];
    InStep step(reading.context, key_step(entry.key));
    Diagnostic& d = reading.context.error_at(
        "exclusive-keys", entry.key_span,
        fmt::format("`{}` and `{}` exclude each other", first.key, entry.key));
    d.expected = "only one of " + ticked(group.keys);
    d.why = group.why;
    d.help = "remove one of the two";
    d.related.push_back({first.key_span, fmt::format("`{}` is set here", first.key)});
  }
}

void check_group(Reading& reading, const Group& group) {
  GroupMembers members = members_of(reading, group);
  bool only_one = group.rule == Group::Rule::kAtMostOne || group.rule == Group::Rule::kExactlyOne;
  bool some = group.rule == Group::Rule::kAtLeastOne || group.rule == Group::Rule::kExactlyOne;
  if (only_one && members.there.size() > 1) return too_many(reading, group, members);
  if (members.is_excused) return;
  if (some && members.there.empty()) {
    Diagnostic& d = reading.context.error_at(
        "missing-key", reading.value.span, fmt::format("one of {} is missing", ticked(group.keys)));
    d.expected = (group.rule == Group::Rule::kExactlyOne ? "exactly one of " : "one or more of ") +
                 ticked(group.keys);
    d.why = group.why;
  }
  bool torn = group.rule == Group::Rule::kAllOrNone && !members.there.empty();
  if (torn && !members.absent.empty()) {
    const Entry& first = *members.there.front();
    InStep step(reading.context, key_step(first.key));
    Diagnostic& d = reading.context.error_at(
        "incomplete-keys", first.key_span,
        fmt::format("`{}` needs {} beside it", first.key, ticked(members.absent)));
    d.expected = "all of " + ticked(group.keys) + ", or none";
    d.why = group.why;
  }
}

bool related_paths(const Path& pattern, const Path& path, std::size_t from) {
  std::size_t common = std::min(pattern.size(), path.size() - from);
  for (std::size_t i = 0; i < common; ++i) {
    const auto* wanted = std::get_if<std::string>(&pattern[i]);
    bool any = wanted && *wanted == "*";
    if (!any && pattern[i] != path[from + i]) return false;
  }
  return true;
}

// True when nothing that the rule uses was complained about.
bool may_ask(const Reading& reading, const Rule& rule, const Context::Mark& since) {
  std::size_t depth = reading.context.depth();
  const Diagnostics& all = reading.context.diagnostics();
  for (std::size_t i = since.diagnostics; i < all.size(); ++i) {
    if (all[i].severity != Severity::kError || all[i].path.size() < depth) continue;
    for (const Path& use : rule.uses) {
      if (all[i].path.size() > depth && related_paths(use, all[i].path, depth)) return false;
    }
  }
  for (const Path& use : rule.uses) {
    const auto* key = std::get_if<std::string>(&use.front());
    auto field = reading.shape.index.find(*key);
    if (use.size() == 1 && field != reading.shape.index.end() && !reading.good[field->second]) {
      return false;
    }
  }
  return true;
}

}  // namespace

TableShape make_shape(std::string name) {
  TableShape shape;
  shape.description.shape = Shape::kTable;
  shape.description.name = std::move(name);
  shape.description.expects = "a table";
  shape.description.accepts = accept(Kind::kTable);
  return shape;
}

void add_key(TableShape& shape, KeyDescription key, Field field) {
  bool is_new = shape.index.emplace(key.key, shape.fields.size()).second;
  HAMMOCK_ASSERT(is_new);
  shape.description.keys.push_back(std::move(key));
  shape.fields.push_back(std::move(field));
}

void add_former_name(TableShape& shape, std::string name) {
  bool is_new = shape.index.emplace(name, shape.fields.size() - 1).second;
  HAMMOCK_ASSERT(is_new);
  shape.description.keys.back().former_names.push_back(std::move(name));
}

void add_group(TableShape& shape, Group group) {
  for (const std::string& key : group.keys)
    HAMMOCK_ASSERT(shape.index.contains(key));
  shape.description.groups.push_back(std::move(group));
}

Path pattern_path(std::string_view text) {
  Path path;
  std::size_t begin = 0;
  while (true) {
    std::size_t dot = text.find('.', begin);
    path.emplace_back(std::string(text.substr(begin, dot - begin)));
    if (dot == std::string_view::npos) return path;
    begin = dot + 1;
  }
}

Outcome read_table(Context& context, const Value& value, const TableShape& shape, void* target) {
  if (!value.table()) {
    context.wrong_type(value, shape.description);
    return Outcome::kNothing;
  }
  std::size_t count = shape.fields.size();
  Reading reading{context,
                  value,
                  shape,
                  std::vector<const Entry*>(count, nullptr),
                  std::vector<bool>(count, true),
                  std::vector<bool>(count, false)};
  Context::Mark mark = context.mark();
  sort_entries(reading);
  read_fields(reading, target);
  for (const Group& group : shape.description.groups)
    check_group(reading, group);
  bool whole = !context.has_errors_since(mark);
  for (bool good : reading.good)
    whole = whole && good;
  for (const Rule& rule : shape.rules) {
    if (!whole && !may_ask(reading, rule, mark)) continue;
    Context::Mark before = context.mark();
    At at(context, value);
    rule.check(target, at);
    whole = whole && !context.has_errors_since(before);
  }
  return whole ? Outcome::kWhole : Outcome::kPartial;
}

Value default_value(const std::string& toml) {
  auto document = parse_toml("value = " + toml, "default");
  HAMMOCK_ASSERT(document.has_value());
  return document->root.table()->find("value")->value;
}

}  // namespace detail
}  // namespace hammock::schema
