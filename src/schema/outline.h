// The statements of a TOML text, found without a grammar that could fail: for saying more about a
// text that the parser refused. Every statement is a header or an assignment; what is neither is
// passed over up to the end of its line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "schema/diagnostic.h"

namespace hammock::schema {

struct OutlineKey {
  std::string text;
  std::size_t begin = 0, end = 0;  // bytes, with its quotes
};

struct Statement {
  enum class Type { kHeader, kArrayHeader, kAssignment, kInlineAssignment, kUnreadable } type;
  std::size_t begin = 0, end = 0;  // bytes; an assignment ends behind its value
  std::vector<OutlineKey> keys;    // a dotted key in parts
  std::size_t value = 0;           // where the value begins
  std::size_t inside = 0;          // kInlineAssignment: which inline table it is in, from 1
};

std::vector<Statement> outline(std::string_view text);

// Every key and table that is defined twice: "duplicate-key", at the second, related to the first.
Diagnostics find_duplicates(std::string_view text, const std::vector<Statement>& statements);

}  // namespace hammock::schema
