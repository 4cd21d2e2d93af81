#include "schema/suggest.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "schema/document.h"

namespace hammock::schema {
namespace {

constexpr std::size_t kMostEdits = 3;
constexpr std::size_t kMostSuggestions = 3;
// Longer words are never compared: nobody meant them, and the work would grow with the square.
constexpr std::size_t kLongestWord = 64;

// Lower-case code points, '-' and '_' taken as the same.
std::u32string code_points(std::string_view text) {
  std::u32string points;
  for (std::size_t at = 0; at < text.size();) {
    auto first = static_cast<unsigned char>(text[at]);
    std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    char32_t point = 0;
    for (std::size_t i = 0; i < length && at + i < text.size(); ++i) {
      point = point << 8 | static_cast<unsigned char>(text[at + i]);
    }
    if (point >= 'A' && point <= 'Z') point += 'a' - 'A';
    if (point == '_') point = '-';
    points.push_back(point);
    at += length;
  }
  return points;
}

bool needs_a_shell(std::string_view text) {
  char quote = '\0';
  for (char c : text) {
    if (quote != '\0') {
      if (c == quote)
        quote = '\0';
      else if (quote == '"' && (c == '$' || c == '`' || c == '\\'))
        return true;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (std::string_view("|&;<>()$`*?\\\n").find(c) != std::string_view::npos) {
      return true;
    }
  }
  return quote != '\0';
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = '\0';
  for (char c : text) {
    bool is_space = c == ' ' || c == '\t';
    if (quote != '\0') {
      if (c == quote)
        quote = '\0';
      else
        word += c;
    } else if (c == '"' || c == '\'') {
      quote = c;
      in_word = true;
    } else if (!is_space) {
      word += c;
      in_word = true;
    } else if (in_word) {
      words.push_back(std::move(word));
      word.clear();
      in_word = false;
    }
  }
  if (in_word) words.push_back(std::move(word));
  return words;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  std::u32string x = code_points(a);
  std::u32string y = code_points(b);
  std::size_t difference = x.size() > y.size() ? x.size() - y.size() : y.size() - x.size();
  if (difference > limit || x.size() > kLongestWord || y.size() > kLongestWord) return limit + 1;
  std::array<std::array<std::size_t, kLongestWord + 1>, 3> rows{};
  for (std::size_t j = 0; j <= y.size(); ++j)
    rows[0][j] = j;
  for (std::size_t i = 1; i <= x.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    const auto& above2 = rows[(i + 1) % 3];
    row[0] = i;
    for (std::size_t j = 1; j <= y.size(); ++j) {
      std::size_t change = above[j - 1] + (x[i - 1] == y[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, change});
      bool swapped = i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1];
      if (swapped) row[j] = std::min(row[j], above2[j - 2] + 1);
    }
  }
  return std::min(rows[x.size() % 3][y.size()], limit + 1);
}

std::vector<std::string> nearest(std::string_view word,
                                 const std::vector<std::string>& candidates) {
  std::size_t limit = std::min(kMostEdits, std::max<std::size_t>(1, code_points(word).size() / 3));
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& candidate : candidates) {
    std::size_t distance = edit_distance(word, candidate, limit);
    if (distance <= limit) near.emplace_back(distance, candidate);
  }
  std::sort(near.begin(), near.end());
  std::vector<std::string> names;
  for (auto& [distance, name] : near) {
    bool is_new = names.empty() || names.back() != name;
    if (is_new && names.size() < kMostSuggestions) names.push_back(std::move(name));
  }
  return names;
}

std::string alternatives(const std::vector<std::string>& choices, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i == most) return text + ", …";
    bool is_last = i + 1 == choices.size();
    if (i > 0) text += is_last ? " or " : ", ";
    text += choices[i];
  }
  return text;
}

std::string argument_vector(std::string_view text) {
  if (needs_a_shell(text)) return "[\"sh\", \"-c\", " + quote(text) + "]";
  std::string vector = "[";
  for (const std::string& word : split_words(text)) {
    if (vector.size() > 1) vector += ", ";
    vector += quote(word);
  }
  return vector + "]";
}

}  // namespace hammock::schema
