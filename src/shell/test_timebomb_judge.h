// What gauges print, and what it comes to, for the tests of judgements. It is 2027-01-15T08:00:00Z.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "shell/timebomb_judge.h"

namespace hammock::shell {

using namespace std::chrono_literals;  // of tests only
using std::chrono::days;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using timebomb::Reading;
using timebomb::Sighting;
using timebomb::Unread;

inline constexpr Instant kNow{1'800'000'000s};
inline constexpr const char* kGood = R"({"files":[],"bytes":{"used":1,"most":2}})";

inline ProgramEnd exited(int status, std::string output = {}) {
  return Exited{status << 8, std::move(output)};
}

struct Seen {
  std::string path;
  Duration since{};
  std::uint64_t bytes = 0;
};
inline ProgramEnd files(const std::vector<Seen>& seen) {
  std::string list;
  for (const Seen& one : seen) {
    list += fmt::format(R"({}{{"path":"{}","modified":"{}","bytes":{}}})", list.empty() ? "" : ",",
                        one.path, format_instant_ms(kNow + one.since), one.bytes);
  }
  return exited(0, fmt::format("{{\"files\":[{}]}}\n", list));
}
inline timebomb::Backup backup() {
  timebomb::Backup backup;
  backup.pattern = "/b/*";
  backup.max_age = 24h;
  return backup;
}

inline timebomb::Setup setup_for(timebomb::Target target) {
  timebomb::Setup setup;
  setup.config.target = std::move(target);
  return setup;
}
inline Sighting judge(timebomb::Target target, const ProgramEnd& end,
                      const Beside& beside = {kNow, {}, {}}) {
  return judge_program(setup_for(std::move(target)), end, beside);
}
// Also of what is used up, without samples.
inline Sighting look(const timebomb::Target& target, const ProgramEnd& end) {
  const bool is_used_up = std::holds_alternative<timebomb::Disk>(target) ||
                          std::holds_alternative<timebomb::Postgres>(target);
  if (!is_used_up) return judge(target, end);
  auto amounts = read_amounts(target, end);
  if (const auto* unread = std::get_if<Unread>(&amounts)) return *unread;
  return judge_amounts(setup_for(target), std::get<Measured>(amounts), {kNow, {}, {}});
}

inline Reading reading_of(const Sighting& sighting) {
  const auto* unread = std::get_if<Unread>(&sighting);
  EXPECT_EQ(unread, nullptr) << unread->why;
  return unread == nullptr ? std::get<Reading>(sighting) : Reading();
}
// Empty: it was read.
template <class T>
std::string why_of(const std::variant<T, Unread>& told) {
  const auto* unread = std::get_if<Unread>(&told);
  return unread == nullptr ? std::string() : unread->why;
}

}  // namespace hammock::shell
