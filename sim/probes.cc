// Probes of the simulated house: what comes back when they go out.
#include "sim/house.h"

namespace hammock::sim {

using namespace std::chrono_literals;

void House::give_probes() {
  feed(probe::ConfigurationGiven{share_each(probes_)}, "probes");
}

// Whatever cannot be reached when it goes out or when the answer should come has failed.
void House::try_target(const probe::Ask& ask) {
  Random& random = world_.random;
  const std::string target = ask.probe.empty() ? ask.witness : ask.probe;
  const bool reached = network_.reaches(target);
  const Duration wait = reached ? random.between(1ms, 50ms) : random.between(1ms, 1s);
  const bool is_lost = !world_.calm && random.percent(3);  // the courier died, and the next one
  world_.after(wait, [this, ask, target, reached, wait, is_lost, life = brain_life_] {
    if (!brain_lives_ || life != brain_life_) return;
    probe::Tried tried;
    tried.id = ask.id;
    tried.probe = ask.probe;
    tried.witness = ask.witness;
    tried.took = wait;
    tried.verdict = is_lost                               ? probe::Verdict::kUnknown
                    : reached && network_.reaches(target) ? probe::Verdict::kGood
                                                          : probe::Verdict::kBad;
    feed(tried, "tried");
  });
}

}  // namespace hammock::sim
