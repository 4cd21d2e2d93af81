#include "schema/document.h"

#include <fmt/format.h>

#include "base/assert.h"
#include "base/text.h"
#include "base/variant.h"

namespace hammock::schema {
namespace {

constexpr std::size_t kSearchedFromEndToEnd = 12;
constexpr std::size_t kShownBytes = 60;

bool is_bare_key(std::string_view key) {
  if (key.empty()) return false;
  for (char c : key) {
    bool bare = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                c == '_' || c == '-' || c == '*';
    if (!bare) return false;
  }
  return true;
}

}  // namespace

std::string shorten(std::string_view text) {
  if (text.size() <= kShownBytes) return std::string(text);
  std::size_t end = kShownBytes;
  // Never inside of a code point.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;
  return std::string(text.substr(0, end)) + "…";
}

std::string path_text(const Path& path) {
  std::string text;
  for (const PathStep& step : path) {
    match(
        step,
        [&](const std::string& key) {
          if (!text.empty()) text += '.';
          text += is_bare_key(key) ? key : quote(key);
        },
        [&](std::size_t index) { text += fmt::format("[{}]", index); });
  }
  return text;
}

Table::Table() = default;
Table::Table(const Table&) = default;
Table::Table(Table&&) noexcept = default;
Table& Table::operator=(const Table&) = default;
Table& Table::operator=(Table&&) noexcept = default;
Table::~Table() = default;

std::size_t Table::size() const {
  return entries_.size();
}

void Table::add(Entry entry) {
  HAMMOCK_ASSERT(find(entry.key) == nullptr);
  if (!index_.empty()) index_.emplace(entry.key, entries_.size());
  entries_.push_back(std::move(entry));
  if (index_.empty() && entries_.size() > kSearchedFromEndToEnd) {
    for (std::size_t i = 0; i < entries_.size(); ++i)
      index_.emplace(entries_[i].key, i);
  }
}

const Entry* Table::find(std::string_view key) const {
  if (!index_.empty()) {
    auto found = index_.find(key);
    return found == index_.end() ? nullptr : &entries_[found->second];
  }
  for (const Entry& entry : entries_) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

const Span& Place::key_span() const {
  return entry ? entry->key_span : value->span;
}

std::optional<Place> locate(const Value& from, const Path& path) {
  Place place{&from, nullptr};
  for (const PathStep& step : path) {
    if (const auto* key = std::get_if<std::string>(&step)) {
      const Table* table = place.value->table();
      const Entry* entry = table ? table->find(*key) : nullptr;
      if (!entry) return std::nullopt;
      place = Place{&entry->value, entry};
    } else {
      const Array* array = place.value->array();
      std::size_t index = std::get<std::size_t>(step);
      if (!array || index >= array->size()) return std::nullopt;
      place = Place{&(*array)[index], nullptr};
    }
  }
  return place;
}

std::string_view kind_text(Kind kind) {
  switch (kind) {
    case Kind::kBoolean:
      return "true or false";
    case Kind::kInteger:
      return "an integer";
    case Kind::kNumber:
      return "a number";
    case Kind::kString:
      return "a string";
    case Kind::kMoment:
      return "a date or time";
    case Kind::kArray:
      return "a list";
    case Kind::kTable:
      return "a table";
  }
  return "";
}

std::string show(const Value& value) {
  return match(
      value.data, [](bool flag) { return std::string(flag ? "true" : "false"); },
      [](std::int64_t number) { return fmt::format("the integer {}", number); },
      [](double number) { return fmt::format("the number {}", number); },
      [](const std::string& text) {
        return "the string " + (text.empty() ? "\"\"" : quote(shorten(text)));
      },
      [](const Moment& moment) { return "the date or time " + moment.text; },
      [](const Array& array) {
        return array.empty() ? std::string("an empty list")
                             : fmt::format("a list of {}", array.size());
      },
      [](const Table& table) {
        return std::string(table.size() == 0 ? "an empty table" : "a table");
      });
}

std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (c == '\r') {
      quoted += "\\r";
    } else if (byte < 0x20 || byte == 0x7F) {
      quoted += fmt::format("\\u{:04X}", byte);
    } else {
      quoted += c;
    }
  }
  quoted += '"';
  return quoted;
}

}  // namespace hammock::schema
