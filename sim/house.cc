// The brain of the simulated house: events in, facts to the journal, orders to the world; and its
// deaths.
#include "sim/house.h"

#include <algorithm>
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
                    },
                    [this](const service::SlotView& view) { note_began(view); },
                    [this](const service::SlotView& view, std::int32_t wait_status) {
                      job_rules_.program_ended(view, wait_status);
                    }}),
      state_(engine::make_state(seed)),
      job_rules_([this](std::string sentence) { rule_broken(std::move(sentence)); }),
      heartbeat_rules_([this](std::string sentence) { rule_broken(std::move(sentence)); }),
      network_(world_),
      probe_rules_([this](std::string sentence) { rule_broken(std::move(sentence)); }),
      bombs_(world_),
      timebomb_rules_([this](std::string sentence) { rule_broken(std::move(sentence)); }) {
  draw_heartbeats();
  probes_ = network_.draw();
  timebombs_ = bombs_.draw();
}

void House::trace(const std::string& line) {
  outcome_.trace = fnv1a(line, outcome_.trace);
  if (print_) {
    auto time = world_.clock().time_since_epoch().count();
    std::fprintf(stderr, "%12.6f %s\n", static_cast<double>(time) / 1e6, line.c_str());
  }
}

void House::rule_broken(std::string sentence) {
  trace("BROKEN " + sentence);
  outcome_.broken.push_back(std::move(sentence));
}

// Replay of what the journal kept, then what is configured, then what runs. The first brain of a
// `hammock up` takes what the operator wrote, others what was applied.
void House::start_brain() {
  brain_lives_ = true;
  const std::uint64_t life = ++brain_life_;
  trace("brain starts");
  state_ = engine::make_state(seed_);
  for (const engine::Fact& fact : journal_) {
    auto back = engine::fact_from_json(engine::room_of(fact), engine::name_of(fact),
                                       engine::fields_json(fact));
    if (!back) return rule_broken("the journal cannot be read: " + back.error().message);
    engine::apply(state_, *back);
  }
  replay_rules();
  const std::string& before = room().house.digest;
  offer(by_up_ || before.empty() ? wanted_digest_ : before, "", "configuration");
  if (!brain_lives_ || brain_life_ != life || !world_.keeper_lives()) return;
  feed(service::LedgerRead{"boot" + std::to_string(world_.boots()), by_up_, world_.read_all()},
       "ledger");
  if (brain_lives_) by_up_ = false;
}

// The jobs follow once the configuration has taken force, in the next turn: something else may come
// first.
void House::offer(const std::string& digest, const std::string& command, const char* what) {
  std::vector<service::Setup> setups = documents_[digest].services;
  for (const job::Setup& setup : documents_[digest].jobs)
    setups.push_back({setup.config.program, setup.start_hash});
  feed(service::ConfigurationGiven{digest, share_each(std::move(setups)), command}, what);
  if (!applied_) return;
  if (!world_.random.percent(20)) return give_jobs();
  world_.after(world_.random.between(0us, 1ms), [this, life = brain_life_] {
    if (brain_lives_ && life == brain_life_) give_jobs();
  });
}

void House::give_jobs() {
  if (!brain_lives_ || !applied_) return;
  const std::string digest = *std::exchange(applied_, std::nullopt);
  const std::uint64_t life = brain_life_;
  feed(job::ConfigurationGiven{share_each(documents_[digest].jobs)}, "jobs");
  if (brain_lives_ && life == brain_life_) give_heartbeats();
  if (brain_lives_ && life == brain_life_) give_probes();
  if (brain_lives_ && life == brain_life_) give_timebombs();
}

void House::replay_rules() {
  job_rules_.replay(journal_);
  heartbeat_rules_.replay(journal_);
  probe_rules_.replay(journal_);
  timebomb_rules_.replay(journal_, world_.clock());
}

void House::kill_brain() {
  if (!brain_lives_) return;
  trace("brain dies");
  brain_lives_ = false;
  ++brain_life_;
  applied_.reset();
  batch_.clear();
  replay_rules();
  if (world_.random.percent(50)) world_.drop_orders();
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
  Duration wait = brain_lives_ ? world_.random.between(1ms, 50ms) : Duration(1s);
  world_.after(wait, [this] { rise(); });
}

void House::rise() {
  if (world_.keeper_lives()) return;
  trace("keeper starts");
  world_.start_keeper();
  if (!brain_lives_) return start_brain();
  feed(service::LedgerRead{"boot" + std::to_string(world_.boots()), false, world_.read_all()},
       "ledger");
}

// The machine goes down, and comes back some time later.
void House::boot() {
  kill_brain();
  if (world_.keeper_lives()) world_.kill_keeper();
  trace("the machine goes down");
  lose_last_facts();
  world_.boot();
  job_rules_.booted(journal_);
  tries_sent_.clear();
  by_up_ = true;
  world_.after(world_.random.between(1s, world_.random.percent(20) ? 5min : 10s), [this] {
    if (!exited_) rise();
  });
}

// What was written and not yet synced may be gone, and with the ledger all ends that are in no
// journal.
void House::lose_last_facts() {
  if (!unsynced_.empty() && world_.random.percent(50)) {
    journal_.resize(unsynced_[world_.random.below(unsynced_.size())]);
  }
  unsynced_.clear();
  const std::map<End, int> recorded = recorded_ends();
  for (const End& end : world_.ended) {
    if (std::get<0>(end) == world_.boots() && !recorded.contains(end)) lost_exits_.insert(end);
  }
}

void House::flush() {
  unsynced_.push_back(journal_.size());
  for (engine::Fact& fact : batch_)
    journal_.push_back(std::move(fact));
  batch_.clear();
}

// Up to the last fact that is not a sample, all of them before anything is performed, and the
// samples after it now and then.
void House::record(const std::vector<engine::Fact>& facts, bool& died) {
  using engine::Keep;
  std::vector<engine::Fact> samples;
  bool is_prompt = false;
  bool promised = false;
  for (const engine::Fact& fact : facts) {
    const Keep keep = engine::keep_of(fact);
    if (keep == Keep::kMoment) continue;
    trace(std::string("fact ") + std::string(engine::name_of(fact)) + engine::fields_json(fact));
    samples.push_back(fact);
    if (keep == Keep::kSample) continue;
    is_prompt = true;
    promised = promised || keep == Keep::kPromise;
    std::ranges::move(samples, std::back_inserter(batch_));
    samples.clear();
  }
  if (is_prompt) {
    // A store that refuses ends the brain: nothing of it is performed.
    if (!world_.calm && world_.random.below(400) == 0) {
      trace("store fails");
      died = true;
      return kill_brain();
    }
    flush();
    if (promised) unsynced_.clear();
  }
  std::ranges::move(samples, std::back_inserter(batch_));
  if (batch_.empty() || flush_planned_) return;
  flush_planned_ = true;
  world_.after(500ms, [this, life = brain_life_] {
    flush_planned_ = false;
    if (brain_lives_ && life == brain_life_) flush();
  });
}

void House::feed(const engine::Event& event, const char* what) {
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
  for (const engine::Fact& fact : decision.facts) {
    const auto* applied = fact_as<service::ConfigurationApplied>(fact);
    if (applied != nullptr) applied_ = applied->digest;
  }
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

void House::perform(const engine::Order& order) {
  match(
      order, [&](const service::Order& of_service) { perform(of_service); },
      [&](const probe::Order& of_probe) {
        if (const auto* ask = std::get_if<probe::Ask>(&of_probe)) try_target(*ask);
      },
      [&](const timebomb::Order& of_timebomb) {
        if (const auto* look = std::get_if<timebomb::Look>(&of_timebomb)) look_at(*look);
      });
}

void House::perform(const service::Order& order) {
  trace(std::string("order ") + std::string(service::order_name(order)));
  std::uint64_t life = brain_life_;
  match(
      order, [&](const service::Define& o) { world_.send(o); },
      [&](const service::Forget& o) { world_.send(o); },
      [&](const service::Spawn& o) {
        note_sent(o);
        world_.send(o);
      },
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
        if (!world_.calm && world_.random.percent(10)) return;  // the answer is lost
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
