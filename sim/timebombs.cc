// Time bombs of the simulated house: what comes back from looks at them.
#include "sim/house.h"

namespace hammock::sim {

using namespace std::chrono_literals;

void House::give_timebombs() {
  timebomb_rules_.configured(timebombs_);
  feed(timebomb::ConfigurationGiven{share_each(timebombs_)}, "time bombs");
}

// What is seen is as old as the answer is late. Some answers come after nobody waits for them any
// more.
void House::look_at(const timebomb::Look& look) {
  Random& random = world_.random;
  timebomb::Looked looked{look.id, look.timebomb, bombs_.look(look.timebomb)};
  Duration wait = random.between(1ms, 200ms);
  if (!world_.calm && random.percent(5)) wait = random.between(200ms, 10s);
  if (!world_.calm && random.below(200) == 0) {
    wait = timebomb::kAnswerLate + 10s;
    lost_looks_ = {brain_life_, world_.clock() + wait};
  }
  world_.after(wait, [this, looked, life = brain_life_] {
    if (!brain_lives_ || life != brain_life_) return;
    timebomb_rules_.looked(looked);
    feed(looked, "looked");
  });
}

// Until the last of them has been given up, and the next one is answered.
void House::wait_for_looks() {
  const auto& [life, until] = lost_looks_;
  if (life == brain_life_ && until > world_.clock()) run_for(until - world_.clock() + 30s);
}

}  // namespace hammock::sim
