#include "sim/network.h"

namespace hammock::sim {
namespace {

using namespace std::chrono_literals;

const std::string kLink = "link";
const std::string kGate = "gate";
const std::vector<std::string> kWitnesses = {"192.0.2.1:443", "198.51.100.1:443"};

// Longer than an evaluation takes with all its tries and looks.
constexpr Duration kEvaluationMost = 15s;

const probe::Fact* of_probe(const engine::Fact& fact) {
  return std::get_if<probe::Fact>(&fact);
}

}  // namespace

std::vector<probe::Setup> Network::draw() {
  Random& random = world_.random;
  std::vector<probe::Setup> setups;
  for (std::string_view name : {"gate", "shop", "mail", "disk"}) {
    probe::Setup setup;
    probe::Config& config = setup.config;
    config.name = name;
    config.every = random.between(1s, 10s);
    config.timeout = random.between(100ms, 1s);
    config.retries = static_cast<std::uint32_t>(random.below(3));
    config.recover_after = static_cast<std::uint32_t>(1 + random.below(3));
    if (random.percent(50)) {
      const auto n = static_cast<std::uint32_t>(1 + random.below(5));
      config.fail_after = KOfN{static_cast<std::uint32_t>(1 + random.below(n)), n};
    }
    if (name == "shop") config.depends_on = {kGate};
    if (name != "disk") setup.witnesses = kWitnesses;
    setup.identity = config.name;
    setups.push_back(std::move(setup));
    if (name != kGate) flip_later(config.name, 1s, 60s, 40s);
  }
  flip_later(kLink, kEvaluationMost, 60s, 30s);
  flip_later(kGate, kEvaluationMost, 60s, 30s);
  flip_later(kWitnesses.front(), 1s, 60s, 30s);
  return setups;
}

void Network::flip_later(const std::string& what, Duration least_up, Duration most_up,
                         Duration most_down) {
  world_.after(world_.random.between(least_up, most_up), [this, what, least_up, most_up,
                                                          most_down] {
    if (settled_) return;
    down_.insert(what);
    world_.after(world_.random.between(1ms, most_down), [this, what, least_up, most_up, most_down] {
      if (settled_) return;
      down_.erase(what);
      up_since_[what] = world_.clock();
      flip_later(what, least_up, most_up, most_down);
    });
  });
}

void Network::settle() {
  settled_ = true;
  for (const std::string& what : {kLink, kGate}) {
    if (down_.erase(what) == 1) up_since_[what] = world_.clock();
  }
}

bool Network::reaches(const std::string& target) const {
  if (down_.contains(target)) return false;
  if (target == "disk") return true;  // it is here
  return !down_.contains(kLink) && (target != "shop" || !down_.contains(kGate));
}

bool Network::was_down(const std::string& target, Steady since) const {
  if (down_.contains(target)) return true;
  auto found = up_since_.find(target);
  return found != up_since_.end() && found->second >= since;
}

void ProbeRules::take(const probe::Fact& fact) {
  if (const auto* fell = std::get_if<probe::ProbeFell>(&fact)) {
    if (!fallen_.insert(fell->probe).second) broken_(fell->probe + " fell twice");
  } else if (const auto* rose = std::get_if<probe::ProbeRose>(&fact)) {
    if (fallen_.erase(rose->probe) == 0) broken_(rose->probe + " rose, and was not down");
  } else if (const auto* began = std::get_if<probe::BlindnessBegan>(&fact)) {
    if (!blind_.insert(began->witnesses).second) broken_("blindness was said twice");
  } else if (const auto* ended = std::get_if<probe::BlindnessEnded>(&fact)) {
    if (blind_.erase(ended->witnesses) == 0) broken_("blindness ended that never began");
  }
}

void ProbeRules::decided(std::span<const engine::Fact> facts, const Network& network,
                         Steady clock) {
  for (const engine::Fact& fact : facts) {
    const probe::Fact* some = of_probe(fact);
    if (some == nullptr) continue;
    take(*some);
    const auto* fell = std::get_if<probe::ProbeFell>(some);
    if (fell != nullptr && !network.was_down(fell->probe, clock - kEvaluationMost)) {
      broken_(fell->probe + " fell, and was not down itself");
    }
  }
}

void ProbeRules::replay(std::span<const engine::Fact> journal) {
  fallen_.clear();
  blind_.clear();
  for (const engine::Fact& fact : journal) {
    if (const probe::Fact* some = of_probe(fact)) take(*some);
  }
}

void ProbeRules::check_end(const probe::State& state, const Network& network, Now now) {
  for (const probe::Report& report : probe::report(state, now)) {
    const bool up = report.shown == probe::Shown::kUp;
    const bool down = report.shown == probe::Shown::kDown;
    if (network.is_down(report.name) ? down : up) continue;
    broken_(report.name + " is shown as " + std::string(text_of(report.shown)) + ", and it is " +
            (network.is_down(report.name) ? "down" : "up"));
  }
  if (!state.blind.empty()) broken_("it says that it is blind, and it can see");
}

}  // namespace hammock::sim
