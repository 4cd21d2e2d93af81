// What every room's facts have in common: how they are kept, and their form in the journal.
//
//   kPromise  somebody was told: durable before the orders of the same decision are performed
//   kPrompt   journaled before the orders of the same decision are performed: nothing else knows it
//   kSample   journaled a little later, many together; the last ones may be lost, for the ledger
//             shows it, or it is seen again (a program that is asked whether it is ready)
//   kMoment   not journaled: it mirrors the ledger, or remembers which order was given
//
// A journaled fact is a flat struct. for_each_field(fact, visit) of its room calls visit(name,
// member) in a fixed order; members are std::string, bool, integers, Duration, Instant, Steady or
// an enumeration with words. As JSON it is one flat object: durations and instants are integers of
// microseconds, enumerations their words. Names of facts and fields are stable.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "base/words.h"

namespace hammock::fact {

enum class Keep : std::uint8_t { kPromise, kPrompt, kSample, kMoment };

// In the struct of a fact: its name in the journal, and how it is kept.
#define HAMMOCK_FACT(Type, fact_name, keep)            \
  static constexpr std::string_view kName = fact_name; \
  static constexpr hammock::fact::Keep kKeep = keep;   \
  friend bool operator==(const Type&, const Type&) = default

template <class Fact>
std::string_view name_of(const Fact& fact) {
  return std::visit([]<class Some>(const Some&) { return Some::kName; }, fact);
}
template <class Fact>
Keep keep_of(const Fact& fact) {
  return std::visit([]<class Some>(const Some&) { return Some::kKeep; }, fact);
}

// A fact of that name with empty fields; none when no journaled fact is called so.
template <class Fact>
std::optional<Fact> named(std::string_view name) {
  std::optional<Fact> found;
  auto consider = [&]<class Some>(std::in_place_type_t<Some>) {
    if (Some::kKeep != Keep::kMoment && Some::kName == name) found = Some{};
  };
  [&]<std::size_t... kAt>(std::index_sequence<kAt...>) {
    (consider(std::in_place_type<std::variant_alternative_t<kAt, Fact>>), ...);
  }(std::make_index_sequence<std::variant_size_v<Fact>>());
  return found;
}

using Scalar = std::variant<std::string, std::int64_t, std::uint64_t, bool>;
using Fields = std::map<std::string, Scalar, std::less<>>;

// A flat JSON object of strings, integers, true and false; nothing for anything else.
std::optional<Fields> read_flat_object(std::string_view json);

template <class Number>
std::optional<Number> number_in(const Scalar& scalar) {
  if (const auto* positive = std::get_if<std::uint64_t>(&scalar)) {
    if (std::in_range<Number>(*positive)) return static_cast<Number>(*positive);
  } else if (const auto* negative = std::get_if<std::int64_t>(&scalar)) {
    if (std::in_range<Number>(*negative)) return static_cast<Number>(*negative);
  }
  return std::nullopt;
}

// False when the scalar is of another type.
template <class Member>
bool assign(Member& member, const Scalar& scalar) {
  if constexpr (std::same_as<Member, std::string> || std::same_as<Member, bool>) {
    const auto* value = std::get_if<Member>(&scalar);
    if (value != nullptr) member = *value;
    return value != nullptr;
  } else if constexpr (HasWords<Member>) {
    const auto* word = std::get_if<std::string>(&scalar);
    auto value = word != nullptr ? from_text<Member>(*word) : std::nullopt;
    if (value) member = *value;
    return value.has_value();
  } else if constexpr (std::integral<Member>) {
    auto value = number_in<Member>(scalar);
    if (value) member = *value;
    return value.has_value();
  } else {
    auto value = number_in<std::int64_t>(scalar);
    if (value) member = Member(Duration(*value));
    return value.has_value();
  }
}

template <class Member>
void write(JsonWriter& json, std::string_view name, const Member& member) {
  if constexpr (HasWords<Member>) {
    json.member(name, text_of(member));
  } else if constexpr (std::same_as<Member, Duration>) {
    json.member(name, member.count());
  } else if constexpr (requires { member.time_since_epoch(); }) {
    json.member(name, member.time_since_epoch().count());
  } else {
    json.member(name, member);
  }
}

// {"service":"web","instance":1,…}. Only for journaled facts.
template <class Fact>
std::string fields_json(const Fact& fact) {
  JsonWriter json;
  json.object([&] {
    for_each_field(fact,
                   [&](std::string_view name, const auto& member) { write(json, name, member); });
  });
  return json.text();
}

// The reverse. Fields it does not know are passed over, missing ones keep their default, so that an
// older or newer journal can be read; kCorrupt when it is not a flat JSON object or a value has
// another type; kNotFound when no fact is called `name`.
template <class Fact>
Result<Fact> from_json(std::string_view name, std::string_view json) {
  auto fact = named<Fact>(name);
  if (!fact) return fail(ErrorCode::kNotFound, "no fact is called '" + std::string(name) + "'");
  auto fields = read_flat_object(json);
  if (!fields) {
    return fail(ErrorCode::kCorrupt,
                "the fields of '" + std::string(name) + "' are not a flat JSON object");
  }
  std::string wrong;
  for_each_field(*fact, [&](std::string_view field, auto& member) {
    auto found = fields->find(field);
    if (found != fields->end() && !assign(member, found->second)) wrong = field;
  });
  if (!wrong.empty()) {
    return fail(ErrorCode::kCorrupt,
                "field '" + wrong + "' of '" + std::string(name) + "' has another type");
  }
  return std::move(*fact);
}

}  // namespace hammock::fact
