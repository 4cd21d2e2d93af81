// What goes off by itself in the simulated world: certificates that are renewed, in time or not,
// and of which an old and a new one may take turns behind one address; forecasts that tremble, ease
// and go out of sight. Some of them cannot be read at times, or it is too early to say anything of
// them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/timebomb/timebomb.h"
#include "sim/world.h"

namespace hammock::sim {

class Bombs {
 public:
  explicit Bombs(World& world) : world_(world) {}

  // A few of them; from here on things happen to them.
  std::vector<timebomb::Setup> draw();
  // All stay as they are; whoever cannot be read can not be.
  void settle();
  bool is_settled() const { return settled_; }

  // What a look at it tells now.
  timebomb::Sighting look(std::string_view name);
  // What people should be shown.
  timebomb::Shown truth(std::string_view name) const;

 private:
  enum class Sight : std::uint8_t { kClear, kNone, kEarly };
  struct Thing {
    std::string identity;
    std::optional<Instant> goes_off;
  };
  struct Bomb {
    timebomb::Config config;
    bool is_forecast = false;
    Sight sight = Sight::kClear;
    std::vector<Thing> things;  // behind one address
    std::size_t shown = 0;      // whose turn it is
    std::uint32_t ever = 0;     // things
  };
  Bomb draw_one(std::string name);
  void replace(Bomb& bomb, Thing& thing);
  void change_later(const std::string& name);
  void change(Bomb& bomb);
  void move(Thing& thing);

  World& world_;
  bool settled_ = false;
  std::map<std::string, Bomb, std::less<>> bombs_;
};

}  // namespace hammock::sim
