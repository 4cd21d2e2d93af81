// What a schema says about itself: the tree from which the reference, the JSON Schema and
// `explain` are made, and from which messages take their words.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/shared.h"
#include "schema/document.h"

namespace hammock::schema {

// The JSON-like shape behind a value; what a thing is called is Description::expects.
enum class Shape {
  kAnything,
  kBoolean,
  kInteger,
  kNumber,
  kString,
  kLiteral,   // exactly choices[0], as TOML text
  kList,      // of[0] is the item
  kMap,       // of[0] is the value, of[1] the key
  kTable,     // keys
  kTagged,    // a table in which the value of the key `tag` decides; of are the tables
  kAny,       // one of `of`
  kAll,       // every one of `of`
  kRecursive  // see the description with the same name above it
};

struct Description;
struct KeyDescription;

using SharedDescription = Shared<Description>;

struct Group {
  enum class Rule { kAtMostOne, kExactlyOne, kAtLeastOne, kAllOrNone };
  Rule rule;
  std::vector<std::string> keys;
  std::string why;
};

struct Description {
  Shape shape = Shape::kAnything;
  std::string name;     // "duration"
  std::string expects;  // `a duration such as "30s"`
  std::string doc;
  std::string why;
  std::string example;               // TOML
  std::vector<std::string> choices;  // the only allowed strings
  std::string pattern;               // regular expression (ECMAScript) of the whole string
  std::string minimum, maximum;      // as text, inclusive; empty: none
  std::optional<std::size_t> min_size, max_size;  // code points, items or entries
  std::string tag;
  bool unique = false;
  bool secret = false;
  std::string refers_to;  // the collection in which a string must be a name
  unsigned accepts = 0;   // bit set of Kind
  std::vector<SharedDescription> of;
  std::vector<KeyDescription> keys;
  std::vector<Group> groups;
  std::vector<std::string> rules;  // what else must hold, in words

  bool takes(Kind kind) const { return (accepts >> static_cast<unsigned>(kind) & 1U) != 0; }
};

constexpr unsigned accept(Kind kind) {
  return 1U << static_cast<unsigned>(kind);
}

enum class Presence { kRequired, kOptional };

struct KeyDescription {
  std::string key;
  Presence presence = Presence::kOptional;
  std::string default_text;  // TOML; empty: none
  std::string doc;
  std::string why;
  std::vector<std::string> former_names;
  std::string removed;  // not empty: the key is refused, and this says what to do instead
  SharedDescription value;
};

}  // namespace hammock::schema
