// What the operator does about jobs.
#include <algorithm>

#include "sim/house.h"

namespace hammock::sim {

using namespace std::chrono_literals;

job::When House::draw_when() {
  Random& random = world_.random;
  if (random.percent(50)) return job::ToCompletion{};
  if (random.percent(60)) return job::Every{random.between(3s, 20s)};
  constexpr std::array<const char*, 3> kTimes = {"* * * * *", "*/2 * * * *", "30 * * * *"};
  return job::AtTimes{schema::read_cron(kTimes[random.below(kTimes.size())]).value()};
}

job::Setup House::draw_job(const Document& document) {
  Random& random = world_.random;
  job::Setup setup;
  job::Config& config = setup.config;
  config.name = "j" + std::to_string(document.jobs.size());
  config.when = draw_when();
  if (random.percent(30)) config.timeout = random.between(300ms, 5s);
  config.overlap = static_cast<job::Overlap>(random.below(3));
  if (random.percent(50)) config.catch_up = static_cast<std::uint32_t>(random.below(4));
  config.retry = {static_cast<std::uint32_t>(1 + random.below(4)), random.between(50ms, 2s)};
  if (random.percent(45)) {
    config.tasks = static_cast<std::uint32_t>(2 + random.below(5));
    config.parallel = static_cast<std::uint32_t>(1 + random.below(3));
  }
  for (const job::Setup& earlier : document.jobs)
    if (random.percent(25)) config.needs.push_back(earlier.config.name);
  service::Config& program = config.program;
  program.name = job::program_name(config.name);
  program.command = {"program"};
  program.on_demand = true;
  program.tasks = config.tasks;
  for (const service::Setup& service : document.services)
    if (random.percent(15)) program.needs.push_back(service.config.name);
  program.stop.within = random.between(200ms, 2s);
  program.expected_exits = {{{false, 75}, "nothing to do"}};
  if (random.percent(30)) program.no_retry_exits = {{false, 78}};
  setup.start_hash = ++hash_ever_;
  world_.programs[program.name] = program;
  return setup;
}

void House::change_job(job::Setup& setup) {
  Random& random = world_.random;
  job::Config& config = setup.config;
  switch (random.below(5)) {
    case 0:
      config.when = draw_when();
      break;
    case 1:
      config.parallel = static_cast<std::uint32_t>(1 + random.below(3));
      if (config.tasks == 0) config.parallel = 1;
      break;
    case 2:
      // Each program is told how many there are: it is another one.
      config.tasks = random.percent(30) ? 0 : static_cast<std::uint32_t>(2 + random.below(5));
      if (config.tasks == 0) config.parallel = 1;
      config.program.tasks = config.tasks;
      setup.start_hash = ++hash_ever_;
      break;
    case 3:
      config.retry.tries = static_cast<std::uint32_t>(1 + random.below(4));
      config.overlap = static_cast<job::Overlap>(random.below(3));
      break;
    default:
      setup.start_hash = ++hash_ever_;
      break;
  }
}

void House::change_jobs(Document& document) {
  Random& random = world_.random;
  std::uint64_t dice = random.below(100);
  if (document.jobs.empty() || dice < 25)
    document.jobs.push_back(draw_job(document));
  else if (dice < 40)
    document.jobs.pop_back();  // no other needs the last one
  else
    change_job(document.jobs[random.below(document.jobs.size())]);
}

void House::give_job_command(job::Verb verb, const std::string& name) {
  std::string id = "c" + std::to_string(++commands_ever_);
  std::string what = "job " + std::string(text_of(verb)) + " " + name;
  trace("operator: " + what);
  auto count = static_cast<std::uint32_t>(world_.random.below(3));
  commands_[id] = {what, job::CommandGiven{id, verb, name, count, "operator"}, ""};
  send_command(id);
}

}  // namespace hammock::sim
