#include "schema/toml.h"

#include <fmt/format.h>

#include <algorithm>

#include "schema/guard.h"
#include "schema/lines.h"

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_WINDOWS_COMPAT 0
#include <toml++/toml.h>

namespace hammock::schema {
namespace {

Span to_span(const toml::source_region& source) {
  return Span{source.begin.line, source.begin.column, source.end.line, source.end.column};
}

class Converter {
 public:
  explicit Converter(std::string_view text) : text_(text), lines_(text) {}

  Value convert(const toml::node& node) const {
    Value value{false, to_span(node.source())};
    node.visit([&](const auto& concrete) { value.data = data(concrete); });
    if (const toml::array* array = node.as_array()) value.span = array_span(*array, value);
    return value;
  }

 private:
  using Data = decltype(Value::data);

  Data data(const toml::value<bool>& node) const { return node.get(); }
  Data data(const toml::value<std::int64_t>& node) const { return node.get(); }
  Data data(const toml::value<double>& node) const { return node.get(); }
  Data data(const toml::value<std::string>& node) const { return node.get(); }
  Data data(const toml::array& node) const {
    Array array;
    array.reserve(node.size());
    for (const toml::node& item : node) array.push_back(convert(item));
    return array;
  }
  Data data(const toml::table& node) const {
    std::vector<Entry> entries;
    entries.reserve(node.size());
    for (auto&& [key, value] : node) {
      entries.push_back(Entry{std::string(key.str()), to_span(key.source()), convert(value)});
    }
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.key_span < b.key_span; });
    Table table;
    for (Entry& entry : entries) table.add(std::move(entry));
    return table;
  }
  // Dates and times: the text says it best.
  Data data(const auto& node) const {
    Span span = to_span(node.source());
    std::size_t begin = lines_.offset(span.line, span.column);
    std::size_t end = lines_.offset(span.end_line, span.end_column);
    return Moment{std::string(text_.substr(begin, end - begin))};
  }

  // An array of [[headers]] stands where its first header does.
  static Span array_span(const toml::array& node, const Value& value) {
    const Array& items = *value.array();
    bool by_headers = !items.empty() && node.front().is_table() &&
                      node.source().begin == node.front().source().begin;
    return by_headers ? items.front().span : value.span;
  }

  std::string_view text_;
  Lines lines_;
};

}  // namespace

std::expected<Document, Diagnostics> parse_toml(std::string_view text, std::string file) {
  if (auto broken = check_bytes(text)) return std::unexpected(Diagnostics{std::move(*broken)});
  toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    Diagnostic d;
    d.code = "syntax";
    d.message = std::string(parsed.error().description());
    d.span = to_span(parsed.error().source());
    return std::unexpected(Diagnostics{d});
  }
  Document document{std::move(file), std::string(text), Converter(text).convert(parsed.table())};
  document.root.span = Span{1, 1, 1, 1};
  return document;
}

}  // namespace hammock::schema
