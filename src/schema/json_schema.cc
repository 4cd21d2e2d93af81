#include <cstdlib>

#include "base/json.h"
#include "base/text.h"
#include "schema/introspect.h"

namespace hammock::schema {
namespace {

void write_schema(JsonWriter& json, const Description& d, const KeyDescription* key);

// TOML scalars that are JSON as well are written as they are; anything else stays a string.
void write_toml(JsonWriter& json, const std::string& toml) {
  bool is_quoted = toml.size() >= 2 && toml.front() == '"' && toml.back() == '"';
  bool is_plain = toml == "true" || toml == "false" ||
                  parse_decimal(toml.starts_with('-') ? std::string_view(toml).substr(1) : toml);
  bool is_escaped = toml.find('\\') != std::string::npos;
  if (is_plain)
    json.raw(toml);
  else if (is_quoted && !is_escaped)
    json.value(std::string_view(toml).substr(1, toml.size() - 2));
  else
    json.value(toml);
}

void write_type(JsonWriter& json, const Description& d) {
  switch (d.shape) {
    case Shape::kBoolean:
      json.member("type", "boolean");
      break;
    case Shape::kInteger:
      json.member("type", "integer");
      break;
    case Shape::kNumber:
      json.member("type", "number");
      break;
    case Shape::kString:
      json.member("type", "string");
      break;
    case Shape::kList:
      json.member("type", "array");
      break;
    case Shape::kMap:
    case Shape::kTable:
    case Shape::kTagged:
      json.member("type", "object");
      break;
    case Shape::kLiteral:
      json.member("const");
      write_toml(json, d.choices.front());
      break;
    case Shape::kAnything:
    case Shape::kAny:
    case Shape::kAll:
    case Shape::kRecursive:
      break;
  }
}

void write_limits(JsonWriter& json, const Description& d) {
  bool is_number = d.shape == Shape::kInteger || d.shape == Shape::kNumber;
  // Limits of durations and the like have no word in JSON Schema; the description says them.
  auto limit = [&](std::string_view word, const std::string& text) {
    if (!is_number || text.empty()) return;
    json.member(word);
    json.raw(text);
  };
  limit("minimum", d.minimum);
  limit("maximum", d.maximum);
  std::string_view unit = d.shape == Shape::kString ? "Length"
                          : d.shape == Shape::kList ? "Items"
                                                    : "Properties";
  if (d.min_size && *d.min_size > 0) json.member("min" + std::string(unit), *d.min_size);
  if (d.max_size && *d.max_size != static_cast<std::size_t>(-1)) {
    json.member("max" + std::string(unit), *d.max_size);
  }
  if (d.unique) json.member("uniqueItems", true);
  if (!d.pattern.empty()) json.member("pattern", "^(?:" + d.pattern + ")$");
  if (d.shape == Shape::kString && !d.choices.empty()) {
    json.member("enum");
    json.array([&] {
      for (const std::string& choice : d.choices)
        json.value(choice);
    });
  }
}

void write_words(JsonWriter& json, const std::vector<std::string>& words) {
  json.array([&] {
    for (const std::string& word : words)
      json.value(word);
  });
}

void write_group(JsonWriter& json, const Group& group) {
  auto required = [&](const std::string& key) {
    json.object([&] {
      json.member("required");
      write_words(json, {key});
    });
  };
  auto each = [&](std::string_view word) {
    json.object([&] {
      json.member(word);
      json.array([&] {
        for (const std::string& key : group.keys)
          required(key);
      });
    });
  };
  switch (group.rule) {
    case Group::Rule::kExactlyOne:
      each("oneOf");
      break;
    case Group::Rule::kAtLeastOne:
      each("anyOf");
      break;
    case Group::Rule::kAtMostOne:
      json.object([&] {
        json.member("oneOf");
        json.array([&] {
          for (const std::string& key : group.keys)
            required(key);
          json.object([&] {
            json.member("not");
            each("anyOf");
          });
        });
      });
      break;
    case Group::Rule::kAllOrNone:
      json.object([&] {
        json.member("dependentRequired");
        json.object([&] {
          for (const std::string& key : group.keys) {
            json.member(key);
            write_words(json, group.keys);
          }
        });
      });
      break;
  }
}

// `tag` and its only value are among the keys of a branch of a tagged union.
void write_keys(JsonWriter& json, const Description& d, const std::string& tag,
                const std::string& tag_value) {
  json.member("properties");
  json.object([&] {
    if (!tag.empty()) {
      json.member(tag);
      json.object([&] { json.member("const", tag_value); });
    }
    for (const KeyDescription& key : d.keys) {
      if (!key.removed.empty()) continue;
      json.member(key.key);
      json.object([&] { write_schema(json, key.value, &key); });
      for (const std::string& former : key.former_names) {
        json.member(former);
        json.object([&] {
          json.member("deprecated", true);
          json.member("description", "now " + key.key);
        });
      }
    }
  });
  std::vector<std::string> required;
  if (!tag.empty()) required.push_back(tag);
  for (const KeyDescription& key : d.keys) {
    bool may_be_former = !key.former_names.empty();
    if (key.presence == Presence::kRequired && !may_be_former) required.push_back(key.key);
  }
  if (!required.empty()) {
    json.member("required");
    write_words(json, required);
  }
  json.member("additionalProperties", false);
  if (d.groups.empty()) return;
  json.member("allOf");
  json.array([&] {
    for (const Group& group : d.groups)
      write_group(json, group);
  });
}

void write_children(JsonWriter& json, const Description& d) {
  auto child = [&](const Description& one) {
    json.object([&] { write_schema(json, one, nullptr); });
  };
  auto children = [&](std::string_view word) {
    json.member(word);
    json.array([&] {
      for (const Description& one : d.of)
        child(one);
    });
  };
  switch (d.shape) {
    case Shape::kList:
      if (d.of.size() > 1) {
        children("prefixItems");
      } else if (!d.of.empty()) {
        json.member("items");
        child(d.of[0]);
      }
      break;
    case Shape::kMap:
      json.member("additionalProperties");
      child(d.of[0]);
      json.member("propertyNames");
      child(d.of[1]);
      break;
    case Shape::kTable:
      write_keys(json, d, "", "");
      break;
    case Shape::kTagged:
      json.member("oneOf");
      json.array([&] {
        for (std::size_t i = 0; i < d.of.size(); ++i) {
          json.object([&] { write_keys(json, d.of[i], d.tag, d.choices[i]); });
        }
      });
      break;
    case Shape::kAny:
      children("anyOf");
      break;
    case Shape::kAll:
      children("allOf");
      break;
    default:
      break;
  }
}

void write_schema(JsonWriter& json, const Description& d, const KeyDescription* key) {
  write_type(json, d);
  std::string text = key && !key->doc.empty() ? key->doc : d.doc;
  if (text.empty() && d.shape == Shape::kString) text = d.expects;
  if (!text.empty()) json.member("description", text);
  if (key && !key->default_text.empty()) {
    json.member("default");
    write_toml(json, key->default_text);
  }
  if (!d.example.empty()) {
    json.member("examples");
    json.array([&] { write_toml(json, d.example); });
  }
  if (d.secret) json.member("writeOnly", true);
  write_limits(json, d);
  write_children(json, d);
}

}  // namespace

std::string json_schema(const Description& root, std::string_view title) {
  JsonWriter json;
  json.object([&] {
    json.member("$schema", "https://json-schema.org/draft/2020-12/schema");
    json.member("title", title);
    write_schema(json, root, nullptr);
  });
  return json.text() + "\n";
}

}  // namespace hammock::schema
