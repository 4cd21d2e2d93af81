// What the operator and fate do to the simulated house.
#include <algorithm>

#include "sim/house.h"

namespace hammock::sim {

using namespace std::chrono_literals;
using service::Verb;

service::Setup House::draw_setup(std::size_t number) {
  Random& random = world_.random;
  service::Setup setup;
  service::Config& config = setup.config;
  config.name = "s" + std::to_string(number);
  config.command = {"program"};
  config.instances = random.percent(60) ? 1 : static_cast<std::uint32_t>(1 + random.below(4));
  config.min_ready = static_cast<std::uint32_t>(random.below(config.instances + 1));
  if (random.percent(60)) config.min_ready = config.instances / 2;
  for (std::size_t earlier = 0; earlier < number; ++earlier) {
    if (random.percent(25))
      config.needs.push_back("s" + std::to_string(earlier));
    else if (random.percent(10))
      config.after.push_back("s" + std::to_string(earlier));
    if (random.percent(7)) config.restart_with.push_back("s" + std::to_string(earlier));
  }
  if (random.percent(30)) config.listen = {"127.0.0.1:80"};
  switch (random.below(5)) {
    case 0:
      config.ready.how = service::ReadyWhenStarted{};
      break;
    case 1:
      config.ready.how = service::ReadyByDescriptor{};
      break;
    case 2:
      config.ready.how = service::ReadyByTcp{"127.0.0.1:80"};
      break;
    case 3:
      config.ready.how = service::ReadyByCommand{{"check"}, 300ms};
      break;
    default:
      config.ready.how = service::ReadyByNotify{};
      break;
  }
  config.ready.within = random.between(1s, 4s);
  if (random.percent(20)) config.watchdog = random.between(1s, 4s);
  config.restart = {random.between(10ms, 500ms), random.between(500ms, 5s), random.between(1s, 5s)};
  if (random.percent(30)) config.no_retry_exits = {{false, 78}};
  if (random.percent(30)) config.expected_exits = {{{false, 75}, "the database restarts"}};
  config.stop.within = random.between(200ms, 2s);
  if (random.percent(50))
    config.reload = service::ReloadBySignal{1};
  else if (random.percent(50))
    config.reload = service::ReloadByCommand{{"reload"}};
  config.stored_descriptors = random.percent(20) ? 2 : 0;
  setup.start_hash = ++hash_ever_;
  world_.programs[config.name] = config;
  return setup;
}

Document House::draw_configuration() {
  Document document;
  std::size_t count = 1 + world_.random.below(5);
  for (std::size_t i = 0; i < count; ++i)
    document.services.push_back(draw_setup(i));
  if (world_.random.percent(2)) document.services.back().config.essential = true;
  count = world_.random.below(5);
  for (std::size_t i = 0; i < count; ++i)
    document.jobs.push_back(draw_job(document));
  return document;
}

void House::change_services(Document& document) {
  Random& random = world_.random;
  std::vector<service::Setup>& setups = document.services;
  std::size_t which = random.below(setups.size());
  switch (random.below(4)) {
    case 0:
      setups[which].start_hash = ++hash_ever_;
      break;
    case 1: {
      service::Config& config = setups[which].config;
      config.instances = static_cast<std::uint32_t>(1 + random.below(5));
      config.min_ready = std::min(config.min_ready, config.instances);
      break;
    }
    case 2:
      // The last one: no service needs it.
      if (setups.size() == 1) break;
      for (job::Setup& job : document.jobs)
        std::erase(job.config.program.needs, setups.back().config.name);
      setups.pop_back();
      break;
    default:
      setups.push_back(draw_setup(setups.size()));
      break;
  }
}

void House::change_configuration() {
  Document document = documents_[wanted_digest_];
  if (world_.random.percent(50))
    change_services(document);
  else
    change_jobs(document);
  wanted_digest_ = "d" + std::to_string(documents_.size());
  documents_[wanted_digest_] = std::move(document);
  std::string id = "c" + std::to_string(++commands_ever_);
  commands_[id] = {"configure " + wanted_digest_, service::Wake{}, wanted_digest_};
  trace("configure " + wanted_digest_);
  send_command(id);
}

// The client asks again, with the same id, until it knows how it ended.
void House::send_command(const std::string& id) {
  Asked& asked = commands_[id];
  if (asked.final) return;
  // A later configuration may have overtaken this one.
  if (!asked.digest.empty() && asked.digest != wanted_digest_) {
    asked.final = true;
    return;
  }
  if (brain_lives_) {
    if (asked.digest.empty())
      feed(asked.given, "command");
    else
      offer(asked.digest, id, "configure");
  }
  world_.after(500ms, [this, id] { send_command(id); });
}

void House::give_command(Verb verb, const std::string& name) {
  std::string id = "c" + std::to_string(++commands_ever_);
  std::string what = std::string(service::text_of(verb)) + " " + name;
  trace("operator: " + what);
  commands_[id] = {what, service::CommandGiven{id, verb, name, "operator", 0}, ""};
  send_command(id);
}

void House::fault() {
  Random& random = world_.random;
  switch (random.below(7)) {
    case 0:
      kill_brain();
      break;
    case 1:
      kill_keeper();
      break;
    case 2:
      kill_brain();
      kill_keeper();
      break;
    case 3:
      kill_keeper();
      kill_brain();
      break;
    case 4:
      jump_clock();
      break;
    case 5:
      if (random.percent(50)) boot();
      break;
    default: {
      auto slot = world_.slots().begin();
      if (world_.slots().empty()) break;
      std::advance(slot, static_cast<std::ptrdiff_t>(random.below(world_.slots().size())));
      trace("kill -9 " + slot->first.first);
      world_.kill_copy(SlotKey(slot->first));
      break;
    }
  }
}

void House::jump_clock() {
  Duration most = world_.random.percent(50) ? Duration(24h) : Duration(2min);
  world_.jump_wall(world_.random.between(0us, most * 2) - most);
  trace("the clock is set");
  timebomb_rules_.clock_set(world_.clock());
  if (brain_lives_) feed(job::Wake{.all = true}, "clock");
}

void House::do_something() {
  Random& random = world_.random;
  const auto& [setups, jobs] = documents_[wanted_digest_];
  const std::string name = setups[random.below(setups.size())].config.name;
  constexpr std::array<Verb, 4> kVerbs = {Verb::kStart, Verb::kStop, Verb::kRestart, Verb::kReload};
  std::uint64_t dice = random.below(100);
  if (dice < 45)
    fault();
  else if (dice < 60)
    change_configuration();
  else if (dice < 80 && !jobs.empty())
    give_job_command(static_cast<job::Verb>(random.below(3)),
                     jobs[random.below(jobs.size())].config.name);
  else
    give_command(kVerbs[random.below(kVerbs.size())], name);
}

void House::run_for(Duration time) {
  Steady end = world_.clock() + time;
  std::uint64_t steps = 0;
  while (outcome_.broken.empty() && world_.step(end)) {
    if (++steps > 400'000) return rule_broken("the house does not come to rest");
  }
}

// Programs behave, nobody dies, the operator tries everything again: then everything must be well.
void House::end_in_calm() {
  world_.calm = true;
  trace("calm");
  network_.settle();
  bombs_.settle();
  run_for(3s);
  if (!exited_) rise();  // a boot may take longer than a calm
  for (const auto& [key, slot] : std::map(world_.slots()))
    world_.kill_copy(key);
  run_for(10s);
  if (exited_) return;
  const Document document = documents_[wanted_digest_];
  for (const service::Setup& setup : document.services) {
    give_command(Verb::kStart, setup.config.name);
    run_for(1s);
    give_command(Verb::kRestart, setup.config.name);
    run_for(1s);
  }
  run_all_jobs();
  run_for(150s);
  wait_for_looks();
}

// In the middle of everything: every job has just been asked to run.
void House::go_down() {
  for (const job::Setup& setup : documents_[wanted_digest_].jobs)
    give_job_command(job::Verb::kRun, setup.config.name);
  run_for(world_.random.between(0us, 100ms));
  end_house();
}

void House::end_house() {
  give_command(Verb::kDown, "");
  run_for(60s);
  if (!exited_) rule_broken("`down` did not end the house");
  for (const auto& [key, slot] : world_.slots()) {
    if (slot.copy.alive) rule_broken(key.first + " runs after `down`");
  }
}

// Keeper and brain have ended with the house; what was interrupted goes on.
void House::come_up() {
  kill_brain();
  world_.kill_keeper();
  exited_ = false;
  by_up_ = true;
  trace("up");
  rise();
  run_for(30s);
  run_all_jobs();
  run_for(60s);
  check_end();
  if (outcome_.broken.empty()) end_house();
}

void House::run_all_jobs() {
  for (const job::Setup& setup : documents_[wanted_digest_].jobs) {
    give_job_command(job::Verb::kRun, setup.config.name);
    run_for(1s);
  }
}

Outcome House::live() {
  Random& random = world_.random;
  wanted_digest_ = "d0";
  documents_[wanted_digest_] = draw_configuration();
  world_.start_keeper();
  start_brain();
  auto happenings = 5 + random.below(25);
  for (std::uint64_t i = 0; i < happenings && outcome_.broken.empty() && !exited_; ++i) {
    run_for(random.between(0us, random.percent(40) ? 50ms : 4s));
    do_something();
  }
  if (outcome_.broken.empty()) end_in_calm();
  if (outcome_.broken.empty()) check_end();
  if (!exited_ && outcome_.broken.empty()) {
    go_down();
    if (random.percent(50) && outcome_.broken.empty()) come_up();
  }
  if (outcome_.broken.empty()) check_exits();
  for (const std::string& sentence : world_.broken)
    rule_broken(sentence);
  return std::move(outcome_);
}

Outcome run_seed(std::uint64_t seed, bool print) {
  return House(seed, print).live();
}

}  // namespace hammock::sim
