#include "schema/outline.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "schema/guard.h"
#include "schema/lines.h"

namespace hammock::schema {
namespace {

bool is_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

class Outliner {
 public:
  explicit Outliner(std::string_view text) : text_(text) {}

  std::vector<Statement> run() {
    while (true) {
      while (at_ < text_.size() && is_space(text_[at_]))
        ++at_;
      if (at_ == text_.size()) return std::move(statements_);
      if (text_[at_] == '#')
        to_line_end();
      else
        read_statement();
    }
  }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  bool sees(char c) const { return at_ < text_.size() && text_[at_] == c; }
  void skip_blanks() {
    while (sees(' ') || sees('\t'))
      ++at_;
  }
  void to_line_end() { at_ = std::min(text_.find('\n', at_), text_.size()); }

  void read_statement() {
    Statement statement{Statement::Type::kUnreadable, at_, at_, {}, 0, 0};
    bool is_header = sees('[');
    bool is_array = text_.substr(at_, 2) == "[[";
    if (is_header) at_ += is_array ? 2 : 1;
    statement.keys = read_keys();
    skip_blanks();
    if (is_header && sees(']') && !statement.keys.empty()) {
      at_ += is_array ? 2 : 1;
      at_ = std::min(at_, text_.size());
      statement.type = is_array ? Statement::Type::kArrayHeader : Statement::Type::kHeader;
    } else if (!is_header && sees('=') && !statement.keys.empty()) {
      ++at_;
      skip_blanks();
      statement.value = at_;
      statement.type = Statement::Type::kAssignment;
      std::size_t place = statements_.size();
      statements_.push_back(statement);
      skip_value();
      statements_[place].end = at_;
      return;
    } else {
      to_line_end();
    }
    statement.end = at_;
    statements_.push_back(std::move(statement));
  }

  // a . "b c" . d; what was read when something else comes.
  std::vector<OutlineKey> read_keys() {
    std::vector<OutlineKey> keys;
    while (true) {
      skip_blanks();
      std::size_t begin = at_;
      if (sees('"') || sees('\'')) {
        at_ = skip_string(text_, at_);
        std::size_t length = at_ - begin;
        std::size_t inner = length >= 2 ? length - 2 : 0;
        keys.push_back({std::string(text_.substr(begin + 1, inner)), begin, at_});
      } else {
        while (at_ < text_.size() && is_bare(text_[at_]))
          ++at_;
        if (at_ == begin) return keys;
        keys.push_back({std::string(text_.substr(begin, at_ - begin)), begin, at_});
      }
      skip_blanks();
      if (!sees('.')) return keys;
      ++at_;
    }
  }

  // Up to the end of the line on which the value ends. Inline tables end with their line at the
  // latest.
  void skip_value() {
    std::vector<std::size_t> open;  // 0 for an array, else the number of the inline table
    while (at_ < text_.size()) {
      char c = text_[at_];
      if (c == '"' || c == '\'') {
        at_ = skip_string(text_, at_);
      } else if (c == '\n' && (open.empty() || open.back() != 0)) {
        return;
      } else if (c == '#') {
        if (open.empty()) return;
        to_line_end();
      } else if (c == '[' || c == '{') {
        ++at_;
        open.push_back(c == '{' ? ++tables_ : 0);
        if (c == '{') read_inline_key(open.back());
      } else if (c == ']' || c == '}') {
        ++at_;
        if (!open.empty()) open.pop_back();
      } else {
        ++at_;
        if (c == ',' && !open.empty() && open.back() != 0) read_inline_key(open.back());
      }
    }
  }

  void read_inline_key(std::size_t table) {
    skip_blanks();
    std::size_t begin = at_;
    std::vector<OutlineKey> keys = read_keys();
    skip_blanks();
    if (keys.empty() || !sees('=')) return;
    statements_.push_back(
        {Statement::Type::kInlineAssignment, begin, at_, std::move(keys), at_ + 1, table});
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t tables_ = 0;
  std::vector<Statement> statements_;
};

// The tree of what is defined, by the rules of TOML 1.0 about what may be defined again.
class Definitions {
 public:
  explicit Definitions(std::string_view text) : lines_(text) {}

  void add(const Statement& statement) {
    using Type = Statement::Type;
    switch (statement.type) {
      case Type::kHeader:
        current_ = add_header(statement.keys, false);
        break;
      case Type::kArrayHeader:
        current_ = add_header(statement.keys, true);
        break;
      // Whatever this header was meant to be: its keys belong to nothing known.
      case Type::kUnreadable:
        current_ = fresh(Kind::kHeader, {});
        break;
      case Type::kAssignment:
        add_assignment(current_, statement.keys);
        break;
      case Type::kInlineAssignment: {
        auto [place, is_new] = inline_tables_.try_emplace(statement.inside, 0);
        if (is_new) place->second = fresh(Kind::kDotted, {});
        add_assignment(place->second, statement.keys);
        break;
      }
    }
  }
  Diagnostics take() { return std::move(duplicates_); }

 private:
  enum class Kind { kImplied, kHeader, kArray, kDotted, kValue };
  struct Node {
    Kind kind;
    OutlineKey key;
    std::size_t last = 0;  // the newest element of an array of tables
  };

  std::size_t fresh(Kind kind, OutlineKey key) {
    nodes_.push_back({kind, std::move(key)});
    return nodes_.size() - 1;
  }
  // The child of that name and whether it is new.
  std::pair<std::size_t, bool> child(std::size_t parent, const OutlineKey& key, Kind kind) {
    auto [place, is_new] =
        children_.try_emplace(fmt::format("{}.{}", parent, key.text), nodes_.size());
    if (is_new) fresh(kind, key);
    return {place->second, is_new};
  }

  void twice(const std::vector<OutlineKey>& keys, std::size_t upto, std::size_t first) {
    const OutlineKey& key = keys[upto];
    Diagnostic d;
    d.code = "duplicate-key";
    d.span = lines_.span(key.begin, key.end);
    for (std::size_t i = 0; i <= upto; ++i)
      d.path.emplace_back(keys[i].text);
    d.message = fmt::format("`{}` is defined twice", path_text(d.path));
    d.help = "keep one of the two";
    const OutlineKey& earlier = nodes_[first].key;
    d.related.push_back({lines_.span(earlier.begin, earlier.end), "it is defined here first"});
    duplicates_.push_back(std::move(d));
  }

  // The table that the keys of the header go into; one of its own when the header is wrong, so
  // that they are not called duplicates as well.
  std::size_t add_header(const std::vector<OutlineKey>& keys, bool is_array) {
    std::size_t table = 0;
    for (std::size_t i = 0; i + 1 < keys.size(); ++i) {
      auto [node, is_new] = child(table, keys[i], Kind::kImplied);
      if (nodes_[node].kind == Kind::kValue) {
        twice(keys, i, node);
        return fresh(Kind::kHeader, {});
      }
      table = nodes_[node].kind == Kind::kArray ? nodes_[node].last : node;
    }
    std::size_t last = keys.size() - 1;
    auto [node, is_new] = child(table, keys[last], is_array ? Kind::kArray : Kind::kHeader);
    bool may_repeat =
        is_array ? nodes_[node].kind == Kind::kArray : nodes_[node].kind == Kind::kImplied;
    if (!is_new && !may_repeat) {
      twice(keys, last, node);
      return fresh(Kind::kHeader, {});
    }
    if (is_array) {
      std::size_t element = fresh(Kind::kHeader, {});
      nodes_[node].last = element;
      return element;
    }
    nodes_[node].kind = Kind::kHeader;
    nodes_[node].key = keys[last];
    return node;
  }

  void add_assignment(std::size_t table, const std::vector<OutlineKey>& keys) {
    for (std::size_t i = 0; i + 1 < keys.size(); ++i) {
      auto [node, is_new] = child(table, keys[i], Kind::kDotted);
      if (!is_new && nodes_[node].kind != Kind::kDotted) return twice(keys, i, node);
      table = node;
    }
    auto [node, is_new] = child(table, keys.back(), Kind::kValue);
    if (!is_new) twice(keys, keys.size() - 1, node);
  }

  Lines lines_;
  std::vector<Node> nodes_{Node{Kind::kHeader, {}, 0}};
  std::unordered_map<std::string, std::size_t> children_;
  std::unordered_map<std::size_t, std::size_t> inline_tables_;
  std::size_t current_ = 0;
  Diagnostics duplicates_;
};

}  // namespace

std::vector<Statement> outline(std::string_view text) {
  return Outliner(text).run();
}

Diagnostics find_duplicates(std::string_view text, const std::vector<Statement>& statements) {
  Definitions definitions(text);
  for (const Statement& statement : statements)
    definitions.add(statement);
  return definitions.take();
}

}  // namespace hammock::schema
