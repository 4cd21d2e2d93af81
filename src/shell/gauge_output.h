// What hammock-gauge prints, as a value (see gauge/gauge.h). Of this module only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/time.h"
#include "core/timebomb/timebomb.h"
#include "shell/json_value.h"
#include "shell/programs.h"

namespace hammock::shell {

std::variant<Json, timebomb::Unread> read_gauge(const ProgramEnd& end);

// Members of an object: empty, zero or none when they are not there or of another type.
std::string text_in(const Json& object, std::string_view key);
std::optional<double> number_in(const Json& object, std::string_view key);
std::uint64_t amount_in(const Json& object, std::string_view key);
std::optional<Instant> instant_in(const Json& object, std::string_view key);
const Json::Array& list_in(const Json& object, std::string_view key);

// The first line that a program printed, for people.
std::string first_line(std::string_view output);

// "it exited with 64: no such kind"; without the colon when it said nothing.
std::string how_it_failed(const Exited& exited);

// "2027-03-01", in UTC.
std::string day_text(Instant at);

}  // namespace hammock::shell
