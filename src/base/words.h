// Enumerations and their stable texts: where an enumeration stands, words(E) lists them, and
// text_of and from_text translate. The texts stand in the journal, in JSON and on terminals; they
// never change.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

namespace hammock {

template <class E>
using Words = std::pair<E, std::string_view>;

template <class E>
concept HasWords = requires(E e) { words(e); };

// The stable text of an enumerator.
template <HasWords E>
constexpr std::string_view text_of(E value) {
  for (const auto& [known, text] : words(value)) {
    if (known == value) return text;
  }
  return "?";
}

template <HasWords E>
constexpr std::optional<E> from_text(std::string_view text) {
  for (const auto& [known, its_text] : words(E{})) {
    if (its_text == text) return known;
  }
  return std::nullopt;
}

}  // namespace hammock
