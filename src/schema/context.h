// What a validator sees besides the value: where it is, and where to complain.
//
// One Context lives for one reading of one document. Validators push what they go through; the path
// is copied only when something is wrong. A validator that returns nothing has complained (or
// stands on something that was already complained about), so whoever uses it stays silent.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "schema/description.h"
#include "schema/diagnostic.h"
#include "schema/document.h"

namespace hammock::schema {

// A string that names an entry of a collection ("service"), as it was found.
struct Reference {
  std::string collection;
  std::string name;
  std::string edge;    // not empty: part of the graph of that name, which must have no cycle
  std::size_t owner;   // the named entry around it; kNoOwner outside of all
  std::string anchor;  // of the documentation
  Path path;
  Span span;
};

// An entry of a collection: what references may name.
struct NamedEntry {
  std::string collection;
  std::string name;
  Span span;  // of its key
  Path path;
};

inline constexpr std::size_t kNoOwner = static_cast<std::size_t>(-1);

struct ReadOptions {
  std::string doc_base;  // put before the anchor: "docs/configuration.md"
};

class Context {
 public:
  Context(const Description& root, const Value& document, ReadOptions options);

  // A complaint about a value, or about any other place. The reference is good until the next one.
  Diagnostic& error(std::string_view code, const Value& at, std::string message);
  Diagnostic& error_at(std::string_view code, const Span& span, std::string message);
  Diagnostic& warning_at(std::string_view code, const Span& span, std::string message);
  // "expected X, got Y", with both filled in.
  Diagnostic& wrong_type(const Value& at, const Description& expected);
  // The value in words, or "(hidden)" inside of a secret.
  std::string shown(const Value& value) const;

  // The path. A wildcard step is a name of the user's (the key of a map).
  struct Step {
    std::string_view key;
    std::size_t index;
    enum class Type { kKey, kName, kIndex } type;
  };
  void push(Step step) { steps_.push_back(step); }
  void pop() { steps_.pop_back(); }
  Path path() const;
  std::size_t depth() const { return steps_.size(); }
  // "service-restart-backoff": the keys, without names and indices.
  std::string anchor() const;
  // For a key that the reference cannot know: the diagnostic points to its table.
  void point_to_table(Diagnostic& d) const;

  // Secrets: while hidden, no message shows a value, and snippets mask them.
  void hide(const Span& span) {
    ++hidden_;
    secrets_.push_back(span);
  }
  void unhide() { --hidden_; }
  bool is_hidden() const { return hidden_ > 0; }

  // The tag of a tagged union stands among the keys of the table that it chooses: the next table
  // read from this value passes over it.
  void pass_over(const Value& table, std::string_view key) { passed_ = {&table, key}; }
  bool passes_over(const Value& table, std::string_view key) const {
    return passed_.first == &table && passed_.second == key;
  }

  // References and the entries they may name.
  std::size_t add_entry(std::string collection, std::string_view name, const Span& span);
  void enter_entry(std::size_t entry) { owners_.push_back(entry); }
  void leave_entry() { owners_.pop_back(); }
  void add_reference(std::string collection, std::string name, std::string edge,
                     const Value& value);
  const std::vector<NamedEntry>& entries() const { return entries_; }
  const std::vector<Reference>& references() const { return references_; }

  // Trying a branch: everything since the mark can be taken back.
  struct Mark {
    std::size_t diagnostics, references, entries, errors;
  };
  Mark mark() const;
  void rollback(const Mark& mark);
  // rollback, but the diagnostics are handed out; restore puts them back.
  Diagnostics take(const Mark& mark);
  void restore(Diagnostics diagnostics);
  bool has_errors_since(const Mark& mark) const { return errors_ > mark.errors; }

  Diagnostics& diagnostics() { return diagnostics_; }
  const std::vector<Span>& secrets() const { return secrets_; }
  const Value& document() const { return *document_; }

  // Where in the schema a key is known: "[service.*.restart]", in the order of the schema.
  const std::vector<std::string>& places_of(std::string_view key);

 private:
  Diagnostic& add(std::string_view code, const Span& span, std::string message);

  const Description* root_;
  const Value* document_;
  ReadOptions options_;
  std::vector<Step> steps_;
  std::vector<std::size_t> owners_;
  std::pair<const Value*, std::string_view> passed_{nullptr, {}};
  int hidden_ = 0;
  std::size_t errors_ = 0;
  Diagnostics diagnostics_;
  std::vector<Span> secrets_;
  std::vector<Reference> references_;
  std::vector<NamedEntry> entries_;
  bool places_known_ = false;
  std::unordered_map<std::string, std::vector<std::string>> places_;
};

// Keeps a step on the path for as long as it lives.
class InStep {
 public:
  InStep(Context& context, Context::Step step) : context_(context) { context.push(step); }
  ~InStep() { context_.pop(); }
  InStep(const InStep&) = delete;
  InStep& operator=(const InStep&) = delete;

 private:
  Context& context_;
};

inline Context::Step key_step(std::string_view key) {
  return {key, 0, Context::Step::Type::kKey};
}
inline Context::Step name_step(std::string_view key) {
  return {key, 0, Context::Step::Type::kName};
}
inline Context::Step index_step(std::size_t index) {
  return {{}, index, Context::Step::Type::kIndex};
}

// "expected X", "got Y" put into a diagnostic of a value that has the right type.
std::string expectation(const Description& description);

}  // namespace hammock::schema
