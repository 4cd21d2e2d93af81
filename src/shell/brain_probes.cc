// Probes: what goes out by the courier, and what comes back.
#include <sys/epoll.h>

#include "base/variant.h"
#include "shell/brain.h"
#include "shell/plugin.h"
#include "shell/probe_errand.h"
#include "shell/probe_history.h"

namespace hammock::shell {

void Brain::perform(const probe::Order& order) {
  match(
      order, [&](const probe::Ask& ask) { look_at(ask); },
      [&](const probe::Add& add) { rolls_.add(add.probe, add.roll, now_); });
}

void Brain::look_at(const probe::Ask& ask) {
  if (!ask.witness.empty()) {
    asked_.emplace(ask.id, Asked{ask, {}});
    return courier_->ask(errand_of_witness(ask.id, ask.witness), now_.steady);
  }
  const auto* setup = probe::find_setup(std::get<probe::State>(state_), ask.probe);
  if (setup == nullptr) return;  // it was taken out in this very turn
  asked_.emplace(ask.id, Asked{ask, *setup});
  if (!(*setup)->blocked.empty()) return unanswered(ask.id, (*setup)->blocked);
  if (std::holds_alternative<probe::Command>((*setup)->config.target)) {
    return run_probe(ask, (*setup)->config.timeout);
  }
  courier_->ask(errand_of(ask.id, **setup), now_.steady);
}

// Each time it is to be waited for anew: see read_courier().
void Brain::watch_courier(int fd, bool for_writing) {
  courier_events_ = EPOLLIN | EPOLLONESHOT | (for_writing ? EPOLLOUT : 0U);
  if (epoll_.change(fd, courier_events_, kTagCourier) != 0) {
    epoll_.add(fd, courier_events_, kTagCourier);
  }
}

// Answers come one after the other, a few hundred a second, and nobody waits for them: those of a
// few milliseconds are taken in one turn. How long the target took was measured before.
void Brain::read_courier() {
  if (!courier_read_at_ || now_.steady < *courier_read_at_) return;
  courier_read_at_.reset();
  courier_->ready(now_.steady);
  if (courier_->fd() >= 0) epoll_.change(courier_->fd(), courier_events_, kTagCourier);
}

void Brain::run_probe(const probe::Ask& ask, Duration within) {
  auto program = plan_.probe_programs.find(ask.probe);
  if (program == plan_.probe_programs.end()) return unanswered(ask.id, "its command is not known");
  const auto& [spec, blocked] = program->second;
  if (blocked) return unanswered(ask.id, "it cannot be run now: " + *blocked);
  programs_.run(ask.id, spec, within, now_.steady);
}

void Brain::unanswered(std::uint64_t id, const std::string& why) {
  answered(id, {.verdict = probe::Verdict::kUnknown, .took = {}, .message = why}, {});
}

void Brain::answered(std::uint64_t id, Judged judged, std::string numbers) {
  auto found = asked_.find(id);
  if (found == asked_.end()) return;
  const probe::Ask& ask = found->second.ask;
  happened(probe::Tried{id, ask.probe, ask.witness, judged.verdict, judged.took,
                        std::move(judged.message), std::move(numbers)});
  asked_.erase(found);
}

void Brain::take_probes() {
  for (Told& told : courier_->take()) {
    if ((told.id & kTimebombId) != 0) {
      errand_ended(std::move(told));
      continue;
    }
    auto found = asked_.find(told.id);
    if (found == asked_.end()) continue;
    const Asked& asked = found->second;
    const bool is_probe = asked.ask.witness.empty();
    answered(told.id, is_probe ? judge(*asked.setup, told) : judge_witness(told), {});
  }
  for (const Programs::Ended& ended : programs_.take_ended()) {
    PluginResult result = read_plugin(ended.how);
    answered(ended.id, {result.verdict, ended.took, std::move(result.message)},
             std::move(result.numbers));
  }
  for (const Programs::Ended& ended : gauges_.take_ended())
    gauge_ended(ended.id, ended.how);
}

void Brain::flush_rolls() {
  rolls_.flush(now_);
  tell_of_rolls();
}

void Brain::tell_of_rolls() {
  for (const std::string& alarm : rolls_.take_alarms()) {
    log_.say(Level::kError, "rolls", {{"what", alarm}});
    notes_.push_back(alarm);
  }
}

void Brain::answer_probe_history(web::ExchangeId exchange, const ProbeHistoryAsked& asked) {
  auto refuse = [&](int status, std::string_view code, std::string_view message) {
    control_.answer(exchange, web::error_response(status, code, message));
  };
  const auto& probes = std::get<probe::State>(state_);
  if (!probes.known) return refuse(503, "unavailable", "Hammock is starting; ask again");
  if (probe::find_setup(probes, asked.probe) == nullptr) {
    return refuse(404, "not-found", "there is no probe '" + asked.probe + "'");
  }
  flush_rolls();
  auto history = read_history(rolls_, asked.probe, now_.wall);
  if (!history) return refuse(503, "unavailable", history.error().message);
  add_running(*history, probe::running_roll(probes, asked.probe));
  auto changes = store_->changes_of(asked.probe, kHistoryChanges);
  if (!changes) return refuse(503, "unavailable", changes.error().message);
  history->changes = std::move(*changes);
  control_.answer(exchange, {200, history_json(*history)});
}

}  // namespace hammock::shell
