#include "gauge/postgres_amounts.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "base/json.h"
#include "base/text.h"

namespace hammock::gauge {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kHalfOfAll =
    2'147'483'647;  // numbers older than this would be in the future
constexpr int kVersion14 = 140'000;

// a - b of a >= b, or the most there is.
std::int64_t distance(std::int64_t a, std::int64_t b) {
  std::int64_t difference = 0;
  return __builtin_sub_overflow(a, b, &difference) ? kMost : difference;
}

double fullness(const Amount& amount) {
  return static_cast<double>(amount.used) /
         static_cast<double>(std::max<std::int64_t>(amount.most.value_or(kMost), 1));
}

}  // namespace

void count_sequence(const Sequence& sequence, std::int64_t last, Amount& amount) {
  const std::int64_t column_most = kMost >> (64 - 8 * sequence.column_bytes);
  if (!sequence.ascends) {
    amount.used = distance(sequence.most, last);
    amount.most = distance(sequence.most, std::max(sequence.least, -column_most - 1));
    return;
  }
  const std::int64_t most = std::min(sequence.most, column_most);
  const bool from_zero = most > 0;
  amount.used = from_zero ? last : distance(last, sequence.least);
  amount.most = from_zero ? most : distance(most, sequence.least);
}

std::vector<Amount> fullest(std::vector<Amount> amounts, std::size_t count) {
  std::ranges::sort(amounts, [](const Amount& a, const Amount& b) {
    const double left = fullness(a);
    const double right = fullness(b);
    return left != right ? left > right : a.what < b.what;
  });
  if (amounts.size() > count) amounts.resize(count);
  return amounts;
}

std::int64_t transactions_most(int version) {
  return kHalfOfAll - (version >= kVersion14 ? 3'000'000 : 1'000'000);
}

std::int64_t multixacts_most(int version) {
  return kHalfOfAll - (version >= kVersion14 ? 3'000'000 : 100);
}

std::int64_t ordinary_age(std::int64_t freeze_age, std::int64_t most) {
  return std::min(freeze_age * 3 / 2, (freeze_age + most) / 2);
}

Amount count_slot(const Slot& slot) {
  const bool is_lost = slot.wal_status == "lost";
  Amount amount{"slot",
                fmt::format("{} ({}, {})", slot.name, slot.type,
                            is_lost          ? "lost"
                            : slot.is_active ? "active"
                                             : "inactive"),
                std::max<std::int64_t>(slot.retained, 0), slot.most, std::nullopt};
  if (is_lost) {
    amount.most = std::max<std::int64_t>(slot.most.value_or(1), 1);
    amount.used = *amount.most;
  }
  return amount;
}

std::string to_json(const Amounts& amounts) {
  JsonWriter json;
  json.object([&] {
    json.member("server", amounts.server);
    json.member("database", amounts.database);
    json.member("amounts");
    json.array([&] {
      for (const Amount& amount : amounts.amounts) {
        json.object([&] {
          json.member("kind", amount.kind);
          json.member("what", amount.what);
          json.member("used", amount.used);
          json.member("most", amount.most);
          if (amount.quiet_below) json.member("quiet_below", *amount.quiet_below);
        });
      }
    });
    json.member("hidden", amounts.hidden);
  });
  return json.text();
}

std::string without_secrets(std::string_view message, const std::vector<std::string>& secrets) {
  std::string line(trim(message));
  std::ranges::replace(line, '\n', ' ');
  std::ranges::replace(line, '\t', ' ');
  for (const std::string& secret : secrets) {
    const std::string quoted = fmt::format("\"{}\"", secret);
    for (std::size_t at = line.find(quoted); at != std::string::npos; at = line.find(quoted))
      line.replace(at, quoted.size(), "(not shown)");
  }
  std::string shown;
  const auto parts = split(line, '"');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool is_quoted = i % 2 == 1;
    const bool is_secret =
        is_quoted && !parts[i].empty() && std::ranges::any_of(secrets, [&](const auto& secret) {
          return secret.find(parts[i]) != std::string::npos;
        });
    if (is_secret) {
      shown += "(not shown)";
      continue;
    }
    if (is_quoted) shown += '"';
    shown += parts[i];
    if (is_quoted && i + 1 < parts.size()) shown += '"';
  }
  return shown;
}

}  // namespace hammock::gauge
