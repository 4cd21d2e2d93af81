#include "sim/world.h"

#include <algorithm>
#include <cerrno>

#include "base/variant.h"

namespace hammock::sim {

using namespace std::chrono_literals;
using service::SlotPhase;

namespace {

constexpr std::uint32_t kExec = 15;
constexpr std::uint32_t kClaim = 2;  // revoked: it never came so far

}  // namespace

void World::after(Duration wait, std::function<void()> happening) {
  plan_.push({steady_ + wait, planned_++, std::move(happening)});
}

bool World::step(Steady end) {
  if (plan_.empty() || plan_.top().at > end) {
    wall_ += end - steady_;
    steady_ = end;
    return false;
  }
  Planned planned = plan_.top();
  plan_.pop();
  wall_ += planned.at - steady_;
  steady_ = planned.at;
  planned.happening();
  return true;
}

void World::hint(const SlotKey& key) {
  std::uint64_t life = keeper_life_;
  after(random.between(0us, 3ms), [this, key, life] {
    if (keeper_lives_ && life == keeper_life_) listener_.changed(key);
  });
}

// A new keeper revokes starts that nobody has claimed, and finds out who ended meanwhile.
void World::start_keeper() {
  keeper_lives_ = true;
  ++keeper_life_;
  link_free_at_ = steady_;
  for (auto& [key, slot] : slots_) {
    if (slot.view.phase == SlotPhase::kStarting) {
      reap(key, slot.view.generation, std::nullopt, kClaim);
    } else if (slot.view.phase == SlotPhase::kRunning && !slot.copy.alive) {
      reap(key, slot.view.generation, std::nullopt, 0);
    }
  }
}

void World::kill_keeper() {
  keeper_lives_ = false;
  ++keeper_life_;
}

void World::boot() {
  slots_.clear();
  generations_.clear();
  ++boots_;
  booted_ = steady_ - Steady(random.between(2s, 20s));
}

void World::send(const service::Order& order) {
  if (!keeper_lives_) return;
  // The link keeps the order of orders.
  Steady arrives = std::max(link_free_at_, steady_ + random.between(0us, 2ms));
  link_free_at_ = arrives;
  std::uint64_t life = keeper_life_;
  std::uint64_t link = link_life_;
  after(arrives - steady_, [this, order, life, link] {
    if (keeper_lives_ && life == keeper_life_ && link == link_life_) carry_out(order);
  });
}

void World::carry_out(const service::Order& order) {
  match(
      order, [&](const service::Define& o) { define(o); },
      [&](const service::Forget& o) { forget(o); }, [&](const service::Spawn& o) { spawn(o); },
      [&](const service::Signal& o) { signal(o.target, o.signal); },
      [&](const service::SignalGroup& o) { signal(o.target, o.signal); },
      [&](const service::Kill& o) { signal(o.target, 9); }, [&](const service::Arm& o) { arm(o); },
      [](const service::DropStored&) {}, [](const service::Look&) {},
      [](const service::ProbeTcp&) {}, [](const service::RunCommand&) {},
      [](const service::Reply&) {}, [](const service::ExitHammock&) {});
}

void World::define(const service::Define& order) {
  SlotKey key{order.service, order.instance};
  if (!calm && random.percent(1)) {
    return listener_.refused({order.service, order.instance, 0, service::KeeperOrder::kDefine, 28});
  }
  if (!slots_.contains(key)) {
    service::SlotView view;
    view.service = order.service;
    view.instance = order.instance;
    view.slot = free_index();
    // Generations go on, whoever had the slot.
    if (auto before = generations_.find(view.slot); before != generations_.end()) {
      view.generation = before->second;
    }
    slots_[key].view = std::move(view);
  }
  hint(key);
}

std::uint32_t World::free_index() const {
  std::set<std::uint32_t> used;
  for (const auto& [key, slot] : slots_)
    used.insert(slot.view.slot);
  std::uint32_t index = 0;
  while (used.contains(index))
    ++index;
  return index;
}

void World::forget(const service::Forget& order) {
  SlotKey key{order.service, order.instance};
  auto found = slots_.find(key);
  if (found == slots_.end()) return;
  if (found->second.view.phase != SlotPhase::kIdle) {
    return listener_.refused({order.service, order.instance, found->second.view.generation,
                              service::KeeperOrder::kForget, 16});
  }
  generations_[found->second.view.slot] = found->second.view.generation;
  slots_.erase(found);
  hint(key);
}

Slot* World::present(const service::Target& target) {
  auto found = slots_.find({target.service, target.instance});
  bool same = found != slots_.end() && found->second.view.generation == target.generation;
  return same ? &found->second : nullptr;
}

void World::spawn(const service::Spawn& order) {
  Slot* slot = present(order.target);
  if (slot == nullptr || slot->view.phase != SlotPhase::kIdle) return;  // void: it has moved on
  if (!calm && random.percent(1)) {
    return listener_.refused({order.target.service, order.target.instance, order.target.generation,
                              service::KeeperOrder::kSpawn, 11});
  }
  begin({order.target.service, order.target.instance}, order.spec);
}

void World::arm(const service::Arm& order) {
  if (order.tokens > 2) broken.push_back("more than two reflex tokens were asked for");
  Slot* slot = present(order.target);
  if (slot == nullptr) return;
  slot->view.reflex_tokens = order.tokens;
  slot->view.reflex_spec = order.spec;
  slot->no_reflex = order.no_reflex;
}

void World::later(const SlotKey& key, Duration wait, std::function<void(Slot&)> happening) {
  const std::uint64_t serial = slots_.at(key).copy.serial;
  after(wait, [this, key, serial, happening = std::move(happening)] {
    auto found = slots_.find(key);
    if (found == slots_.end() || found->second.copy.serial != serial) return;
    if (found->second.copy.alive) happening(found->second);
  });
}

void World::begin(const SlotKey& key, std::uint64_t spec) {
  Slot& slot = slots_.at(key);
  if (slot.copy.alive) broken.push_back("a second copy of " + key.first + " was started");
  service::SlotView& view = slot.view;
  ++view.generation;
  view.phase = SlotPhase::kStarting;
  view.spec = spec;
  view.pid = 0;
  view.ready = view.stopping = view.reloading = view.watchdog_trigger = false;
  view.reloads_done = 0;
  view.reloading_since.reset();
  view.watchdog_fed.reset();
  view.extend_until.reset();
  std::uint64_t generation = view.generation;
  std::uint64_t serial = slot.copy.serial = ++serials_;
  std::uint64_t life = keeper_life_;
  after(random.between(100us, 3ms), [this, key, generation, serial, life] {
    auto found = slots_.find(key);
    bool mine = keeper_lives_ && life == keeper_life_ && found != slots_.end() &&
                found->second.copy.serial == serial;
    if (mine && found->second.view.phase == SlotPhase::kStarting) exec(key, generation);
  });
}

void World::exec(const SlotKey& key, std::uint64_t generation) {
  Slot& slot = slots_.at(key);
  const service::Config& program = programs[key.first];
  Behaviour will = program.on_demand ? draw_to_an_end(program) : draw(program);
  slot.copy = Copy{slot.copy.serial, will, false, false, {}};
  if (will.fails_before_exec) return reap(key, generation, std::nullopt, kExec);
  slot.view.phase = SlotPhase::kRunning;
  slot.view.pid = static_cast<std::int32_t>(1000 + planned_);
  slot.view.started = steady();
  slot.view.started_wall = wall_;
  slot.copy.alive = true;
  listener_.began(slot.view);
  hint(key);
  if (will.ready_after) {
    later(key, *will.ready_after, [this, key](Slot& it) {
      it.copy.ready = it.view.ready = true;
      hint(key);
    });
  }
  if (will.hangs) {
    later(key, random.between(1s, 10s), [this](Slot& it) { it.copy.hung_since = steady(); });
  }
  if (will.says_stopping) {
    later(key, random.between(1s, 10s), [this, key](Slot& it) {
      it.view.stopping = true;
      hint(key);
    });
  }
  if (will.ends_after) {
    later(key, *will.ends_after,
          [this, key, generation, will](Slot&) { end(key, generation, will.ends_with); });
  }
}

Behaviour World::draw(const service::Config& config) {
  Behaviour will;
  will.ready_after = random.between(1ms, config.ready.within / 2);
  will.obeys_after = random.between(1ms, config.stop.within / 2);
  will.obeys_with = random.percent(50) ? 15 : random.percent(50) ? 0 : 143 << 8;
  if (calm) return will;
  constexpr std::array<std::int32_t, 8> kEnds = {11, 9, 0, 1 << 8, 75 << 8, 78 << 8, 3 << 8, 6};
  will.ends_with = kEnds[random.below(kEnds.size())];
  will.fails_before_exec = random.percent(4);
  if (random.percent(8)) will.ready_after = random.between(0us, config.ready.within * 2);
  if (random.percent(5)) will.ready_after.reset();
  if (random.percent(15)) will.ends_after = random.between(0us, 300ms);
  if (random.percent(25)) will.ends_after = random.between(100ms, 20s);
  if (random.percent(10)) will.obeys_after = random.between(0us, config.stop.within * 2);
  if (random.percent(8)) will.obeys_after.reset();
  will.hangs = random.percent(20);
  will.says_stopping = random.percent(2);
  will.finishes_reloads = random.percent(70);
  return will;
}

Behaviour World::draw_to_an_end(const service::Config& config) {
  Behaviour will;
  will.obeys_after = random.between(1ms, config.stop.within / 2);
  will.ends_after = random.between(5ms, 60ms);
  if (calm) return will;
  constexpr std::array<std::int32_t, 6> kEnds = {9, 11, 1 << 8, 3 << 8, 75 << 8, 78 << 8};
  if (random.percent(35)) will.ends_with = kEnds[random.below(kEnds.size())];
  will.ends_after = random.percent(50) ? random.between(0us, 200ms) : random.between(100ms, 8s);
  if (random.percent(8)) will.ends_after.reset();
  if (random.percent(20)) will.obeys_with = 0;
  if (random.percent(8)) will.obeys_after.reset();
  will.fails_before_exec = random.percent(4);
  return will;
}

void World::signal(const service::Target& target, std::int32_t number) {
  Slot* slot = present(target);
  if (slot == nullptr || !slot->copy.alive) return;
  SlotKey key{target.service, target.instance};
  const Behaviour& will = slot->copy.behaviour;
  std::uint64_t generation = target.generation;
  auto end_after = [&](Duration wait, std::int32_t status) {
    later(key, wait, [this, key, generation, status](Slot&) { end(key, generation, status); });
  };
  if (number == 9) return end_after(random.between(10us, 5ms), 9);
  if (number == 6) return end_after(random.between(10us, 10ms), 6);
  if (number == 15 && will.obeys_after) return end_after(*will.obeys_after, will.obeys_with);
  if (number != 1) return;
  later(key, random.between(100us, 5ms), [this, key](Slot& it) {
    it.view.reloading = true;
    it.view.reloading_since = steady();
    hint(key);
  });
  if (!will.finishes_reloads) return;
  later(key, random.between(6ms, 500ms), [this, key](Slot& it) {
    it.view.reloading = false;
    ++it.view.reloads_done;
    hint(key);
  });
}

void World::kill_copy(const SlotKey& key) {
  auto found = slots_.find(key);
  if (found != slots_.end() && found->second.copy.alive) end(key, found->second.view.generation, 9);
}

void World::end(const SlotKey& key, std::uint64_t generation, std::int32_t wait_status) {
  Slot& slot = slots_.at(key);
  slot.copy.alive = slot.copy.ready = false;
  listener_.ended(slot.view, wait_status);
  if (keeper_lives_) reap(key, generation, wait_status, 0);
}

void World::reap(const SlotKey& key, std::uint64_t generation,
                 std::optional<std::int32_t> wait_status, std::uint32_t stage) {
  Slot& slot = slots_.at(key);
  service::SlotView& view = slot.view;
  slot.copy.alive = slot.copy.ready = false;
  ended.insert({boots_, view.slot, generation});
  service::SlotExit exit;
  exit.generation = generation;
  exit.at = wall_;
  if (stage == 0) exit.ran = steady() - view.started;
  exit.pid = view.pid;
  exit.wait_status = wait_status;
  exit.was_ready = view.ready && stage == 0;
  exit.stage = stage;
  if (stage != 0) {
    exit.stage_name = stage == kExec ? "exec" : "claim";
    exit.stage_errno = stage == kExec ? ENOENT : ECANCELED;
  }
  std::uint32_t code = static_cast<std::uint32_t>(wait_status.value_or(0) >> 8) & 0xffU;
  bool by_signal = (wait_status.value_or(1) & 0x7f) != 0;
  bool forbidden = !by_signal && (slot.no_reflex[code / 8] >> (code % 8) & 1) != 0;
  exit.by_reflex = view.reflex_tokens > 0 && !forbidden;
  view.exits.push_back(exit);
  if (view.exits.size() > 4) view.exits.erase(view.exits.begin());
  view.phase = SlotPhase::kIdle;
  view.pid = 0;
  if (exit.by_reflex) {
    --view.reflex_tokens;
    begin(key, view.reflex_spec);
  }
  hint(key);
}

std::optional<service::SlotView> World::read(const SlotKey& key) const {
  auto found = slots_.find(key);
  if (found == slots_.end()) return std::nullopt;
  service::SlotView view = found->second.view;
  // Fed every moment until it hangs.
  Steady hung = found->second.copy.hung_since;
  if (found->second.copy.alive) view.watchdog_fed = hung == Steady{} ? steady() : hung;
  auto program = programs.find(key.first);
  bool speaks = program != programs.end() &&
                (std::holds_alternative<service::ReadyByNotify>(program->second.ready.how) ||
                 std::holds_alternative<service::ReadyByDescriptor>(program->second.ready.how));
  if (!speaks) view.ready = false;
  return view;
}

std::vector<service::SlotView> World::read_all() const {
  std::vector<service::SlotView> views;
  for (const auto& [key, slot] : slots_)
    views.push_back(*read(key));
  return views;
}

bool World::truly_ready(const service::Target& target) const {
  auto found = slots_.find({target.service, target.instance});
  return found != slots_.end() && found->second.view.generation == target.generation &&
         found->second.copy.alive && found->second.copy.ready;
}

}  // namespace hammock::sim
