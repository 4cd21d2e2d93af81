#include "shell/observe.h"

#include <algorithm>

namespace hammock::shell {
namespace {

std::string key_of(std::string_view service, std::uint32_t instance) {
  return std::string(service) + '/' + std::to_string(instance);
}

Steady steady_of(std::int64_t us) {
  return Steady(Duration(us));
}
Instant instant_of(std::int64_t us) {
  return Instant(Duration(us));
}

std::optional<Steady> steady_unless_zero(std::int64_t us) {
  if (us == 0) return std::nullopt;
  return steady_of(us);
}

service::SlotExit exit_of(const wire::ExitRecord& record) {
  service::SlotExit exit;
  exit.generation = record.generation;
  exit.at = instant_of(record.wall_us);
  if (record.ran_us >= 0) exit.ran = Duration(record.ran_us);
  exit.pid = record.pid;
  if (record.status_known != 0) exit.wait_status = record.wait_status;
  exit.was_ready = record.was_ready != 0;
  exit.by_reflex = record.by_reflex != 0;
  exit.oom = record.oom != 0;
  exit.output_known = record.output_known != 0;
  exit.stage = static_cast<std::uint32_t>(record.stage);
  if (record.stage != wire::Stage::kNone) exit.stage_name = wire::stage_name(record.stage);
  exit.stage_errno = record.stage_errno;
  return exit;
}

std::vector<service::SlotExit> exits_of(const wire::SlotData& data) {
  std::vector<service::SlotExit> exits;
  for (const wire::ExitRecord& record : data.exits) {
    if (record.generation != 0) exits.push_back(exit_of(record));
  }
  std::ranges::sort(exits, {}, &service::SlotExit::generation);
  return exits;
}

service::SlotPhase phase_of(wire::Phase phase) {
  switch (phase) {
    case wire::Phase::kStarting:
      return service::SlotPhase::kStarting;
    case wire::Phase::kRunning:
      return service::SlotPhase::kRunning;
    case wire::Phase::kFree:
    case wire::Phase::kIdle:
      break;
  }
  return service::SlotPhase::kIdle;
}

void add_said(service::SlotView& view, const wire::Said& said, Duration monotonic_behind) {
  view.ready = said.ready != 0;
  view.stopping = said.stopping != 0;
  view.reloading = said.reloading != 0;
  view.watchdog_trigger = said.watchdog_trigger != 0;
  view.reloads_done = said.reloads_done;
  if (said.reloading_us != 0) {
    view.reloading_since = steady_of(said.reloading_us) + monotonic_behind;
  }
  view.watchdog_fed = steady_unless_zero(said.watchdog_us);
  if (said.watchdog_timeout_us != 0) view.watchdog_timeout = Duration(said.watchdog_timeout_us);
  view.extend_until = steady_unless_zero(said.extend_until_us);
  view.error_number = said.error_number;
  view.status = said.status.data();
}

}  // namespace

service::SlotView view_of(std::uint32_t slot, const wire::SlotCopy& copy,
                          Duration monotonic_behind) {
  const wire::SlotData& data = copy.data;
  service::SlotView view;
  view.service = data.name();
  view.instance = data.instance;
  view.slot = slot;
  view.phase = phase_of(data.phase);
  view.generation = data.generation;
  view.spec = data.spec;
  std::uint32_t pid = wire::life_pid(copy.life);
  bool alive = view.phase == service::SlotPhase::kRunning && pid != wire::kRevoked &&
               wire::life_generation(copy.life) == static_cast<std::uint32_t>(data.generation);
  if (alive) view.pid = static_cast<std::int32_t>(pid);
  view.started = steady_of(data.started_us);
  view.started_wall = instant_of(data.started_wall_us);
  view.reflex_tokens = data.reflex_tokens;
  view.reflex_spec = data.reflex_spec;
  add_said(view, data.said, monotonic_behind);
  if (copy.active_us != 0) view.active = steady_of(copy.active_us) + monotonic_behind;
  view.output_held = data.log_errno != 0;
  view.exits = exits_of(data);
  return view;
}

std::vector<service::SlotView> SlotBook::read_all(const wire::Ledger& ledger,
                                                  Duration monotonic_behind) {
  std::uint32_t used = std::min(ledger.header().slots_used.load(), ledger.capacity());
  known_.assign(used, {});
  by_key_.clear();
  torn_.clear();
  lowest_free_ = 0;
  std::vector<service::SlotView> views;
  for (std::uint32_t slot = 0; slot < used; ++slot) {
    auto event = look(ledger, slot, monotonic_behind);
    if (!event) continue;
    if (auto* seen = std::get_if<service::SlotSeen>(&*event))
      views.push_back(std::move(seen->view));
  }
  return views;
}

std::optional<service::Event> SlotBook::look(const wire::Ledger& ledger, std::uint32_t slot,
                                             Duration monotonic_behind) {
  if (slot >= ledger.capacity()) return std::nullopt;
  if (slot >= known_.size()) known_.resize(slot + 1);
  Known& known = known_[slot];
  std::uint32_t sequence = ledger.slot(slot).sequence.load(std::memory_order_acquire);
  if (known.defined && sequence == known.sequence) return std::nullopt;
  wire::SlotCopy copy = wire::read_slot(ledger.slot(slot));
  mark_torn(slot, copy.torn);
  if (copy.torn) return std::nullopt;
  if (copy.data.phase == wire::Phase::kFree) {
    if (!known.defined) return std::nullopt;  // free as before, or reserved and not defined yet
    service::SlotGone gone{known.service, known.instance};
    forget(slot);
    return gone;
  }
  learn(slot, copy.data.name(), copy.data.instance);
  known_[slot].sequence = sequence;
  if (copy.data.log_segment > known_[slot].segment) {
    known_[slot].segment = copy.data.log_segment;
    segments_.push_back({std::string(copy.data.name()), copy.data.instance, copy.data.log_segment});
  }
  return service::SlotSeen{view_of(slot, copy, monotonic_behind)};
}

std::optional<service::Event> SlotBook::look_again(const wire::Ledger& ledger,
                                                   std::string_view service, std::uint32_t instance,
                                                   Duration monotonic_behind) {
  auto slot = find(service, instance);
  if (!slot || !known_[*slot].defined) {
    return service::SlotGone{std::string(service), instance};
  }
  known_[*slot].sequence = ~known_[*slot].sequence;
  return look(ledger, *slot, monotonic_behind);
}

std::optional<std::uint32_t> SlotBook::find(std::string_view service,
                                            std::uint32_t instance) const {
  auto found = by_key_.find(key_of(service, instance));
  if (found == by_key_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::uint32_t> SlotBook::reserve(const wire::Ledger& ledger, std::string_view service,
                                               std::uint32_t instance) {
  if (auto slot = find(service, instance)) return slot;
  for (; lowest_free_ < ledger.capacity(); ++lowest_free_) {
    std::uint32_t slot = lowest_free_;
    if (slot >= known_.size()) known_.resize(slot + 1);
    if (!known_[slot].service.empty()) continue;
    if (wire::read_slot(ledger.slot(slot)).data.phase != wire::Phase::kFree) continue;
    known_[slot].service = service;
    known_[slot].instance = instance;
    by_key_[key_of(service, instance)] = slot;
    return slot;
  }
  return std::nullopt;
}

void SlotBook::release(std::uint32_t slot) {
  if (slot < known_.size() && !known_[slot].defined) forget(slot);
}

std::pair<std::string_view, std::uint32_t> SlotBook::owner(std::uint32_t slot) const {
  if (slot >= known_.size()) return {};
  return {known_[slot].service, known_[slot].instance};
}

std::vector<SegmentChange> SlotBook::take_segment_changes() {
  return std::exchange(segments_, {});
}

void SlotBook::learn(std::uint32_t slot, std::string_view service, std::uint32_t instance) {
  Known& known = known_[slot];
  known.defined = true;
  if (known.service == service && known.instance == instance) return;
  if (!known.service.empty()) by_key_.erase(key_of(known.service, known.instance));
  known.segment = 0;
  known.service = service;
  known.instance = instance;
  by_key_[key_of(service, instance)] = slot;
}

void SlotBook::forget(std::uint32_t slot) {
  by_key_.erase(key_of(known_[slot].service, known_[slot].instance));
  known_[slot] = {};
  lowest_free_ = std::min(lowest_free_, slot);
}

void SlotBook::mark_torn(std::uint32_t slot, bool is_torn) {
  auto found = std::ranges::find(torn_, slot);
  if (is_torn && found == torn_.end()) torn_.push_back(slot);
  if (!is_torn && found != torn_.end()) torn_.erase(found);
}

}  // namespace hammock::shell
