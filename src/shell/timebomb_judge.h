// From what was seen of a time bomb to when it goes off. Pure.
//
// * What cannot be told apart is unknown, and a sentence says why: a gauge that was killed, an
// output
//   that is none, a server that did not answer. It never becomes a date.
// * Sentences name what was looked at and what was found; nothing secret is in either.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/forecast/forecast.h"
#include "core/timebomb/timebomb.h"
#include "shell/programs.h"
#include "shell/told.h"

namespace hammock::shell {

// The newest file may still be written for so long after its last change.
inline constexpr Duration kBackupSettles = std::chrono::minutes(5);

// A file of the future says nothing about its age; a clock that is a little off is no future.
inline constexpr Duration kFutureMost = std::chrono::hours(1);

// What is known beside what was seen.
struct Beside {
  Instant now{};
  std::optional<timebomb::Reading> before;  // the newest reading until now
  std::optional<Instant> verified;          // when the job that verifies a backup succeeded last
};

// Of what needs no look: a day in the configuration.
timebomb::Sighting judge_day(const timebomb::Setup& setup, Instant now);
// Of a gauge or a command; not of a disk or of postgres, whose amounts are below.
timebomb::Sighting judge_program(const timebomb::Setup& setup, const ProgramEnd& end,
                                 const Beside& beside);
// Of a server at each of its addresses, at least one.
timebomb::Sighting judge_server(const timebomb::Certificate& server, std::span<const Told> told);
// Of what its registry says.
timebomb::Sighting judge_domain(const timebomb::Domain& domain, const Told& told);

// Something that is used up.
struct Amount {
  std::string what;  // stays the same from look to look
  std::uint64_t used = 0;
  std::optional<std::uint64_t> most;      // none: there is no end to it
  std::uint64_t quiet_below = 0;          // it goes up and down below this
  std::vector<forecast::Sample> samples;  // with the newest one, the oldest first
};
struct Measured {
  std::vector<Amount> amounts;
  std::string hidden;  // what could not be measured, a sentence; empty: nothing
};
// What a gauge has measured, without samples; or why it has not.
std::variant<Measured, timebomb::Unread> read_amounts(const timebomb::Target& target,
                                                      const ProgramEnd& end);
// The worst of them. `early` is the earliest of all: none of them is full before. When it is too
// early for a forecast of one of them, or something is hidden, that is unknown, unless another is
// so near that people have to hear of it.
timebomb::Sighting judge_amounts(const timebomb::Setup& setup, const Measured& measured,
                                 const Beside& beside);

}  // namespace hammock::shell
