#include "schema/introspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "schema/context.h"
#include "schema/suggest.h"

namespace hammock::schema {
namespace {

// A key with the path that leads to it; the root has none.
struct Item {
  std::string path;
  const KeyDescription* key;  // null for the root and for entries of maps
  const Description* value;
};

void collect(const Description& d, const std::string& path, const KeyDescription* key,
             std::vector<Item>& items) {
  items.push_back({path, key, &d});
  auto below = [&](std::string_view step) {
    return path.empty() ? std::string(step) : fmt::format("{}.{}", path, step);
  };
  for (const KeyDescription& one : d.keys) {
    if (one.removed.empty()) collect(one.value, below(one.key), &one, items);
  }
  if (d.shape == Shape::kMap) return collect(d.of[0], below("*"), nullptr, items);
  // The keys of what stands in a list, or is one of several, are reached by the same path.
  for (const Description& one : d.of) {
    std::vector<Item> inner;
    collect(one, path, key, inner);
    items.insert(items.end(), inner.begin() + 1, inner.end());
  }
}

std::vector<Item> items_of(const Description& root) {
  std::vector<Item> items;
  collect(root, "", nullptr, items);
  return items;
}

std::string anchor_of(std::string_view path) {
  std::string anchor;
  for (std::string_view step : split(path, '.')) {
    if (step == "*") continue;
    if (!anchor.empty()) anchor += '-';
    anchor += step;
  }
  return anchor;
}

std::string ticked(const std::vector<std::string>& words) {
  std::vector<std::string> names;
  for (const std::string& word : words)
    names.push_back("`" + word + "`");
  return alternatives(names, 40);
}

std::string group_text(const Group& group) {
  std::string_view rule;
  switch (group.rule) {
    case Group::Rule::kAtMostOne:
      rule = "At most one of";
      break;
    case Group::Rule::kExactlyOne:
      rule = "Exactly one of";
      break;
    case Group::Rule::kAtLeastOne:
      rule = "At least one of";
      break;
    case Group::Rule::kAllOrNone:
      rule = "All or none of";
      break;
  }
  std::string text = fmt::format("{} {}.", rule, ticked(group.keys));
  if (!group.why.empty()) text += fmt::format(" Because {}.", group.why);
  return text;
}

// "an integer from 1 to 100; at least 1 items; each only once"
std::string type_text(const Description& d) {
  std::string text = expectation(d);
  bool is_tuple = d.shape == Shape::kList && d.of.size() > 1;
  bool is_text = d.shape == Shape::kString;
  std::string_view unit = is_text ? "characters" : "entries";
  if (!is_tuple && d.min_size && *d.min_size == 1) text += ", not empty";
  if (!is_tuple && d.min_size && *d.min_size > 1) {
    text += fmt::format(", at least {} {}", *d.min_size, unit);
  }
  if (!is_tuple && d.max_size && *d.max_size != static_cast<std::size_t>(-1)) {
    text += fmt::format(", at most {} {}", *d.max_size, unit);
  }
  if (d.unique) text += ", each only once";
  if (d.secret) text += " (never shown)";
  if (d.shape == Shape::kList && !is_tuple && !d.of.empty()) {
    text += fmt::format("; each {}", type_text(d.of[0]));
  }
  return text;
}

void append_facts(std::string& out, const Item& item, std::string_view bullet) {
  auto line = [&](std::string_view label, std::string_view text) {
    if (!text.empty()) {
      fmt::format_to(std::back_inserter(out), "{}{}: {}\n", bullet, label, text);
    }
  };
  const KeyDescription* key = item.key;
  line("type", type_text(*item.value));
  if (key) {
    line("needed", key->presence == Presence::kRequired ? "always" : "no");
    line("default", key->default_text);
    line("formerly", join(key->former_names, ", "));
  }
  if (!item.value->refers_to.empty()) line("names", "a [" + item.value->refers_to + ".*]");
  line("example", item.value->example);
  line("why", key && !key->why.empty() ? key->why : item.value->why);
  for (const Group& group : item.value->groups)
    line("rule", group_text(group));
  for (const std::string& rule : item.value->rules)
    line("rule", rule);
}

bool has_keys(const Description& d) {
  return !d.keys.empty();
}

std::string doc_of(const Item& item) {
  return item.key && !item.key->doc.empty() ? item.key->doc : item.value->doc;
}

// The path as it is asked for: a name of the user's counts as "*".
bool matches(const std::vector<std::string_view>& known,
             const std::vector<std::string_view>& asked) {
  if (asked.size() > known.size()) return false;
  std::size_t skip = known.size() - asked.size();
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (known[skip + i] != "*" && known[skip + i] != asked[i]) return false;
  }
  return true;
}

}  // namespace

std::vector<std::string> all_keys(const Description& root) {
  std::vector<std::string> keys;
  for (const Item& item : items_of(root)) {
    bool is_new = std::find(keys.begin(), keys.end(), item.path) == keys.end();
    if (!item.path.empty() && is_new) keys.push_back(item.path);
  }
  return keys;
}

std::string markdown_reference(const Description& root, std::string_view title) {
  std::string out = fmt::format("# {}\n", title);
  if (!root.doc.empty()) out += "\n" + root.doc + "\n";
  for (const Item& item : items_of(root)) {
    if (item.path.empty()) continue;
    bool is_entry = item.path.ends_with(".*");
    // An entry of a map shares its anchor with the map, which came just before.
    if (is_entry && !has_keys(*item.value)) continue;
    std::string anchor = anchor_of(item.path);
    if (!is_entry) out += fmt::format("\n<a id=\"{}\"></a>\n", anchor);
    if (has_keys(*item.value) || item.value->shape == Shape::kMap) {
      out += fmt::format("\n## `[{}]`\n\n", item.path);
    } else {
      out += fmt::format("\n### `{}`\n\n", item.path);
    }
    if (std::string doc = doc_of(item); !doc.empty()) out += doc + "\n\n";
    append_facts(out, item, "- ");
  }
  return out;
}

std::expected<std::string, NoSuchKey> explain(const Description& root, std::string_view path) {
  std::vector<std::string_view> asked = split(path, '.');
  std::vector<Item> items = items_of(root);
  std::vector<const Item*> found;
  for (const Item& item : items) {
    auto known = split(item.path, '.');
    if (item.path.empty() || !matches(known, asked)) continue;
    // From the top beats from further down.
    if (known.size() == asked.size()) {
      if (!found.empty() && split(found[0]->path, '.').size() != asked.size()) found.clear();
      found.push_back(&item);
    } else if (found.empty() || split(found[0]->path, '.').size() != asked.size()) {
      // A name alone never means the entry of a map.
      if (!item.path.ends_with("*")) found.push_back(&item);
    }
  }
  std::vector<std::string> paths;
  for (const Item* item : found) {
    if (std::find(paths.begin(), paths.end(), item->path) == paths.end()) {
      paths.push_back(item->path);
    }
  }
  if (paths.size() > 1) {
    return std::unexpected(NoSuchKey{fmt::format("`{}` is several keys", path), std::move(paths)});
  }
  if (paths.empty()) {
    std::vector<std::string> near = nearest(path, all_keys(root));
    // The last step may be wrong in an otherwise right path.
    for (const std::string& known : all_keys(root)) {
      auto steps = split(known, '.');
      bool is_near = !nearest(asked.back(), {std::string(steps.back())}).empty();
      asked.back() = is_near ? steps.back() : asked.back();
      bool fits = is_near && matches(steps, asked);
      asked.back() = split(path, '.').back();
      bool is_new = std::find(near.begin(), near.end(), known) == near.end();
      if (fits && is_new && near.size() < 3) near.push_back(known);
    }
    return std::unexpected(NoSuchKey{fmt::format("there is no key `{}`", path), std::move(near)});
  }
  const Item& item = *found.front();
  std::string out = item.path + "\n";
  if (std::string doc = doc_of(item); !doc.empty()) out += "\n  " + doc + "\n";
  out += "\n";
  append_facts(out, item, "  ");
  const Description& table = item.value->shape == Shape::kMap ? *item.value->of[0] : *item.value;
  for (const KeyDescription& key : table.keys) {
    if (&key == table.keys.data()) out += "  keys:\n";
    if (key.removed.empty()) {
      fmt::format_to(std::back_inserter(out), "    {:<16} {}\n", key.key, type_text(key.value));
    }
  }
  return out;
}

}  // namespace hammock::schema
