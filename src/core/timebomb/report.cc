#include "core/timebomb/ladder.h"
#include "core/timebomb/timebomb.h"

namespace hammock::timebomb {
namespace {

Shown shown(const Bomb& bomb, const std::vector<Duration>& rungs, Instant now) {
  if (!bomb.reading) return bomb.run.failed > 0 || bomb.is_unknown ? Shown::kUnknown : Shown::kNew;
  // Nobody has looked for so long, or could, that it says nothing any more.
  const Config& config = bomb.setup->config;
  if (now - bomb.read_at > trust_of(config) + config.every) return Shown::kUnknown;
  if (bomb.is_unknown) return Shown::kUnknown;
  if (!bomb.reading->goes_off) return Shown::kQuiet;
  const auto rung = rung_at(rungs, *bomb.reading->goes_off - now);
  if (!rung) return Shown::kQuiet;
  return *rung == Duration::zero() ? Shown::kGoneOff : Shown::kTicking;
}

}  // namespace

std::vector<Report> report(const State& state, Now now) {
  std::vector<Report> reports;
  reports.reserve(state.order.size());
  for (const std::string& name : state.order) {
    const Bomb& bomb = state.bombs.find(name)->second;
    Report one;
    one.name = name;
    one.setup = bomb.setup;
    one.rungs = rungs_of(bomb.setup->config, bomb.reading.value_or(Reading()));
    one.shown = shown(bomb, one.rungs, now.wall);
    one.reading = bomb.reading;
    if (bomb.reading) {
      one.seen = bomb.read_at;
      const Tally tally = read_told(bomb.told);
      const Told* told = find(tally, hash_of(bomb.reading->identity));
      if (told != nullptr) one.told = told->rung;
    }
    one.why = bomb.run.why;
    reports.push_back(std::move(one));
  }
  return reports;
}

}  // namespace hammock::timebomb
