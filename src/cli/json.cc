#include "cli/json.h"

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/variant.h"

namespace hammock::cli {
namespace {

using Foreign = nlohmann::ordered_json;

// Before anything recursive looks at it.
bool too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (depth > kJsonDepthMax) return true;
  }
  return false;
}

Json converted(const Foreign& foreign) {
  switch (foreign.type()) {
    case Foreign::value_t::boolean:
      return Json(Json::Value(foreign.get<bool>()));
    case Foreign::value_t::number_integer:
      return Json(Json::Value(foreign.get<std::int64_t>()));
    case Foreign::value_t::number_unsigned: {
      auto number = foreign.get<std::uint64_t>();
      if (number > INT64_MAX) return Json(Json::Value(number));
      return Json(Json::Value(static_cast<std::int64_t>(number)));
    }
    case Foreign::value_t::number_float:
      return Json(Json::Value(foreign.get<double>()));
    case Foreign::value_t::string:
      return Json(Json::Value(foreign.get<std::string>()));
    case Foreign::value_t::array: {
      Json::Array items;
      items.reserve(foreign.size());
      for (const Foreign& item : foreign)
        items.push_back(converted(item));
      return Json(Json::Value(std::move(items)));
    }
    case Foreign::value_t::object: {
      Json::Object members;
      for (const auto& [key, value] : foreign.items())
        members.push_back({key, converted(value)});
      return Json(Json::Value(std::move(members)));
    }
    case Foreign::value_t::null:
    case Foreign::value_t::binary:
    case Foreign::value_t::discarded:
      break;
  }
  return Json();
}

void write(JsonWriter& writer, const Json& json) {
  match(
      json.value(), [&](std::monostate) { writer.null(); }, [&](bool flag) { writer.value(flag); },
      [&](std::int64_t number) { writer.value(number); },
      [&](std::uint64_t number) { writer.value(number); },
      [&](double number) { writer.value(number); },
      [&](const std::string& text) { writer.value(text); },
      [&](const Json::Array& items) {
        writer.array([&] {
          for (const Json& item : items)
            write(writer, item);
        });
      },
      [&](const Json::Object& members) {
        writer.object([&] {
          for (const Json::Member& member : members) {
            writer.member(member.key);
            write(writer, member.value);
          }
        });
      });
}

}  // namespace

Json::Json() = default;
Json::Json(Value value) : value_(std::move(value)) {}
Json::Json(const Json&) = default;
Json::Json(Json&&) noexcept = default;
Json& Json::operator=(const Json&) = default;
Json& Json::operator=(Json&&) noexcept = default;
Json::~Json() = default;

const Json::Array& Json::items() const {
  static const Array none;
  const Array* held = std::get_if<Array>(&value_);
  return held == nullptr ? none : *held;
}

const Json::Object& Json::members() const {
  static const Object none;
  const Object* held = std::get_if<Object>(&value_);
  return held == nullptr ? none : *held;
}

const Json& Json::operator[](std::string_view key) const {
  static const Json null;
  for (const Member& member : members()) {
    if (member.key == key) return member.value;
  }
  return null;
}

Result<Json> parse_json(std::string_view text) {
  if (too_deep(text)) return fail(ErrorCode::kInvalid, "the JSON nests too deeply");
  Foreign foreign = Foreign::parse(text, nullptr, false);
  if (foreign.is_discarded()) return fail(ErrorCode::kInvalid, "this is not JSON");
  return converted(foreign);
}

std::string json_text(const Json& json) {
  JsonWriter writer;
  write(writer, json);
  return writer.text();
}

}  // namespace hammock::cli
