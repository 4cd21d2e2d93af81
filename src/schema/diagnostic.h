// What is wrong with a document, for people and for programs.
//
// A diagnostic has a stable code, the exact span of the offending token, and as much as is known
// of: what was expected, what was found, why the rule exists, what to write instead, and other
// places that matter. Diagnostics are sorted by place, then by code and message: the same document
// gives the same list, always.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/span.h"

namespace hammock::schema {

enum class Severity { kError, kWarning };

struct Related {
  Span span;
  std::string message;
  friend bool operator==(const Related&, const Related&) = default;
};

struct Diagnostic {
  std::string code;  // "unknown-key"; never changes once released
  Severity severity = Severity::kError;
  Path path;
  std::string file;  // empty: the file of the report
  Span span;
  std::string message;
  std::string expected;
  std::string got;         // hidden when the value is a secret
  std::string why;         // why the rule exists
  std::string suggestion;  // the very text to write instead
  std::string help;
  std::vector<Related> related;
  std::string doc;  // where the documentation speaks of it
  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

using Diagnostics = std::vector<Diagnostic>;

// By place, then code, then message; equal ones once.
void sort(Diagnostics& diagnostics);

bool has_errors(const Diagnostics& diagnostics);

// Everything a renderer needs.
struct Report {
  std::string file;
  std::string text;  // of the file: for snippets
  Diagnostics diagnostics;
  std::vector<Span> secrets;  // never shown in a snippet
  bool ok() const { return !has_errors(diagnostics); }
};

}  // namespace hammock::schema
