// Time bombs of the simulated house: what comes back from looks at them.
#include "sim/house.h"

namespace hammock::sim {

using namespace std::chrono_literals;

void House::give_timebombs() {
  timebomb_rules_.configured(timebombs_);
  feed(timebomb::ConfigurationGiven{share_each(timebombs_)}, "time bombs");
}

// What is seen is as old as the answer is late. Some answers come after nobody waits for them any
// more; in the calm no later than everything else.
void House::look_at(const timebomb::Look& look) {
  Random& random = world_.random;
  timebomb::Looked looked{look.id, look.timebomb, bombs_.look(look.timebomb)};
  Duration wait = random.between(1ms, 200ms);
  if (!world_.calm && random.percent(5)) wait = random.between(200ms, 10s);
  const bool is_lost = !world_.calm && random.percent(2);
  if (is_lost) wait = timebomb::kAnswerLate + 10s;
  answer_look(looked, world_.clock() + wait, brain_life_);
}

void House::answer_look(const timebomb::Looked& looked, Steady at, std::uint64_t life) {
  const Duration wait = std::min(Duration(at - world_.clock()), Duration(10s));
  world_.after(wait, [this, looked, at, life] {
    if (!brain_lives_ || life != brain_life_) return;
    if (world_.clock() < at && !world_.calm) return answer_look(looked, at, life);
    timebomb_rules_.looked(looked);
    feed(looked, "looked");
  });
}

}  // namespace hammock::sim
