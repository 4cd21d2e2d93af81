#include "schema/context.h"

#include <fmt/format.h>

#include <iterator>

#include "base/assert.h"

namespace hammock::schema {
namespace {

std::string item_text(const Description& d) {
  std::string text = d.expects.empty() ? "a value" : d.expects;
  if (!d.minimum.empty() && !d.maximum.empty()) {
    text += fmt::format(" from {} to {}", d.minimum, d.maximum);
  } else if (!d.minimum.empty()) {
    text += fmt::format(" of at least {}", d.minimum);
  } else if (!d.maximum.empty()) {
    text += fmt::format(" of at most {}", d.maximum);
  }
  return text;
}

// Collects under every key the tables in which it is known. Recursive schemas end by themselves:
// their description names the one above instead of repeating it.
void collect_places(const Description& d, const std::string& table,
                    std::unordered_map<std::string, std::vector<std::string>>& places) {
  for (const KeyDescription& key : d.keys) {
    if (key.removed.empty()) {
      auto& known = places[key.key];
      std::string place = table.empty() ? "the top of the file" : "[" + table + "]";
      if (known.empty() || known.back() != place) known.push_back(std::move(place));
    }
    collect_places(key.value, table.empty() ? key.key : table + "." + key.key, places);
  }
  std::string inner = d.shape == Shape::kMap ? table + ".*" : table;
  for (std::size_t i = 0; i < d.of.size(); ++i) {
    if (d.shape != Shape::kMap || i == 0) collect_places(d.of[i], inner, places);
  }
}

std::string fragment(const std::string& anchor) {
  return anchor.empty() ? "" : "#" + anchor;
}

}  // namespace

std::string expectation(const Description& d) {
  return item_text(d);
}

Context::Context(const Description& root, const Value& document, ReadOptions options)
    : root_(&root), document_(&document), options_(std::move(options)) {}

Diagnostic& Context::add(std::string_view code, const Span& span, std::string message) {
  Diagnostic& d = diagnostics_.emplace_back();
  d.code = code;
  d.span = span;
  d.message = std::move(message);
  d.path = path();
  if (!options_.doc_base.empty()) d.doc = options_.doc_base + fragment(anchor());
  ++errors_;
  return d;
}

Diagnostic& Context::error(std::string_view code, const Value& at, std::string message) {
  Diagnostic& d = add(code, at.span, std::move(message));
  d.got = shown(at);
  return d;
}

Diagnostic& Context::error_at(std::string_view code, const Span& span, std::string message) {
  return add(code, span, std::move(message));
}

Diagnostic& Context::warning_at(std::string_view code, const Span& span, std::string message) {
  Diagnostic& d = add(code, span, std::move(message));
  d.severity = Severity::kWarning;
  --errors_;
  return d;
}

Diagnostic& Context::wrong_type(const Value& at, const Description& expected) {
  std::string wanted = expectation(expected);
  Diagnostic& d = error("wrong-type", at, fmt::format("expected {}, got {}", wanted, shown(at)));
  d.expected = std::move(wanted);
  if (!expected.example.empty()) d.help = "for example " + expected.example;
  return d;
}

std::string Context::shown(const Value& value) const {
  if (!is_hidden()) return show(value);
  return value.string() ? "a string (hidden)" : std::string(kind_text(value.kind())) + " (hidden)";
}

Path Context::path() const {
  Path path;
  path.reserve(steps_.size());
  for (const Step& step : steps_) {
    if (step.type == Step::Type::kIndex)
      path.emplace_back(step.index);
    else
      path.emplace_back(std::string(step.key));
  }
  return path;
}

std::string Context::anchor() const {
  std::string text;
  for (const Step& step : steps_) {
    if (step.type != Step::Type::kKey) continue;
    if (!text.empty()) text += '-';
    text += step.key;
  }
  return text;
}

void Context::point_to_table(Diagnostic& d) const {
  if (options_.doc_base.empty()) return;
  std::string of_key = anchor();
  std::size_t last = steps_.empty() ? 0 : steps_.back().key.size() + 1;
  d.doc =
      options_.doc_base + fragment(of_key.substr(0, of_key.size() - std::min(of_key.size(), last)));
}

std::size_t Context::add_entry(std::string collection, std::string_view name, const Span& span) {
  entries_.push_back({std::move(collection), std::string(name), span, path()});
  return entries_.size() - 1;
}

void Context::add_reference(std::string collection, std::string name, std::string edge,
                            const Value& value) {
  std::size_t owner = owners_.empty() ? kNoOwner : owners_.back();
  references_.push_back({std::move(collection), std::move(name), std::move(edge), owner, anchor(),
                         path(), value.span});
}

Context::Mark Context::mark() const {
  return {diagnostics_.size(), references_.size(), entries_.size(), errors_};
}

void Context::rollback(const Mark& mark) {
  take(mark);
}

Diagnostics Context::take(const Mark& mark) {
  auto first = diagnostics_.begin() + static_cast<std::ptrdiff_t>(mark.diagnostics);
  Diagnostics taken(std::make_move_iterator(first), std::make_move_iterator(diagnostics_.end()));
  diagnostics_.erase(first, diagnostics_.end());
  references_.erase(references_.begin() + static_cast<std::ptrdiff_t>(mark.references),
                    references_.end());
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(mark.entries), entries_.end());
  errors_ = mark.errors;
  // What a branch took for a secret stays hidden, whichever branch is taken in the end.
  return taken;
}

void Context::restore(Diagnostics diagnostics) {
  for (Diagnostic& d : diagnostics) {
    if (d.severity == Severity::kError) ++errors_;
    diagnostics_.push_back(std::move(d));
  }
}

const std::vector<std::string>& Context::places_of(std::string_view key) {
  if (!places_known_) {
    collect_places(*root_, "", places_);
    places_known_ = true;
  }
  static const std::vector<std::string> kNowhere;
  auto found = places_.find(std::string(key));
  return found == places_.end() ? kNowhere : found->second;
}

}  // namespace hammock::schema
