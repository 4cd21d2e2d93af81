#include "shell/json_pointer.h"

#include <algorithm>

#include "base/text.h"
#include "base/variant.h"

namespace hammock::shell {
namespace {

// "~1" is a '/', "~0" a '~'.
std::string unescaped(std::string_view token) {
  std::string text;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool is_escape = token[i] == '~' && i + 1 < token.size();
    if (is_escape && (token[i + 1] == '1' || token[i + 1] == '0')) {
      text += token[++i] == '1' ? '/' : '~';
    } else {
      text += token[i];
    }
  }
  return text;
}

const Json* element(const Json::Array& array, std::string_view token) {
  const bool is_plain = token == "0" || (!token.empty() && token[0] != '0');
  const auto index = is_plain ? parse_decimal(token) : std::nullopt;
  return index && *index < array.size() ? &array[*index] : nullptr;
}

const Json* step(const Json& json, std::string_view token) {
  if (const auto* array = json.as<Json::Array>()) return element(*array, token);
  return json.find(unescaped(token));
}

bool same(const Json& one, const Json& other) {
  if (one.value.index() != other.value.index()) return false;
  return match(
      one.value, [](const std::monostate&) { return true; },
      [&](const bool& value) { return value == *other.as<bool>(); },
      [&](const double& value) { return value == *other.as<double>(); },
      [&](const std::string& value) { return value == *other.as<std::string>(); },
      // Whole arrays and objects are nothing that can be expected.
      [](const Json::Array&) { return false; }, [](const Json::Object&) { return false; });
}

std::string_view kind_of(const Json& json) {
  return match(
      json.value, [](const std::monostate&) { return "null"; },
      [](const bool&) { return "a truth value"; }, [](const double&) { return "a number"; },
      [](const std::string&) { return "a string"; }, [](const Json::Array&) { return "an array"; },
      [](const Json::Object&) { return "an object"; });
}

}  // namespace

const Json* at_pointer(const Json& document, std::string_view pointer) {
  const Json* json = &document;
  while (json != nullptr && !pointer.empty()) {
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    json = step(*json, pointer.substr(0, end));
    pointer.remove_prefix(end);
  }
  return json;
}

std::optional<std::string> wrong_value(const Json& document, std::string_view pointer,
                                       std::string_view expected) {
  const std::string place = printable(pointer) + " of the JSON";
  const Json* found = at_pointer(document, pointer);
  if (found == nullptr) return "there is no " + place;
  const auto wish = parse_json(expected);
  if (wish && same(*found, *wish)) return std::nullopt;
  const bool is_kind = wish && wish->value.index() == found->value.index();
  const std::string_view what = is_kind ? "something else" : kind_of(*found);
  return place + " is " + std::string(what) + ", expected " + printable(expected);
}

}  // namespace hammock::shell
