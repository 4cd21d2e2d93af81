#include "schema/guard.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "schema/lines.h"
#include "schema/toml.h"

namespace hammock::schema {
namespace {

Diagnostic complaint(std::string_view text, std::size_t begin, std::size_t end, std::string code,
                     std::string message, std::string help) {
  Diagnostic diagnostic;
  diagnostic.code = std::move(code);
  diagnostic.span = Lines(text).span(begin, end);
  diagnostic.message = std::move(message);
  diagnostic.help = std::move(help);
  return diagnostic;
}

std::size_t sequence_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xE0) return 2;
  return first < 0xF0 ? 3 : 4;
}

// Where the first byte stands that is not well-formed UTF-8, or the size.
std::size_t first_invalid(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    auto first = static_cast<unsigned char>(text[at]);
    std::size_t length = sequence_length(first);
    if (length > 1 && !is_utf8(text.substr(at, length))) return at;
    at += length;
  }
  return at;
}

// TOML has only ASCII outside of strings and comments. toml++ 3.3 must not see anything else there:
// its test for exotic spaces reaches __builtin_unreachable() for ordinary letters.
Diagnostic beyond_ascii(std::string_view text, std::size_t at) {
  std::size_t length = sequence_length(static_cast<unsigned char>(text[at]));
  std::string_view letter = text.substr(at, length);
  bool is_quote =
      letter.starts_with("\xE2\x80") && letter >= "\xE2\x80\x98" && letter <= "\xE2\x80\x9F";
  bool is_space = letter == "\xC2\xA0";
  return complaint(text, at, at + length, "not-in-quotes",
                   is_space ? "a no-break space stands outside of quotes"
                            : fmt::format("`{}` stands outside of quotes", letter),
                   is_quote   ? "typographic quotes do not count: write \" or '"
                   : is_space ? "it looks like a space and is none: write it anew"
                              : "text, and a key with such a letter, stands in quotes");
}

// Brackets are counted wherever they stand outside of strings and comments; a newline outside of
// brackets closes everything. Dots between keys are counted up to '=', a newline or a bracket.
std::optional<Diagnostic> check_outside_of_strings(std::string_view text) {
  std::size_t open = 0;
  std::size_t dots = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    char c = text[at];
    if (c == '"' || c == '\'') {
      at = skip_string(text, at);
      continue;
    }
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    if (static_cast<unsigned char>(c) >= 0x80) return beyond_ascii(text, at);
    if (c == '[' || c == '{')
      ++open;
    else if ((c == ']' || c == '}') && open > 0)
      --open;
    dots = c == '.' ? dots + 1 : c == '=' || c == '\n' || c == ',' ? 0 : dots;
    if (open > kMaxNesting || dots >= kMaxKeySegments) {
      return complaint(text, at, at + 1, "too-deep",
                       open > kMaxNesting
                           ? fmt::format("more than {} brackets are open here", kMaxNesting)
                           : fmt::format("more than {} dots in one key", kMaxKeySegments - 1),
                       "is a bracket or a quote missing before this place?");
    }
    ++at;
  }
  return std::nullopt;
}

}  // namespace

std::size_t skip_string(std::string_view text, std::size_t at) {
  char mark = text[at];
  std::string_view triple = mark == '"' ? R"(""")" : "'''";
  if (text.substr(at, 3) == triple) {
    for (at += 3; at < text.size(); ++at) {
      if (mark == '"' && text[at] == '\\')
        ++at;
      else if (text.substr(at, 3) == triple)
        break;
    }
    // Up to two more marks belong to the text of the string.
    for (at += 3; at < text.size() && text[at] == mark;)
      ++at;
    return std::min(at, text.size());
  }
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\n') return at;
    if (mark == '"' && text[at] == '\\')
      ++at;
    else if (text[at] == mark)
      return at + 1;
  }
  return text.size();
}

std::optional<Diagnostic> check_bytes(std::string_view text) {
  if (text.size() > kMaxDocumentBytes) {
    return complaint(text, 0, 0, "too-large",
                     fmt::format("the file has {}, at most {} are read", format_size(text.size()),
                                 format_size(kMaxDocumentBytes)),
                     "is this the right file?");
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    return complaint(text, 0, 3, "byte-order-mark", "the file begins with a byte order mark",
                     "save it as UTF-8 without one (sed -i '1s/^\\xEF\\xBB\\xBF//' FILE)");
  }
  std::size_t invalid = first_invalid(text);
  std::size_t nul = text.find('\0');
  if (nul < invalid) {
    return complaint(text, nul, nul + 1, "nul-byte", "the file holds a NUL byte",
                     "a text file has none: is it binary, or UTF-16?");
  }
  if (invalid < text.size()) {
    auto byte = static_cast<unsigned char>(text[invalid]);
    return complaint(text, invalid, invalid + 1, "invalid-utf8",
                     fmt::format("the byte 0x{:02X} is not UTF-8", byte),
                     "save the file as UTF-8 (iconv -f latin1 -t utf-8 FILE)");
  }
  return check_outside_of_strings(text);
}

}  // namespace hammock::schema
