#include "shell/resolve/timebomb_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/variant.h"

namespace hammock::resolve {
namespace {

using Words = std::vector<std::string>;

// What a gauge does in its own time has to end before it is killed, to say why it failed.
constexpr int kOwnTimePercent = 80;
constexpr Duration kClockMost = std::chrono::minutes(1);

std::string below(const std::string& folder, const std::string& path) {
  return (std::filesystem::path(folder) / path).lexically_normal();
}

// A path as a pattern of itself alone.
std::string literal(const std::string& path) {
  std::string pattern;
  for (const char c : path) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

// Beside the programs, as every package has it.
std::string shipped_table(const std::string& gauge) {
  const auto folder = std::filesystem::path(gauge).parent_path().parent_path();
  return folder / "share/hammock/end-of-life.txt";
}

Words postgres_words(const timebomb::Postgres& postgres, Duration timeout) {
  const Duration own = timeout * kOwnTimePercent / 100;
  const auto seconds = std::max(std::int64_t{1}, own / std::chrono::seconds(1));
  return {"postgres", std::to_string(seconds), postgres.conninfo};
}

Words clock_words(const timebomb::Clock& clock, Duration timeout) {
  const Duration own = std::min(timeout * kOwnTimePercent / 100, kClockMost);
  Words words = {"clock", std::to_string(own / std::chrono::milliseconds(1))};
  words.insert(words.end(), clock.servers.begin(), clock.servers.end());
  return words;
}

Words end_of_life_words(const timebomb::EndOfLife& end, const std::string& gauge,
                        const std::string& folder) {
  Words words = {"end-of-life", end.table ? below(folder, *end.table) : shipped_table(gauge)};
  if (!end.product.empty()) words.insert(words.end(), {end.product, end.release});
  return words;
}

// What the gauge is to measure; empty: it is not asked.
Words gauge_words(const timebomb::Config& timebomb, const std::string& gauge,
                  const std::string& folder) {
  return match(
      timebomb.target, [](const timebomb::Certificate&) { return Words(); },
      [&](const timebomb::CertificateFile& some) {
        return Words{"certificate", below(folder, some.path)};
      },
      [](const timebomb::Domain&) { return Words(); },
      [](const timebomb::Date&) { return Words(); },
      [&](const timebomb::Disk& some) { return Words{"disk", below(folder, some.path)}; },
      [&](const timebomb::Backup& some) {
        return Words{"newest", below(literal(folder), some.pattern)};
      },
      [&](const timebomb::Postgres& some) { return postgres_words(some, timebomb.timeout); },
      [&](const timebomb::Clock& some) { return clock_words(some, timebomb.timeout); },
      [&](const timebomb::EndOfLife& some) { return end_of_life_words(some, gauge, folder); },
      [&](const timebomb::Secret& some) {
        const auto* file = std::get_if<std::string>(&some.changed);
        return file != nullptr ? Words{"newest", literal(below(folder, *file))} : Words();
      },
      [](const timebomb::Command&) { return Words(); });
}

}  // namespace

std::optional<service::Config> program_of(const timebomb::Config& timebomb,
                                          const std::string& gauge, const std::string& folder) {
  service::Config program;
  program.name = fmt::format("timebomb.{}", timebomb.name);
  std::optional<std::string> user;
  if (const auto* command = std::get_if<timebomb::Command>(&timebomb.target)) {
    program.command = command->command;
    program.env = command->env;
    user = command->user;
  } else {
    Words words = gauge_words(timebomb, gauge, folder);
    if (words.empty()) return std::nullopt;
    program.command = {gauge};
    program.command.insert(program.command.end(), words.begin(), words.end());
    const auto* postgres = std::get_if<timebomb::Postgres>(&timebomb.target);
    if (postgres != nullptr) user = postgres->user;
  }
  if (user) program.user = service::Enforced<std::string>{*user, false};
  return program;
}

}  // namespace hammock::resolve
