#include "shell/json_pointer.h"

#include <algorithm>
#include <string>

#include "base/text.h"
#include "base/variant.h"

namespace hammock::shell {
namespace {

// Nothing: a ~ that is none of the two.
std::optional<std::string> unescaped(std::string_view part) {
  std::string text;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] != '~') {
      text += part[i];
      continue;
    }
    const char next = ++i < part.size() ? part[i] : '\0';
    if (next != '0' && next != '1') return std::nullopt;
    text += next == '0' ? '~' : '/';
  }
  return text;
}

const Json* item_of(const Json::Array& items, std::string_view part) {
  const bool is_padded = part.size() > 1 && part.front() == '0';
  const auto index = is_padded ? std::nullopt : parse_decimal(part);
  return index && *index < items.size() ? &items[*index] : nullptr;
}

}  // namespace

const Json* find_at(const Json& json, std::string_view pointer) {
  if (!pointer.empty() && pointer.front() != '/') return nullptr;
  const Json* at = &json;
  while (at != nullptr && !pointer.empty()) {
    pointer.remove_prefix(1);
    const std::string_view part = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(part.size());
    const auto name = unescaped(part);
    if (!name) return nullptr;
    const auto* items = at->as<Json::Array>();
    at = items != nullptr ? item_of(*items, *name) : at->find(*name);
  }
  return at;
}

bool is_same(const Json& one, const Json& other) {
  if (one.value.index() != other.value.index()) return false;
  return match(
      one.value, [](std::monostate) { return true; },
      [&](bool value) { return value == *other.as<bool>(); },
      [&](double value) { return value == *other.as<double>(); },
      [&](const std::string& value) { return value == *other.as<std::string>(); },
      [&](const Json::Array& items) {
        return std::ranges::equal(items, *other.as<Json::Array>(), is_same);
      },
      [&](const Json::Object& members) {
        // No key is there twice, so it is enough to look from one side.
        return members.size() == other.as<Json::Object>()->size() &&
               std::ranges::all_of(members, [&](const auto& member) {
                 const Json* its = other.find(member.first);
                 return its != nullptr && is_same(member.second, *its);
               });
      });
}

}  // namespace hammock::shell
