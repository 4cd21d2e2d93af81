// Heartbeats of the simulated house: what is configured, and who pings when.
#include "sim/house.h"

namespace hammock::sim {

using namespace std::chrono_literals;

void House::draw_tolerance(heartbeat::Config& config) {
  Random& random = world_.random;
  const bool counts = random.percent(70);
  if (counts) {
    const auto n = static_cast<std::uint32_t>(1 + random.below(6));
    config.fail_after = KOfN{static_cast<std::uint32_t>(1 + random.below(n)), n};
  }
  if (!counts || random.percent(50)) config.success_within = random.between(10s, 40s);
}

void House::draw_heartbeats() {
  Random& random = world_.random;
  for (std::string_view name : {"copy", "dump", "mail"}) {
    heartbeat::Setup setup;
    setup.config.name = name;
    setup.config.when = heartbeat::Every{random.between(1s, 20s)};
    setup.config.grace = random.between(1s, 10s);
    if (name == "mail") draw_tolerance(setup.config);
    setup.uuid = heartbeat::uuid_of("sim", setup.config.name);
    heartbeats_.push_back(std::move(setup));
  }
  for (std::size_t i = 0; i < heartbeats_.size(); ++i)
    ping_later(i);
}

// Pings can come from a moment after it is known for whom.
void House::give_heartbeats() {
  feed(heartbeat::ConfigurationGiven{share_each(heartbeats_)}, "heartbeats");
  world_.after(world_.random.between(0us, 50ms), [this, life = brain_life_] {
    if (brain_lives_ && life == brain_life_) feed(heartbeat::ListeningBegan{false}, "listening");
  });
}

// Most pings come in time; now and then the work hangs.
void House::ping_later(std::size_t which) {
  Random& random = world_.random;
  const auto& every = std::get<heartbeat::Every>(heartbeats_[which].config.when);
  const Duration wait = random.percent(90) ? random.between(1ms, every.distance)
                                           : random.between(every.distance, every.distance * 4);
  world_.after(wait, [this, which] {
    send_ping(which);
    ping_later(which);
  });
}

void House::send_ping(std::size_t which) {
  Random& random = world_.random;
  const auto& known = std::get<heartbeat::State>(state_);
  if (!brain_lives_ || !known.known || !known.watching) return;
  heartbeat::Ping ping;
  const std::uint64_t dice = random.below(10);
  ping.signal = dice < 6   ? heartbeat::Signal::kSuccess
                : dice < 8 ? heartbeat::Signal::kStart
                : dice < 9 ? heartbeat::Signal::kFail
                           : heartbeat::Signal::kLog;
  const std::string& name = heartbeats_[which].config.name;
  const std::uint64_t life = brain_life_;
  feed(heartbeat::PingGiven{name, ping}, "ping");
  if (brain_lives_ && life == brain_life_) heartbeat_rules_.acknowledged(name);
}

}  // namespace hammock::sim
