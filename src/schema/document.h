// A parsed document that remembers where everything stands.
//
// A Value is a boolean, an integer, a number, a string, a date or time (as written), an array or a
// table; there is no null. Every value has the span of its text, and every entry of a table has the
// span of its key. The span of a table written with a header, [service.web], is that header; of an
// inline table its braces; of a table made by dotted keys the key that made it. Entries keep the
// order of the document.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "schema/span.h"

namespace hammock::schema {

struct Value;
struct Entry;

using Array = std::vector<Value>;

// An unquoted date, time or date-time, exactly as it was written.
struct Moment {
  std::string text;
  friend bool operator==(const Moment&, const Moment&) = default;
};

class Table {
 public:
  // Here an Entry is incomplete, so what copies or destroys entries stands in the .cc.
  Table();
  Table(const Table&);
  Table(Table&&) noexcept;
  Table& operator=(const Table&);
  Table& operator=(Table&&) noexcept;
  ~Table();
  // The key must not be present yet.
  void add(Entry entry);
  // Nothing for a missing key. The pointer lives as long as the table is unchanged.
  const Entry* find(std::string_view key) const;
  const std::vector<Entry>& entries() const { return entries_; }
  std::size_t size() const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  std::vector<Entry> entries_;
  // Filled only once the table is too large to be searched from end to end.
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> index_;
};

enum class Kind : unsigned { kBoolean, kInteger, kNumber, kString, kMoment, kArray, kTable };

struct Value {
  std::variant<bool, std::int64_t, double, std::string, Moment, Array, Table> data;
  Span span;

  Kind kind() const { return static_cast<Kind>(data.index()); }
  const bool* boolean() const { return std::get_if<bool>(&data); }
  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&data); }
  const double* number() const { return std::get_if<double>(&data); }
  const std::string* string() const { return std::get_if<std::string>(&data); }
  const Moment* moment() const { return std::get_if<Moment>(&data); }
  const Array* array() const { return std::get_if<Array>(&data); }
  const Table* table() const { return std::get_if<Table>(&data); }
};

struct Entry {
  std::string key;
  Span key_span;
  Value value;
};

struct Document {
  std::string file;  // as it is shown to people
  std::string text;
  Value root;  // always a table
};

// What is found by walking a path: the value, and the key that names it (no key for an array item
// and for the root).
struct Place {
  const Value* value;
  const Entry* entry;
  // The key when there is one, else the value.
  const Span& key_span() const;
};
std::optional<Place> locate(const Value& from, const Path& path);

// "a string", "an integer", "a table": with the article.
std::string_view kind_text(Kind kind);

// The value as people are shown it: `the string "8O80"`, `the integer 5`, `a list of 3`, `a table`.
// Long text is cut.
std::string show(const Value& value);

// At most 60 bytes and "…".
std::string shorten(std::string_view text);

// text as a TOML basic string, with its quotes.
std::string quote(std::string_view text);

}  // namespace hammock::schema
