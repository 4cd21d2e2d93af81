#include "core/heartbeat/blind.h"

#include <algorithm>

#include "base/text.h"

namespace hammock::heartbeat {

std::string blind_text(std::span<const BlindTime> times) {
  std::string text;
  for (const BlindTime& time : times) {
    if (!text.empty()) text += ' ';
    text += std::to_string(time.from.time_since_epoch().count()) + "-" +
            std::to_string(time.to.time_since_epoch().count());
  }
  return text;
}

std::vector<BlindTime> blind_from(std::string_view text) {
  std::vector<BlindTime> times;
  if (text.empty()) return times;
  for (std::string_view one : split(text, ' ')) {
    const std::size_t dash = one.find('-');
    if (dash == std::string_view::npos) return {};
    const auto from = parse_decimal(one.substr(0, dash));
    const auto to = parse_decimal(one.substr(dash + 1));
    if (!from || !to || *from > *to || *to > INT64_MAX) return {};
    times.push_back({Instant(Duration(static_cast<std::int64_t>(*from))),
                     Instant(Duration(static_cast<std::int64_t>(*to)))});
  }
  return times;
}

Instant credited(Instant from, Instant deadline, std::span<const BlindTime> times) {
  for (const BlindTime& time : times) {
    if (deadline <= time.from) continue;
    deadline += std::max(time.to - std::max(time.from, from), Duration::zero());
  }
  return deadline;
}

}  // namespace hammock::heartbeat
