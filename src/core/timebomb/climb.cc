#include <algorithm>

#include "core/timebomb/draft.h"
#include "core/timebomb/ladder.h"

namespace hammock::timebomb {
namespace {

// Wall time may be set, and what is far away is looked at once a day anyway.
constexpr Duration kCheckMost = std::chrono::days(1);

Steady next_check(const std::vector<Duration>& rungs, Instant goes_off, Now now) {
  Duration next = kCheckMost;
  auto consider = [&](Instant at) {
    if (at > now.wall) next = std::min(next, at - now.wall);
  };
  consider(goes_off);
  for (Duration rung : rungs)
    consider(goes_off - rung);
  return now.steady + next;
}

// A date that moves: so far away again that what was told of may be told of again.
bool is_eased(const std::vector<Duration>& rungs, Duration told, Duration remaining) {
  const Duration least = rungs.empty() ? Duration::zero() : rungs.back();
  return remaining / 2 > std::max(told, least);
}

void tell(Draft& draft, const Reading& reading, Duration rung, std::string told) {
  const Instant at = draft.now().wall;
  if (rung == Duration::zero()) {
    draft.say(TimebombWentOff{draft.name(), at, *reading.goes_off, reading.evidence, told});
  } else {
    draft.say(TimebombWarned{draft.name(), at, rung, *reading.goes_off, reading.evidence, told});
  }
}

void defuse(Draft& draft, const Reading& reading, Tally tally, bool is_same) {
  if (is_same) tally.told.pop_back();
  tally.is_ringing = false;
  draft.say(TimebombDefused{draft.name(), draft.now().wall, reading.goes_off.value_or(Instant{}),
                            reading.evidence, text_of(tally)});
}

}  // namespace

void climb(Draft& draft) {
  draft.run().check = Steady::max();
  if (!draft.bomb().reading) return;
  const Reading reading = *draft.bomb().reading;
  const Now now = draft.now();
  const std::vector<Duration> rungs = rungs_of(draft.config(), reading);
  const std::string hash = hash_of(reading.identity);
  Tally tally = read_told(draft.bomb().told);
  const Told* told = find(tally, hash);
  std::optional<Duration> reached;
  if (reading.goes_off) {
    draft.run().check = next_check(rungs, *reading.goes_off, now);
    const Duration remaining = *reading.goes_off - now.wall;
    reached = rung_at(rungs, remaining);
    if (reached && told != nullptr && *reached > told->rung &&
        is_eased(rungs, told->rung, remaining)) {
      set_told(tally, hash, *reached);
      return draft.say(TimebombEased{draft.name(), now.wall, text_of(tally)});
    }
  }
  if (reached && (told == nullptr || *reached < told->rung)) {
    // What an earlier process has read is looked at again before anybody is told.
    if (!draft.run().has_looked) {
      draft.run().due = std::min(draft.run().due, now.steady);
      return;
    }
    set_told(tally, hash, *reached);
    tally.is_ringing = true;
    return tell(draft, reading, *reached, text_of(tally));
  }
  if (reached) return;
  const bool is_calm = draft.run().calm >= kCalmLooks;
  const bool is_same = tally.is_ringing && tally.told.back().hash == hash;
  if (is_same ? is_calm : tally.is_ringing) {
    defuse(draft, reading, std::move(tally), is_same);
  } else if (told != nullptr && !is_same && is_calm) {
    // Another one was in its place when it was told that it is over.
    forget(tally, hash);
    draft.say(TimebombEased{draft.name(), now.wall, text_of(tally)});
  }
}

}  // namespace hammock::timebomb
