// Time bombs that are used up: disks, and numbers of PostgreSQL.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/assert.h"
#include "base/text.h"
#include "core/timebomb/ladder.h"
#include "shell/gauge_output.h"
#include "shell/timebomb_judge.h"

namespace hammock::shell {
namespace {

using timebomb::Reading;
using timebomb::Sighting;
using timebomb::Unread;

void add_disk(std::vector<Amount>& amounts, const Json& output, std::string_view key) {
  const Json* some = output.find(key);
  if (some == nullptr || some->is_null() || !number_in(*some, "used")) return;
  Amount amount;
  amount.what = key;
  amount.used = amount_in(*some, "used");
  amount.most = amount_in(*some, "most");
  if (*amount.most > 0) amounts.push_back(std::move(amount));
}

// What a slot does at the moment stands behind its name.
std::string name_of(const Json& amount) {
  std::string what = text_in(amount, "what");
  if (text_in(amount, "kind") == "slot") what = what.substr(0, what.find(" ("));
  return what;
}

void add_postgres(std::vector<Amount>& amounts, const Json& output) {
  for (const Json& one : list_in(output, "amounts")) {
    if (!number_in(one, "used")) continue;
    Amount amount;
    amount.what = fmt::format("{} {}", text_in(one, "kind"), name_of(one));
    amount.used = amount_in(one, "used");
    if (number_in(one, "most")) amount.most = amount_in(one, "most");
    amount.quiet_below = amount_in(one, "quiet_below");
    amounts.push_back(std::move(amount));
  }
}

std::uint32_t full_percent(const timebomb::Target& target) {
  if (const auto* disk = std::get_if<timebomb::Disk>(&target)) return disk->full_percent;
  return std::get<timebomb::Postgres>(target).full_percent;
}

// The least that is too much: of two at 95% both, and nothing used is never too much.
std::uint64_t limit_of(std::uint64_t most, std::uint32_t percent) {
  const double limit = std::ceil(static_cast<double>(most) * percent / 100);
  return std::max(std::uint64_t{1}, static_cast<std::uint64_t>(limit));
}

double share_of(const Amount& amount) {
  if (!amount.most || *amount.most == 0) return 0;
  return static_cast<double>(amount.used) / static_cast<double>(*amount.most);
}

bool is_bytes(const Amount& amount) {
  return amount.what == "bytes" || amount.what.starts_with("slot ");
}

std::string text_of(const Amount& amount, double number) {
  const auto whole = static_cast<std::uint64_t>(std::max(0.0, number));
  return is_bytes(amount) ? format_size(whole) : std::to_string(whole);
}

// ", 1.2GiB more a day"; empty when nobody can say.
std::string growth_text(const Amount& amount) {
  if (amount.samples.size() < 2) return {};
  const forecast::Sample& first = amount.samples.front();
  const forecast::Sample& last = amount.samples.back();
  const Duration span = last.at - first.at;
  if (span < forecast::kSpanLeast || last.used <= first.used) return {};
  const double days = static_cast<double>(span.count()) /
                      static_cast<double>(Duration(std::chrono::days(1)).count());
  return fmt::format(", {} more a day",
                     text_of(amount, static_cast<double>(last.used - first.used) / days));
}

std::string evidence_of(const Amount& amount) {
  if (!amount.most) {
    return fmt::format("{}: {} used, without an end", printable(amount.what),
                       text_of(amount, static_cast<double>(amount.used)));
  }
  return fmt::format("{}: {:.0f}% of {} used{}", printable(amount.what), share_of(amount) * 100,
                     text_of(amount, static_cast<double>(*amount.most)), growth_text(amount));
}

// An amount, and when it is used up.
struct Judged {
  const Amount* amount = nullptr;
  std::optional<Reading> reading;  // none: it is too early to say
};

Judged judge_one(const Amount& amount, std::uint32_t percent, const Beside& beside) {
  Reading reading;
  reading.identity = amount.what;
  reading.evidence = evidence_of(amount);
  if (!amount.most) return {&amount, std::move(reading)};
  const auto limit = limit_of(*amount.most, percent);
  if (amount.used >= limit) {
    const auto& before = beside.before;
    const bool is_same = before && before->identity == amount.what && before->goes_off &&
                         *before->goes_off <= beside.now;
    reading.goes_off = is_same ? *before->goes_off : beside.now;
    return {&amount, std::move(reading)};
  }
  if (amount.used < amount.quiet_below) return {&amount, std::move(reading)};
  const auto foreseen = forecast::foresee(amount.samples, limit, beside.now);
  if (!foreseen) return {&amount, std::nullopt};
  reading.goes_off = foreseen->at;
  reading.early = foreseen->early;
  reading.late = foreseen->late;
  return {&amount, std::move(reading)};
}

// What is sooner is worse; what nobody can say of comes before what is not in sight; and then the
// fuller one.
bool is_worse(const Judged& one, const Judged& other) {
  auto rank = [](const Judged& judged) {
    const int order = judged.reading && judged.reading->goes_off ? 0 : judged.reading ? 2 : 1;
    const Instant at = order == 0 ? *judged.reading->goes_off : Instant::max();
    return std::pair(order, at);
  };
  if (rank(one) != rank(other)) return rank(one) < rank(other);
  return share_of(*one.amount) > share_of(*other.amount);
}

}  // namespace

std::variant<Measured, Unread> read_amounts(const timebomb::Target& target, const ProgramEnd& end) {
  const auto read = read_gauge(end);
  if (const auto* unread = std::get_if<Unread>(&read)) return *unread;
  const Json& output = std::get<Json>(read);
  Measured measured;
  std::vector<Amount>& amounts = measured.amounts;
  if (std::holds_alternative<timebomb::Disk>(target)) {
    add_disk(amounts, output, "bytes");
    add_disk(amounts, output, "inodes");
  } else {
    add_postgres(amounts, output);
    if (const std::uint64_t hidden = amount_in(output, "hidden"); hidden > 0) {
      measured.hidden =
          fmt::format("{} {} not be read: this user needs pg_read_all_data, or it took too long",
                      hidden, hidden == 1 ? "sequence could" : "sequences could");
    }
  }
  if (amounts.empty()) {
    return Unread{measured.hidden.empty() ? "the gauge measured nothing" : measured.hidden};
  }
  return measured;
}

Sighting judge_amounts(const timebomb::Setup& setup, const Measured& measured,
                       const Beside& beside) {
  HAMMOCK_ASSERT(!measured.amounts.empty());
  const std::uint32_t percent = full_percent(setup.config.target);
  Judged worst;
  std::optional<Instant> early;
  const Amount* unforeseen = nullptr;  // the fullest of those
  for (const Amount& amount : measured.amounts) {
    Judged judged = judge_one(amount, percent, beside);
    const bool is_fuller = unforeseen == nullptr || share_of(amount) > share_of(*unforeseen);
    if (!judged.reading && is_fuller) unforeseen = &amount;
    if (judged.reading && judged.reading->early && (!early || *judged.reading->early < *early)) {
      early = judged.reading->early;
    }
    if (worst.amount == nullptr || is_worse(judged, worst)) worst = std::move(judged);
  }
  const bool is_near = worst.reading && worst.reading->goes_off &&
                       *worst.reading->goes_off - beside.now <= timebomb::kUsualRungs.front();
  std::string unknown = measured.hidden;
  const bool is_early = unknown.empty();
  if (is_early && unforeseen != nullptr) {
    unknown = fmt::format("{}; it is too early for a forecast", evidence_of(*unforeseen));
  }
  if (!unknown.empty() && !is_near) return Unread{std::move(unknown), is_early};
  worst.reading->early = early;
  if (!unknown.empty()) worst.reading->evidence += fmt::format("; {}", unknown);
  return *std::move(worst.reading);
}

}  // namespace hammock::shell
