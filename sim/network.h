// The simulated network: our own link, a gate, and what stands behind them, each of which is up or
// down by itself. Outages of the link and of the gate are far enough from each other that none
// begins in the evaluation that the one before has disturbed.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/engine/engine.h"
#include "sim/world.h"

namespace hammock::sim {

class Network {
 public:
  explicit Network(World& world) : world_(world) {}

  // The probes that look at it; outages begin.
  std::vector<probe::Setup> draw();
  // Whatever is down by itself stays so, but for the link and the gate.
  void settle();

  // A probe's target or a witness, as it is seen from here.
  bool reaches(const std::string& target) const;
  bool is_down(const std::string& target) const { return down_.contains(target); }
  // By itself, at some time since then, by the clock of the whole life.
  bool was_down(const std::string& target, Steady since) const;

 private:
  void flip_later(const std::string& what, Duration least_up, Duration most_up, Duration most_down);

  World& world_;
  bool settled_ = false;
  std::set<std::string> down_;
  std::map<std::string, Steady> up_since_;  // of those that were down before
};

// What must hold of probes: nobody falls who was not down himself, and nobody falls or rises twice,
// whatever dies.
class ProbeRules {
 public:
  explicit ProbeRules(std::function<void(std::string)> broken) : broken_(std::move(broken)) {}

  void decided(std::span<const engine::Fact> facts, const Network& network, Steady clock);
  void replay(std::span<const engine::Fact> journal);
  // All is calm: it is known how everybody is.
  void check_end(const probe::State& state, const Network& network, Now now);

 private:
  void take(const probe::Fact& fact);

  std::function<void(std::string)> broken_;
  std::set<std::string> fallen_;
  std::set<std::string> blind_;
};

}  // namespace hammock::sim
