// What somebody may have meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hammock::schema {

// Damerau-Levenshtein (optimal string alignment) over code points, without regard to ASCII case;
// anything above limit is limit + 1.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

// The candidates that are near enough (at most a third of the length, at least 1, at most 3 edits),
// nearest first, at most three; ties in alphabetic order. Nothing is better than a bad guess.
std::vector<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

// "a, b or c"; at most `most` of them, then "…".
std::string alternatives(const std::vector<std::string>& choices, std::size_t most = 12);

// The argument vector, as TOML, that a shell would make of the text: gunicorn "app:api" →
// ["gunicorn", "app:api"]. Quotes are understood, expansions and operators are not: with any of
// | & ; < > ( ) $ ` * ? outside of quotes it is ["sh", "-c", "…"].
std::string argument_vector(std::string_view text);

}  // namespace hammock::schema
