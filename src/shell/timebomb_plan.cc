#include "shell/timebomb_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/hash.h"
#include "base/variant.h"

namespace hammock::shell {
namespace {

std::int64_t number_of(std::chrono::year_month_day day) {
  return std::chrono::sys_days(day).time_since_epoch().count();
}

// Quoted by fmt, so that no two of different parts are the same text. How long something may be
// used, or how full it may be, is judged anew at each look: it makes nothing else of it.
std::string text_of(const timebomb::Target& target) {
  return match(
      target,
      [](const timebomb::Certificate& some) {
        return fmt::format("certificate {:?} {} {:?} {:?}", some.host, some.port, some.starttls,
                           some.server_name.value_or(""));
      },
      [](const timebomb::CertificateFile& some) { return fmt::format("file {:?}", some.path); },
      [](const timebomb::Domain& some) { return fmt::format("domain {:?}", some.name); },
      [](const timebomb::Date& some) { return fmt::format("date {}", number_of(some.day)); },
      [](const timebomb::Disk& some) { return fmt::format("disk {:?}", some.path); },
      [](const timebomb::Backup& some) { return fmt::format("backup {:?}", some.pattern); },
      [](const timebomb::Postgres& some) { return fmt::format("postgres {:?}", some.conninfo); },
      [](const timebomb::Clock& some) { return fmt::format("clock {}", some.servers); },
      [](const timebomb::EndOfLife& some) {
        return fmt::format("end {:?} {:?}", some.product, some.release);
      },
      [](const timebomb::Secret& some) {
        const auto* file = std::get_if<std::string>(&some.changed);
        return file != nullptr
                   ? fmt::format("secret {:?}", *file)
                   : fmt::format("secret {}",
                                 number_of(std::get<std::chrono::year_month_day>(some.changed)));
      },
      [](const timebomb::Command& some) {
        return fmt::format("command {} {:?}", some.command, some.user.value_or(""));
      });
}

// That of the target which has one in the configuration.
std::optional<std::chrono::year_month_day> day_of(const timebomb::Target& target) {
  if (const auto* date = std::get_if<timebomb::Date>(&target)) return date->day;
  const auto* secret = std::get_if<timebomb::Secret>(&target);
  if (secret == nullptr) return std::nullopt;
  const auto* day = std::get_if<std::chrono::year_month_day>(&secret->changed);
  return day != nullptr ? std::optional(*day) : std::nullopt;
}

}  // namespace

std::string identity_of(const timebomb::Target& target) {
  return hex64(fnv1a(text_of(target)));
}

std::vector<Shared<timebomb::Setup>> plan_timebombs(const std::vector<timebomb::Config>& timebombs,
                                                    const schedule::Zone& zone) {
  std::vector<Shared<timebomb::Setup>> setups;
  setups.reserve(timebombs.size());
  for (const timebomb::Config& config : timebombs) {
    timebomb::Setup setup;
    setup.config = config;
    setup.identity = identity_of(config.target);
    if (const auto day = day_of(config.target)) {
      const auto begins = std::chrono::local_days(*day);
      // A day that a zone left out begins where it would have.
      setup.date = zone.first_instant(begins).value_or(
          Instant(begins.time_since_epoch()) - zone.offset_at(Instant(begins.time_since_epoch())));
    }
    setups.emplace_back(std::move(setup));
  }
  return setups;
}

}  // namespace hammock::shell
