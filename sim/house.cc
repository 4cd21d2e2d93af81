// The brain of the simulated house: events in, facts to the journal, orders to the world; and its
// deaths.
#include "sim/house.h"

#include <cstdio>

#include "base/hash.h"
#include "base/variant.h"

namespace hammock::sim {

using namespace std::chrono_literals;

House::House(std::uint64_t seed, bool print)
    : seed_(seed),
      print_(print),
      world_(seed, {[this](const SlotKey& key) {
                      if (!brain_lives_) return;
                      if (auto view = world_.read(key)) {
                        feed(service::SlotSeen{std::move(*view)}, "slot seen");
                      } else {
                        feed(service::SlotGone{key.first, key.second}, "slot gone");
                      }
                    },
                    [this](const service::OrderRefused& refused) {
                      if (brain_lives_) feed(refused, "refused");
                    }}),
      state_(engine::make_state(seed)) {}

void House::trace(const std::string& line) {
  outcome_.trace = fnv1a(line, outcome_.trace);
  if (print_) {
    auto time = world_.now().steady.time_since_epoch().count();
    std::fprintf(stderr, "%12.6f %s\n", static_cast<double>(time) / 1e6, line.c_str());
  }
}

void House::rule_broken(std::string sentence) {
  trace("BROKEN " + sentence);
  outcome_.broken.push_back(std::move(sentence));
}

// Replay of what the journal kept, then what is configured, then what runs.
void House::start_brain() {
  brain_lives_ = true;
  ++brain_life_;
  trace("brain starts");
  state_ = engine::make_state(seed_);
  for (const engine::Fact& fact : journal_) {
    auto back = engine::fact_from_json(engine::room_of(fact), engine::name_of(fact),
                                       engine::fields_json(fact));
    if (!back) return rule_broken("the journal cannot be read: " + back.error().message);
    engine::apply(state_, *back);
  }
  std::string digest = room().house.digest.empty() ? wanted_digest_ : room().house.digest;
  feed(service::ConfigurationGiven{digest, share_each(documents_[digest]), ""}, "configuration");
  if (brain_lives_ && world_.keeper_lives()) {
    feed(service::LedgerRead{"boot", by_up_, world_.read_all()}, "ledger");
    by_up_ = false;
  }
}

void House::kill_brain() {
  if (!brain_lives_) return;
  trace("brain dies");
  brain_lives_ = false;
  ++brain_life_;
  if (world_.random.percent(50)) world_.drop_orders();
  for (const engine::Fact& fact : batch_) {
    if (const auto* exit = fact_as<service::InstanceExited>(fact)) {
      lost_exits_.insert({exit->slot, exit->generation});
    }
  }
  batch_.clear();
  world_.after(world_.random.between(1ms, 40ms), [this] {
    if (!brain_lives_ && world_.keeper_lives()) start_brain();
  });
}

// Both dead: somebody runs `hammock up`. Only the keeper: the brain starts another.
void House::kill_keeper() {
  if (!world_.keeper_lives()) return;
  trace("keeper dies");
  world_.kill_keeper();
  if (brain_lives_) {
    std::uint64_t life = brain_life_;
    world_.after(world_.random.between(10us, 1ms), [this, life] {
      if (brain_lives_ && brain_life_ == life) feed(service::KeeperLost{}, "keeper lost");
    });
  }
  bool brain_lived = brain_lives_;
  Duration wait = brain_lived ? world_.random.between(1ms, 50ms) : Duration(1s);
  world_.after(wait, [this] {
    if (world_.keeper_lives()) return;
    trace("keeper starts");
    world_.start_keeper();
    if (brain_lives_) {
      feed(service::LedgerRead{"boot", false, world_.read_all()}, "ledger");
    } else {
      start_brain();
    }
  });
}

void House::flush() {
  for (engine::Fact& fact : batch_)
    journal_.push_back(std::move(fact));
  batch_.clear();
}

// One transaction when something was promised, with everything before it; else a batch now and
// then.
void House::record(const std::vector<engine::Fact>& facts, bool& died) {
  bool promised = false;
  for (const engine::Fact& fact : facts) {
    if (engine::keep_of(fact) == engine::Keep::kMoment) continue;
    promised = promised || engine::keep_of(fact) == engine::Keep::kPromise;
    trace(std::string("fact ") + std::string(engine::name_of(fact)) + engine::fields_json(fact));
    batch_.push_back(fact);
  }
  if (promised) {
    // A store that refuses a promise ends the brain: nothing of it is performed.
    if (!world_.calm && world_.random.below(400) == 0) {
      trace("store fails");
      died = true;
      return kill_brain();
    }
    flush();
  } else if (!batch_.empty() && !flush_planned_) {
    flush_planned_ = true;
    std::uint64_t life = brain_life_;
    world_.after(500ms, [this, life] {
      flush_planned_ = false;
      if (brain_lives_ && life == brain_life_) flush();
    });
  }
}

void House::feed(const service::Event& event, const char* what) {
  bool may_die = !world_.calm;
  trace(std::string("event ") + what);
  if (may_die && world_.random.below(1500) == 0) return kill_brain();
  engine::Decision decision = engine::step(state_, event, world_.now());
  ++outcome_.decisions;
  check_decision(decision);
  if (may_die && !decision.facts.empty() && world_.random.below(800) == 0) return kill_brain();
  bool died = false;
  record(decision.facts, died);
  if (died) return;
  std::uint64_t life = brain_life_;
  for (const engine::Order& order : decision.orders) {
    if (may_die && world_.random.below(800) == 0) return kill_brain();
    perform(order);
    if (!brain_lives_ || life != brain_life_) return;
  }
  if (world_.random.below(8) == 0) check_sleep();
  plan_wake();
}

void House::plan_wake() {
  auto next = engine::next_wake(state_);
  if (!next) return;
  std::uint64_t mine = ++wakes_;
  std::uint64_t life = brain_life_;
  Duration wait = std::max(Duration(*next - world_.now().steady), Duration::zero());
  world_.after(wait, [this, mine, life] {
    if (brain_lives_ && mine == wakes_ && life == brain_life_) feed(service::Wake{}, "wake");
  });
}

void House::perform(const service::Order& order) {
  trace(std::string("order ") + std::string(service::order_name(order)));
  std::uint64_t life = brain_life_;
  match(
      order, [&](const service::Define& o) { world_.send(o); },
      [&](const service::Forget& o) { world_.send(o); },
      [&](const service::Spawn& o) { world_.send(o); },
      [&](const service::Signal& o) { world_.send(o); },
      [&](const service::SignalGroup& o) { world_.send(o); },
      [&](const service::Kill& o) { world_.send(o); },
      [&](const service::Arm& o) { world_.send(o); },
      [&](const service::DropStored& o) { world_.send(o); },
      [&](const service::Look& o) {
        world_.after(0us, [this, life, key = SlotKey{o.service, o.instance}] {
          if (!brain_lives_ || life != brain_life_) return;
          if (auto view = world_.read(key))
            feed(service::SlotSeen{std::move(*view)}, "look");
          else
            feed(service::SlotGone{key.first, key.second}, "look");
        });
      },
      [&](const service::ProbeTcp& o) {
        answer_check(o.target, service::CheckPurpose::kReady, true);
      },
      [&](const service::RunCommand& o) { answer_check(o.target, o.purpose, false); },
      [&](const service::Reply& o) {
        if (o.kind == service::ReplyKind::kAccepted || o.kind == service::ReplyKind::kProgress) {
          return;
        }
        if (auto found = commands_.find(o.id); found != commands_.end()) found->second.final = true;
      },
      [&](const service::ExitHammock& o) {
        trace("exit " + std::to_string(o.code));
        exited_ = true;
      });
}

void House::answer_check(const service::Target& target, service::CheckPurpose purpose, bool tcp) {
  std::uint64_t life = brain_life_;
  Duration wait = world_.random.between(1ms, tcp ? 50ms : 300ms);
  if (!world_.calm && world_.random.percent(2)) return;  // the answer is lost
  world_.after(wait, [this, life, target, purpose] {
    if (!brain_lives_ || life != brain_life_) return;
    bool ok = purpose == service::CheckPurpose::kReload ? world_.random.percent(80)
                                                        : world_.truly_ready(target);
    feed(service::CheckEnded{target.service, target.instance, target.generation, purpose, ok,
                             ok ? "" : "no"},
         "check ended");
  });
}

}  // namespace hammock::sim
