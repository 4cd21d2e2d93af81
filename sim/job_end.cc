// What must hold of jobs while the house sleeps, and in the calm at its end.
#include <algorithm>

#include "sim/house.h"

namespace hammock::sim {

using namespace std::chrono_literals;

void House::note_began(const service::SlotView& view) {
  if (!world_.programs[view.service].on_demand) return;
  auto sent = tries_sent_.find({world_.boots(), view.slot, view.generation});
  if (sent == tries_sent_.end()) return rule_broken(view.service + " was started for no try");
  trace("began " + view.service + "/" + std::to_string(view.instance) + " try " + sent->second);
  job_rules_.program_began(view, sent->second);
}

// Everybody was looked at when something happened; another look finds nothing.
void House::check_jobs_sleep() {
  if (!jobs().known) return;
  const Now now = world_.now();
  job::Decision again = job::decide(jobs(), job::Wake{.all = true}, now);
  if (!again.facts.empty() || !again.orders.empty()) {
    rule_broken("a wake without need found something to do for a job");
  }
  // Before the ledger was read, nobody knows whether the programs are still at work.
  if (!jobs().open) return;
  job_rules_.check_dues(now);
  for (const auto& [name, job] : jobs().jobs) {
    const std::optional<Duration>& timeout = job.setup->config.timeout;
    if (!job.run || job.run->stopping || !timeout) continue;
    for (const job::Task& task : job.run->tasks) {
      if (task.started && !task.stopping && *task.started + *timeout <= now.steady)
        rule_broken("job " + name + " works for longer than it may");
    }
  }
}

void House::check_jobs_end() {
  for (const job::Setup& setup : documents_[wanted_digest_].jobs) {
    const std::string& name = setup.config.name;
    auto found = jobs().jobs.find(name);
    if (found == jobs().jobs.end() || !found->second.configured) {
      rule_broken("job " + name + " is unknown");
      continue;
    }
    const job::Job& job = found->second;
    const bool to_completion = std::holds_alternative<job::ToCompletion>(setup.config.when);
    auto opened = job_rules_.opened(name);
    if (job.run && (to_completion || !opened || *opened < world_.now().wall - 30s)) {
      rule_broken("job " + name + " does not come to its end");
    }
    if (job.waiting > (to_completion ? 0 : 1)) {
      rule_broken("job " + name + ": " + std::to_string(job.waiting) + " runs wait in the calm");
    }
    if (to_completion && job.settled != setup.start_hash) {
      rule_broken("job " + name + " has not run to completion");
    }
    if (!job.last || job.last->outcome != job::Outcome::kSucceeded) {
      rule_broken("job " + name + " did not succeed in the calm");
    }
  }
}

}  // namespace hammock::sim
