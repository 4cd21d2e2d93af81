// The draft: one time bomb as it will be once the facts decided so far are applied. Of this module
// only.
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "core/timebomb/timebomb.h"

namespace hammock::timebomb {

// The fold of what is remembered of one; nothing for other facts.
void fold_into(Bomb& bomb, const Fact& fact);

class Draft {
 public:
  Draft(std::string name, Bomb bomb, Now now, Decision& decision)
      : name_(std::move(name)), bomb_(std::move(bomb)), now_(now), decision_(decision) {}

  const std::string& name() const { return name_; }
  const Bomb& bomb() const { return bomb_; }
  const Config& config() const { return bomb_.setup->config; }
  Now now() const { return now_; }
  Run& run() { return bomb_.run; }

  // What will be remembered; bomb() has it at once.
  void say(Fact fact) {
    fold_into(bomb_, fact);
    decision_.facts.push_back(std::move(fact));
  }
  void order(Order order) { decision_.orders.push_back(std::move(order)); }
  void see(Reading reading) {
    bomb_.reading = std::move(reading);
    bomb_.read_at = now_.wall;
  }
  // The clock was set: nothing was read later than now.
  void clock_set() { bomb_.read_at = std::min(bomb_.read_at, now_.wall); }
  // How it is now comes after what was said.
  void end() {
    decision_.facts.emplace_back(
        TimebombMoved{std::move(name_), bomb_.run, std::move(bomb_.reading), bomb_.read_at});
  }

 private:
  std::string name_;
  Bomb bomb_;
  Now now_;
  Decision& decision_;
};

// Tells of the rung that has been reached, or that it is over; and when to look again.
void climb(Draft& draft);

}  // namespace hammock::timebomb
