#include "shell/flat_json.h"

#include "shell/json_value.h"

namespace hammock::shell {
namespace {

std::unexpected<Error> expected(std::string_view what, std::size_t at) {
  return fail(ErrorCode::kInvalid,
              "expected " + std::string(what) + " at byte " + std::to_string(at));
}

}  // namespace

Result<FlatMembers> parse_flat_object(std::string_view text) {
  auto json = parse_json(text);
  if (!json) return std::unexpected(std::move(json).error());
  auto* object = std::get_if<Json::Object>(&json->value);
  if (object == nullptr) return expected("'{'", json->at);
  FlatMembers members;
  for (auto& [key, value] : *object) {
    auto* string = std::get_if<std::string>(&value.value);
    if (string == nullptr && !value.is_null()) return expected("a string or null", value.at);
    members.emplace_back(std::move(key),
                         string == nullptr ? std::nullopt : std::optional(std::move(*string)));
  }
  return members;
}

}  // namespace hammock::shell
