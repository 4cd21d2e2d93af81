#include "sim/bombs.h"

#include <algorithm>

#include "core/timebomb/ladder.h"

namespace hammock::sim {
namespace {

using namespace std::chrono_literals;
using timebomb::Shown;

// Of more than kToldMost things the room does not remember what was told.
constexpr std::uint32_t kThingsMost = timebomb::kToldMost;

}  // namespace

std::vector<timebomb::Setup> Bombs::draw() {
  std::vector<timebomb::Setup> setups;
  const std::size_t count = 3 + world_.random.below(4);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = "bomb" + std::to_string(i);
    const Bomb& bomb = bombs_.emplace(name, draw_one(name)).first->second;
    setups.push_back({bomb.config, "what " + name + " looks at", std::nullopt});
    change_later(name);
  }
  return setups;
}

Bombs::Bomb Bombs::draw_one(std::string name) {
  Random& random = world_.random;
  Bomb bomb;
  bomb.is_forecast = random.percent(50);
  bomb.config.name = std::move(name);
  bomb.config.every = random.between(1s, 6s);
  bomb.config.timeout = random.between(100ms, 1s);
  bomb.config.warn_before.emplace();
  for (Duration rung : {90s, 60s, 40s, 25s, 12s, 5s, 2s}) {
    if (random.percent(60)) bomb.config.warn_before->push_back(rung);
  }
  bomb.things.resize(random.percent(50) ? 1 : 2);
  for (Thing& thing : bomb.things)
    replace(bomb, thing);
  return bomb;
}

// By another one.
void Bombs::replace(Bomb& bomb, Thing& thing) {
  thing.identity = bomb.config.name + " number " + std::to_string(++bomb.ever);
  thing.goes_off = world_.now().wall + world_.random.between(1s, 200s);
}

void Bombs::change_later(const std::string& name) {
  world_.after(world_.random.between(100ms, 20s), [this, name] {
    if (settled_) return;
    change(bombs_.find(name)->second);
    change_later(name);
  });
}

void Bombs::change(Bomb& bomb) {
  Random& random = world_.random;
  Thing& thing = bomb.things[random.below(bomb.things.size())];
  const std::uint64_t dice = random.below(100);
  if (dice < 15)
    bomb.sight = Sight::kNone;
  else if (dice < 20)
    bomb.sight = Sight::kEarly;
  else if (dice < 50)
    bomb.sight = Sight::kClear;
  if (dice >= 35 && dice < 60) bomb.shown = random.below(bomb.things.size());
  if (dice < 60) return;
  if (bomb.is_forecast)
    move(thing);
  else if (bomb.ever < kThingsMost)
    replace(bomb, thing);
}

// A forecast: a little, or by much, or out of sight.
void Bombs::move(Thing& thing) {
  Random& random = world_.random;
  const Instant now = world_.now().wall;
  const std::uint64_t dice = random.below(10);
  if (dice < 2)
    thing.goes_off.reset();
  else if (dice < 6 || !thing.goes_off)
    thing.goes_off = now + random.between(-5s, 150s);
  else
    *thing.goes_off += (*thing.goes_off - now) / 100 * (static_cast<int>(random.below(61)) - 30);
}

void Bombs::settle() {
  settled_ = true;
  for (auto& [name, bomb] : bombs_) {
    if (bomb.sight == Sight::kEarly) bomb.sight = Sight::kClear;
  }
}

timebomb::Sighting Bombs::look(std::string_view name) {
  const Bomb& bomb = bombs_.find(name)->second;
  if (bomb.sight != Sight::kClear)
    return timebomb::Unread{"it tells nothing", bomb.sight == Sight::kEarly};
  // Two that answer in turns, as one address of two machines does.
  const bool takes_turns = !settled_ && world_.random.percent(20);
  const Thing& thing =
      bomb.things[takes_turns ? world_.random.below(bomb.things.size()) : bomb.shown];
  timebomb::Reading reading;
  reading.identity = thing.identity;
  reading.goes_off = thing.goes_off;
  reading.evidence = "seen";
  return reading;
}

Shown Bombs::truth(std::string_view name) const {
  const Bomb& bomb = bombs_.find(name)->second;
  if (bomb.sight != Sight::kClear) return Shown::kUnknown;
  const Thing& thing = bomb.things[bomb.shown];
  if (!thing.goes_off) return Shown::kQuiet;
  const Duration left = *thing.goes_off - world_.now().wall;
  if (left <= 0s) return Shown::kGoneOff;
  const bool is_near =
      std::ranges::any_of(*bomb.config.warn_before, [&](Duration rung) { return left <= rung; });
  return is_near ? Shown::kTicking : Shown::kQuiet;
}

}  // namespace hammock::sim
