#include "core/timebomb/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/variant.h"

namespace hammock::timebomb {
namespace {

std::string day_text(std::chrono::year_month_day day) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

// The part of a connection string that says where it leads: a word with an '=' each.
std::string_view connection_part(std::string_view conninfo, std::string_view key) {
  const std::size_t at = conninfo.find(key);
  if (at == std::string_view::npos) return {};
  std::string_view rest = conninfo.substr(at + key.size());
  return rest.substr(0, rest.find_first_of(" '"));
}

std::string postgres_text(const Postgres& postgres) {
  const std::string_view host = connection_part(postgres.conninfo, "host=");
  const std::string_view database = connection_part(postgres.conninfo, "dbname=");
  return fmt::format("postgres {}{}{}", host, host.empty() || database.empty() ? "" : "/",
                     database);
}

}  // namespace

std::string target_text(const Target& target) {
  return match(
      target,
      [](const Certificate& some) {
        return some.port == 443 ? fmt::format("certificate {}", some.host)
                                : fmt::format("certificate {}:{}", some.host, some.port);
      },
      [](const CertificateFile& some) { return fmt::format("certificate {}", some.path); },
      [](const Domain& some) { return fmt::format("domain {}", some.name); },
      [](const Date& some) { return fmt::format("date {}", day_text(some.day)); },
      [](const Disk& some) { return fmt::format("disk {}", some.path); },
      [](const Backup& some) { return fmt::format("backup {}", some.pattern); },
      [](const Postgres& some) { return postgres_text(some); },
      [](const Clock& some) { return fmt::format("clock {}", fmt::join(some.servers, " ")); },
      [](const EndOfLife& some) {
        return some.product.empty() ? std::string("end of life of this system")
                                    : fmt::format("end of life {} {}", some.product, some.release);
      },
      [](const Secret& some) {
        return match(
            some.changed, [](const std::string& path) { return fmt::format("secret {}", path); },
            [](std::chrono::year_month_day day) {
              return fmt::format("secret of {}", day_text(day));
            });
      },
      [](const Command& some) { return fmt::format("command {}", some.command.front()); });
}

std::string_view kind_of(const Target& target) {
  return match(
      target, [](const Certificate&) { return std::string_view("certificate"); },
      [](const CertificateFile&) { return std::string_view("certificate_file"); },
      [](const Domain&) { return std::string_view("domain"); },
      [](const Date&) { return std::string_view("date"); },
      [](const Disk&) { return std::string_view("disk"); },
      [](const Backup&) { return std::string_view("backup"); },
      [](const Postgres&) { return std::string_view("postgres"); },
      [](const Clock&) { return std::string_view("clock"); },
      [](const EndOfLife&) { return std::string_view("end_of_life"); },
      [](const Secret&) { return std::string_view("secret"); },
      [](const Command&) { return std::string_view("command"); });
}

}  // namespace hammock::timebomb
