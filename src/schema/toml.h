// TOML 1.0 text → Document, strictly.
//
// Before the grammar is looked at, the bytes are: no byte order mark, no NUL, well-formed UTF-8, at
// most kMaxDocumentBytes, brackets nested at most kMaxNesting deep, each with a code and place of
// its own. Syntax errors are code "syntax"; a key or table defined twice is "duplicate-key" and
// points to both places. No text can crash the parser or make it recurse without bound.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "schema/diagnostic.h"
#include "schema/document.h"

namespace hammock::schema {

inline constexpr std::size_t kMaxDocumentBytes = 16 * 1024 * 1024;
inline constexpr std::size_t kMaxNesting = 64;
inline constexpr std::size_t kMaxKeySegments = 16;

std::expected<Document, Diagnostics> parse_toml(std::string_view text, std::string file);

}  // namespace hammock::schema
