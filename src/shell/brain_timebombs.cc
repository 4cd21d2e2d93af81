// Time bombs: who looks at them, and what that comes to.
#include "base/variant.h"
#include "shell/brain.h"
#include "shell/timebomb_judge.h"

namespace hammock::shell {

void Brain::perform(const timebomb::Order& order) {
  match(
      order, [&](const timebomb::Look& look) { look_at(look); },
      [&](const timebomb::Leave& leave) { leave_look(leave); });
}

void Brain::look_at(const timebomb::Look& look) {
  const auto* setup = timebomb::find_setup(std::get<timebomb::State>(state_), look.timebomb);
  if (setup == nullptr) return;  // it was taken out in this very turn
  if ((*setup)->date) return seen(look, judge_day(**setup, now_.wall));
  const timebomb::Target& target = (*setup)->config.target;
  if (std::holds_alternative<timebomb::Certificate>(target) ||
      std::holds_alternative<timebomb::Domain>(target)) {
    auto [outing, is_new] = outings_.emplace(look.id, OutLooking{look, Outing(*setup)});
    return go_on(look.id, outing->second.outing.begin());
  }
  auto program = plan_.timebomb_programs.find(look.timebomb);
  if (program == plan_.timebomb_programs.end()) {
    return seen(look, timebomb::Unread{"its program is not known"});
  }
  const auto& [spec, blocked] = program->second;
  if (blocked) return seen(look, timebomb::Unread{"it cannot be run now: " + *blocked});
  looking_.emplace(look.id, ProgramLooking{look, *setup});
  // What a command warns of is no answer; a gauge says there why it does not understand us.
  const bool is_command = std::holds_alternative<timebomb::Command>(target);
  gauges_.run(look.id, spec, (*setup)->config.timeout, now_.steady,
              is_command ? Programs::Reads::kFirst : Programs::Reads::kBoth);
}

// What the courier still answers finds nobody.
void Brain::leave_look(const timebomb::Leave& leave) {
  outings_.erase(leave.id);
  if (looking_.erase(leave.id) > 0) gauges_.leave(leave.id, now_.steady);
}

void Brain::seen(const timebomb::Look& look, timebomb::Sighting sighting) {
  happened(timebomb::Looked{look.id, look.timebomb, std::move(sighting)});
}

void Brain::go_on(std::uint64_t look, Outing::Step step) {
  auto found = outings_.find(look);
  if (step.told) {
    seen(found->second.look, *std::move(step.told));
    outings_.erase(found);
    return;
  }
  for (wire::Request& request : step.requests) {
    request.id = ++errands_ | kTimebombId;
    errands_of_.emplace(request.id, look);
    courier_->ask(std::move(request), now_.steady);
  }
}

void Brain::errand_ended(Told told) {
  auto found = errands_of_.find(told.id);
  if (found == errands_of_.end()) return;
  const std::uint64_t look = found->second;
  errands_of_.erase(found);
  auto outing = outings_.find(look);
  if (outing != outings_.end()) go_on(look, outing->second.outing.answered(std::move(told)));
}

void Brain::gauge_ended(std::uint64_t look, const ProgramEnd& end) {
  auto found = looking_.find(look);
  if (found == looking_.end()) return;
  const ProgramLooking looking = std::move(found->second);
  looking_.erase(found);
  const timebomb::Setup& setup = *looking.setup;
  const Beside beside = beside_of(setup);
  const bool is_used_up = std::holds_alternative<timebomb::Disk>(setup.config.target) ||
                          std::holds_alternative<timebomb::Postgres>(setup.config.target);
  if (!is_used_up) return seen(looking.look, judge_program(setup, end, beside));
  auto read = read_amounts(setup.config.target, end);
  if (auto* unread = std::get_if<timebomb::Unread>(&read)) {
    return seen(looking.look, std::move(*unread));
  }
  auto& amounts = std::get<Measured>(read).amounts;
  for (Amount& amount : amounts)
    remember(setup, amount);
  tell_of_rolls();
  seen(looking.look, judge_amounts(setup, std::get<Measured>(read), beside));
}

Beside Brain::beside_of(const timebomb::Setup& setup) const {
  Beside beside;
  beside.now = now_.wall;
  const auto& timebombs = std::get<timebomb::State>(state_);
  auto known = timebombs.bombs.find(setup.config.name);
  if (known != timebombs.bombs.end()) beside.before = known->second.reading;
  const auto* backup = std::get_if<timebomb::Backup>(&setup.config.target);
  if (backup == nullptr || !backup->verified_by) return beside;
  beside.verified = job::last_success(std::get<job::State>(state_), *backup->verified_by);
  return beside;
}

// Its sample is added to those that are known. Without them there is no forecast, and that is said.
void Brain::remember(const timebomb::Setup& setup, Amount& amount) {
  const SeriesKey key{setup.config.name, setup.identity, amount.what};
  auto samples = rolls_.add_sample(key, {now_.wall, amount.used});
  if (samples) {
    amount.samples = *std::move(samples);
  } else {
    log_.say(Level::kError, "samples of a time bomb cannot be kept",
             {{"timebomb", setup.config.name}, {"why", samples.error().message}});
  }
}

}  // namespace hammock::shell
