// The configuration: which one is in force at the start, and changing it.
#include <algorithm>

#include "shell/brain.h"

namespace hammock::shell {
namespace {

constexpr Duration kUnblockFirst = std::chrono::seconds(1);
constexpr Duration kUnblockMost = std::chrono::minutes(1);
constexpr Duration kSettleAfter = std::chrono::seconds(10);  // then a start is over

}  // namespace

// A brain that is replaced goes on with what was applied. The first one of a `hammock up` takes the
// file. When that one cannot be used, the other is, and everybody is told.
void Brain::configure_at_start() {
  const std::string digest = services().house.digest;
  bool by_up = is_by_up();
  if (!by_up && !digest.empty() && use_copy(digest)) return;
  const bool has_copy = by_up && !digest.empty();
  if (use_file("", has_copy ? IfBlocked::kRefuse : IfBlocked::kAccept)) return;
  if (has_copy && use_copy(digest)) {
    std::string note = "the configuration applied last is in force, not " + options_.config;
    log_.say(Level::kError, note);
    notes_.push_back(std::move(note));
    return;
  }
  // Better one service that cannot be started than nobody who looks after any.
  if (has_copy && use_file("", IfBlocked::kAccept)) return;
  notes_.push_back("no valid configuration: nothing is started or stopped");
  log_.say(Level::kError, notes_.back());
}

bool Brain::use_copy(const std::string& digest) {
  auto text = copies_.read(digest + ".toml");
  if (!text) {
    log_.say(Level::kError, "the applied configuration is gone", {{"why", text.error().message}});
    return false;
  }
  auto specs = copies_.read(services().house.specs + ".specs");
  auto source = PlanSource{std::move(*text), options_.config, folder_of(options_.config)};
  auto plan = make_plan(source, host_, specs_, parse_known_specs(specs.value_or("")));
  if (!plan) {
    log_.say(Level::kError, "the applied configuration is no longer valid",
             {{"why", plan.error().message}});
    return false;
  }
  if (auto kept = keep_copies(*plan, source.text); !kept) {
    log_.say(Level::kError, "no copy of the specs", {{"why", kept.error().message}});
  }
  offer(std::move(*plan), "");
  return true;
}

bool Brain::use_file(const std::string& command, IfBlocked if_blocked) {
  auto refuse = [&](const Refusal& refusal) {
    log_.say(Level::kError, "the configuration is refused", {{"why", refusal.message}});
    std::string line = command_line(command, "refused", refusal.message, refusal.errors);
    control_.tell_command(command, line, true);
    return false;
  };
  auto source = read_source(options_.config);
  if (!source) return refuse(source.error());
  auto plan = make_plan(*source, host_, specs_);
  if (!plan) return refuse(plan.error());
  for (const ServicePlan& service : plan->services) {
    if (if_blocked == IfBlocked::kAccept || !service.blocked) continue;
    if (!has_program(service.name)) continue;
    return refuse({service.name + " runs, and could not be started with this configuration: " +
                       *service.blocked + "; nothing is changed",
                   ""});
  }
  if (auto kept = keep_copies(*plan, source->text); !kept) {
    // At a start it is better to run; who asks for a change is not told that it is kept.
    if (!plan_.digest.empty()) return refuse({"keep a copy: " + kept.error().message, ""});
    log_.say(Level::kError, "no copy of the configuration", {{"why", kept.error().message}});
  }
  offer(std::move(*plan), command);
  return true;
}

// On the disk before the fact that names them.
Result<void> Brain::keep_copies(const Plan& plan, std::string_view text) {
  HAMMOCK_TRY(copies_.keep(plan.digest + ".toml", text));
  return copies_.keep(digest_of(plan.specs) + ".specs", plan.specs);
}

bool Brain::has_program(std::string_view service) const {
  const std::uint32_t end = std::min(ledger_.header().slots_used.load(), ledger_.capacity());
  for (std::uint32_t slot = 0; slot < end; ++slot) {
    const wire::SlotData data = wire::read_slot(ledger_.slot(slot)).data;
    bool runs = data.phase == wire::Phase::kStarting || data.phase == wire::Phase::kRunning;
    if (runs && data.name() == service) return true;
  }
  return false;
}

void Brain::apply_file(const std::string& command) {
  (void)use_file(command, plan_.digest.empty() ? IfBlocked::kAccept : IfBlocked::kRefuse);
}

// The core decides whether it takes force; applied() follows when it does.
void Brain::offer(Plan plan, const std::string& command) {
  service::ConfigurationGiven given;
  given.digest = plan.digest;
  given.specs = digest_of(plan.specs);
  given.services = std::exchange(plan.setups, {});
  given.command = command;
  jobs_ = std::exchange(plan.jobs, {});
  heartbeats_ = std::exchange(plan.heartbeats, {});
  probes_ = std::exchange(plan.probes, {});
  timebombs_ = std::exchange(plan.timebombs, {});
  offered_ = std::move(plan);
  // Until the first one is in force, specs and sockets are needed for what is being decided.
  if (plan_.digest.empty()) plan_ = *offered_;
  happened(std::move(given));
}

void Brain::applied(const service::ConfigurationApplied& fact) {
  if (!offered_ || offered_->digest != fact.digest) return;
  plan_ = std::move(*offered_);
  offered_.reset();
  obstacles_.clear();
  happened(job::ConfigurationGiven{std::exchange(jobs_, {})});
  happened(heartbeat::ConfigurationGiven{std::exchange(heartbeats_, {}), zones_of_made()});
  happened(probe::ConfigurationGiven{std::exchange(probes_, {})});
  happened(timebomb::ConfigurationGiven{std::exchange(timebombs_, {})});
  settle_at_ = now_.steady + kSettleAfter;
  plan_unblocking();
  if (recorded_) copies_.remove_others({fact.digest + ".toml", fact.specs + ".specs"});
  if (keeper_ready_) release_sockets();
}

// A service that is blocked is started again and again, and so looked for. A run that is not opened
// before its configuration is known would wait for ever.
void Brain::plan_unblocking() {
  const bool is_blocked = std::ranges::any_of(plan_.services, [&](const ServicePlan& program) {
    return program.blocked && service::is_on_demand(services(), program.name);
  });
  if (!is_blocked) {
    unblock_at_.reset();
    return;
  }
  unblock_wait_ = unblock_at_ ? std::min(unblock_wait_ * 2, kUnblockMost) : kUnblockFirst;
  unblock_at_ = now_.steady + unblock_wait_;
}

void Brain::unblock_if_due() {
  if (!unblock_at_ || now_.steady < *unblock_at_) return;
  try_blocked_again();
  plan_unblocking();
}

// What was missing may have come (a secret, an env_file): the blocked services are resolved again,
// and the core is given the specs that it makes now.
void Brain::try_blocked_again() {
  auto text = copies_.read(plan_.digest + ".toml");
  if (!text) return;
  KnownSpecs known = parse_known_specs(plan_.specs);
  auto plan = make_plan({*text, options_.config, folder_of(options_.config)}, host_, specs_, known);
  if (!plan) return;
  bool changed = false;
  for (ServicePlan& service : plan_.services) {
    const ServicePlan* now = plan->find(service.name);
    if (now == nullptr) continue;
    changed |= now->spec != service.spec || now->blocked != service.blocked;
    service.blocked = now->blocked;
  }
  if (!changed) return;
  if (auto kept = keep_copies(*plan, *text); !kept) {
    log_.say(Level::kError, "no copy of the specs", {{"why", kept.error().message}});
  }
  offer(std::move(*plan), "");
}

}  // namespace hammock::shell
