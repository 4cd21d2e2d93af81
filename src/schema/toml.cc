#include "schema/toml.h"

#include <fmt/format.h>

#include <algorithm>

#include "schema/guard.h"
#include "schema/lines.h"
#include "schema/outline.h"

// Its own assertions are wrong about input: a header like [&] violates one, though the next lines
// of the parser report it properly. The fuzzer watches over what they would have caught.
#define TOML_ASSERT(expr) static_cast<void>(0)
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
    for (const toml::node& item : node)
      array.push_back(convert(item));
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
    for (Entry& entry : entries)
      table.add(std::move(entry));
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

// How much is parsed again, in bytes, to find the syntax errors behind the first one.
constexpr std::size_t kMostReparsedBytes = 4 << 20;
constexpr std::size_t kMostSyntaxErrors = 20;

bool is_word(char c) {
  return std::string_view(" \t\r\n,]}[{#=").find(c) == std::string_view::npos;
}

// True when a string begins there and is not closed: it is wrong from its quote on.
bool is_open_string(std::string_view text, std::size_t begin) {
  if (begin >= text.size() || (text[begin] != '"' && text[begin] != '\'')) return false;
  std::string_view mark = text.substr(begin, 3);
  bool is_long = mark == R"(""")" || mark == "'''";
  if (!is_long) mark = mark.substr(0, 1);
  std::string_view all = text.substr(begin, skip_string(text, begin) - begin);
  return all.size() < 2 * mark.size() || !all.ends_with(mark);
}

// The offending token around the place that the parser names, which may be in its middle or just
// behind it.
std::pair<std::size_t, std::size_t> token_at(std::string_view text, std::size_t at,
                                             const Statement* statement) {
  bool has_value = statement && statement->type == Statement::Type::kAssignment;
  std::size_t floor = statement ? statement->begin : at;
  if (has_value && at >= statement->value) floor = statement->value;
  if (has_value && at >= statement->value && is_open_string(text, statement->value)) {
    std::size_t end = std::min(text.find('\n', statement->value), text.size());
    return {statement->value, end};
  }
  std::size_t begin = at;
  while (begin > floor && is_word(text[begin - 1]))
    --begin;
  std::size_t end = at;
  while (end < text.size() && is_word(text[end]))
    ++end;
  if (end == begin && end < text.size() && text[end] != '\n' && text[end] != '\r') ++end;
  return {begin, end};
}

Diagnostic syntax_error(std::string_view text, const toml::parse_error& error, std::size_t at,
                        const Statement* statement) {
  auto [begin, end] = token_at(text, at, statement);
  std::string_view token = text.substr(begin, end - begin);
  std::string_view description = error.description();
  constexpr std::string_view kPrefix = "Error while parsing ";
  if (description.starts_with(kPrefix)) description.remove_prefix(kPrefix.size());
  auto says = [&](std::string_view part) {
    return description.find(part) != std::string_view::npos;
  };
  Diagnostic d;
  d.code = "syntax";
  d.span = Lines(text).span(begin, end);
  if (statement) {
    for (const OutlineKey& key : statement->keys)
      d.path.emplace_back(key.text);
  }
  if (says("could not determine value type") || says("boolean: expected")) {
    d.message = fmt::format("`{}` is not a value", shorten(token));
    d.expected = "a string in quotes, a number, true, false, a list or a table";
    d.suggestion = quote(token);
    d.help = "text stands in quotes";
  } else if (says("key-value pair: expected value") || says("key-value pair: encountered end")) {
    d.message = "a value is missing";
    d.expected = "a string in quotes, a number, true, false, a list or a table";
  } else if (!token.empty() && is_open_string(text, begin)) {
    d.message = fmt::format("the string is not closed with {}", token[0]);
    d.help = "a string of several lines stands between three quotes";
  } else if (says("is not representable in 64 bits")) {
    d.message = "the number does not fit into 64 bits";
  } else {
    d.message = description;
  }
  return d;
}

const Statement* statement_at(const std::vector<Statement>& statements, std::size_t at) {
  const Statement* found = nullptr;
  for (const Statement& statement : statements) {
    if (statement.begin > at) break;
    if (statement.type != Statement::Type::kInlineAssignment) found = &statement;
  }
  return found;
}

// Everything that is wrong with a text that the parser refused: it stops at its first error, so the
// statement with the error is blanked out and the rest is parsed again.
Diagnostics refuse(std::string_view text, toml::parse_error error) {
  std::vector<Statement> statements = outline(text);
  Diagnostics all = find_duplicates(text, statements);
  std::string rest(text);
  Lines lines(text);
  for (std::size_t tries = 0;; ++tries) {
    std::size_t at = lines.offset(error.source().begin.line, error.source().begin.column);
    const Statement* statement = statement_at(statements, at);
    std::string_view description = error.description();
    bool is_duplicate = description.find("redefine") != std::string_view::npos ||
                        description.find("cannot insert") != std::string_view::npos;
    if (!is_duplicate || all.empty()) all.push_back(syntax_error(text, error, at, statement));
    if (!statement || tries == kMostSyntaxErrors || tries * text.size() > kMostReparsedBytes) break;
    std::size_t end = std::max(statement->end, std::min(at + 1, text.size()));
    bool was_blank = true;
    for (std::size_t i = statement->begin; i < end; ++i) {
      if (rest[i] == '\n' || rest[i] == '\r') continue;
      was_blank = was_blank && rest[i] == ' ';
      // A continuation byte would no longer be UTF-8 behind a blank: the whole statement goes.
      rest[i] = ' ';
    }
    // A blanked quote or comment may have laid bare what the parser must not see.
    if (was_blank || check_bytes(rest)) break;
    toml::parse_result again = toml::parse(std::string_view(rest));
    if (again) break;
    error = std::move(again).error();
  }
  sort(all);
  return all;
}

}  // namespace

std::expected<Document, Diagnostics> parse_toml(std::string_view text, std::string file) {
  if (auto broken = check_bytes(text)) return std::unexpected(Diagnostics{std::move(*broken)});
  toml::parse_result parsed = toml::parse(text);
  if (!parsed) return std::unexpected(refuse(text, std::move(parsed).error()));
  Document document{std::move(file), std::string(text), Converter(text).convert(parsed.table())};
  document.root.span = Span{1, 1, 1, 1};
  return document;
}

}  // namespace hammock::schema
