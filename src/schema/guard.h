// What is checked about the bytes of a document before any grammar is.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "schema/diagnostic.h"

namespace hammock::schema {

// The first reason why the bytes cannot be a document: "too-large", "byte-order-mark", "nul-byte",
// "invalid-utf8", "not-in-quotes" (a character beyond ASCII where only ASCII may be), or "too-deep"
// (more than kMaxNesting brackets open at once, or a dotted key of more than kMaxKeySegments
// parts).
std::optional<Diagnostic> check_bytes(std::string_view text);

// The first byte behind the string that opens at `at` with " or ', of one line or of several. A
// string of one line ends with its line at the latest, as an unclosed one does.
std::size_t skip_string(std::string_view text, std::size_t at);

}  // namespace hammock::schema
