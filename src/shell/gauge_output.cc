#include "shell/gauge_output.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include "base/text.h"
#include "base/variant.h"
#include "schema/types.h"
#include "shell/command.h"

namespace hammock::shell {
namespace {

using timebomb::Unread;

constexpr std::size_t kLineMost = 300;
constexpr double kAmountMost = 1.8e19;  // what fits into 64 bits

std::variant<Json, Unread> read_exited(const Exited& exited) {
  if (!WIFEXITED(exited.wait_status) || WEXITSTATUS(exited.wait_status) != 0) {
    return Unread{fmt::format("hammock-gauge: {}", how_it_failed(exited))};
  }
  auto json = parse_json(exited.output);
  if (!json) return Unread{fmt::format("hammock-gauge: {}", json.error().message)};
  if (const std::string why = text_in(*json, "unknown"); !why.empty()) return Unread{why};
  return *std::move(json);
}

}  // namespace

std::string first_line(std::string_view output) {
  return printable(trim(output.substr(0, output.find('\n'))).substr(0, kLineMost));
}

std::string how_it_failed(const Exited& exited) {
  const std::string line = first_line(exited.output);
  return fmt::format("{}{}{}", describe_wait_status(exited.wait_status), line.empty() ? "" : ": ",
                     line);
}

std::variant<Json, Unread> read_gauge(const ProgramEnd& end) {
  using Read = std::variant<Json, Unread>;
  return match(
      end, [](const Exited& exited) { return read_exited(exited); },
      [](const Overdue& overdue) -> Read {
        return Unread{
            fmt::format("it could not be measured within {}", format_duration(overdue.within))};
      },
      [](const NotStarted& not_started) -> Read { return Unread{not_started.why}; });
}

std::string text_in(const Json& object, std::string_view key) {
  const Json* found = object.find(key);
  const auto* text = found != nullptr ? found->as<std::string>() : nullptr;
  return text != nullptr ? *text : std::string();
}

std::optional<double> number_in(const Json& object, std::string_view key) {
  const Json* found = object.find(key);
  const auto* number = found != nullptr ? found->as<double>() : nullptr;
  return number != nullptr ? std::optional(*number) : std::nullopt;
}

std::uint64_t amount_in(const Json& object, std::string_view key) {
  const double number = number_in(object, key).value_or(0);
  return number > 0 ? static_cast<std::uint64_t>(std::min(number, kAmountMost)) : 0;
}

std::optional<Instant> instant_in(const Json& object, std::string_view key) {
  auto instant = schema::read_instant(text_in(object, key));
  return instant ? std::optional(*instant) : std::nullopt;
}

const Json::Array& list_in(const Json& object, std::string_view key) {
  static const Json::Array kNone;
  const Json* found = object.find(key);
  const auto* list = found != nullptr ? found->as<Json::Array>() : nullptr;
  return list != nullptr ? *list : kNone;
}

std::string day_text(Instant at) {
  return format_instant(at).substr(0, std::string_view("2027-03-01").size());
}

}  // namespace hammock::shell
