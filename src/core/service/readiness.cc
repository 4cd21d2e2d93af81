#include "core/service/readiness.h"

#include <algorithm>

#include "base/signals.h"
#include "base/variant.h"
#include "core/service/instance.h"
#include "core/service/query.h"

namespace hammock::service {
namespace {

constexpr Duration kTcpEvery = std::chrono::milliseconds(200);
constexpr Duration kTcpWithin = std::chrono::seconds(2);
constexpr Duration kCommandWithin = std::chrono::seconds(10);
constexpr Duration kAnswerSlack = std::chrono::seconds(2);   // then the answer is taken for lost
constexpr Duration kReloadNotice = std::chrono::seconds(2);  // to say RELOADING=1, if it ever does
// A signal that nobody answers is done when it was sent, which is after this turn was recorded: a
// brain that dies between the two sends it again.
constexpr Duration kSignalTaken = std::chrono::milliseconds(1);

const Instance& known(const Draft& draft, ServiceIndex index, std::uint32_t number) {
  return *find_instance(draft.live(index), number);
}

bool says_ready(const Draft& draft, ServiceIndex index, const Instance& it) {
  return match(
      draft.setup(index).config.ready.how,
      [&](const ReadyWhenStarted&) {
        return draft.now().steady >= it.slot.started + kStartedGrace;
      },
      [&](const ReadyByNotify&) { return it.slot.ready; },
      [&](const ReadyByDescriptor&) { return it.slot.ready; },
      [](const ReadyByTcp&) { return false; }, [](const ReadyByCommand&) { return false; });
}

void record_ready(Draft& draft, ServiceIndex index, const Instance& it) {
  const std::string& name = draft.service(index).name;
  std::uint32_t number = it.number;
  draft.record(InstanceReady{name, number, it.slot.generation, draft.now().steady});
  if (draft.live(index).roll.active && !outdated(known(draft, index, number), draft.setup(index))) {
    draft.record(InstanceReplaced{name, number});
  }
}

Duration check_every(const Config& config) {
  const auto* command = std::get_if<ReadyByCommand>(&config.ready.how);
  return command != nullptr ? std::max(command->every, Duration(std::chrono::milliseconds(10)))
                            : kTcpEvery;
}

void finish_reload(Draft& draft, ServiceIndex index, const Instance& it, bool ok,
                   std::string detail) {
  draft.record(
      ReloadEnded{draft.service(index).name, it.number, it.reload->command, ok, std::move(detail)});
}

bool answers_reloads(const Config& config) {
  return std::holds_alternative<ReadyByNotify>(config.ready.how) &&
         std::holds_alternative<ReloadBySignal>(config.reload);
}

}  // namespace

void note_ready(Draft& draft, ServiceIndex index, std::uint32_t number) {
  const Instance& it = known(draft, index, number);
  bool starting = it.defined && it.slot.phase == SlotPhase::kRunning && !over(it) &&
                  !became_ready(it) && stop_of(it) == nullptr;
  if (starting && says_ready(draft, index, it)) record_ready(draft, index, it);
}

void settle_check(Draft& draft, ServiceIndex index, std::uint32_t number) {
  const Config& config = draft.setup(index).config;
  const Instance& it = known(draft, index, number);
  if (!asks_for_readiness(config)) return;
  Steady now = draft.now().steady;
  if (it.check_at && now < *it.check_at) return;
  Target target{config.name, number, it.slot.generation};
  Duration within = kTcpWithin;
  if (const auto* tcp = std::get_if<ReadyByTcp>(&config.ready.how)) {
    draft.order(ProbeTcp{target, tcp->address, within});
  } else if (const auto* command = std::get_if<ReadyByCommand>(&config.ready.how)) {
    within = std::min(kCommandWithin, config.ready.within);
    draft.order(RunCommand{target, CheckPurpose::kReady, command->command, within});
  }
  draft.record(CheckPlanned{config.name, number, true, now + within + kAnswerSlack});
}

void check_ended(Draft& draft, ServiceIndex index, const CheckEnded& event) {
  const Instance* it = find_instance(draft.live(index), event.instance);
  bool present =
      it != nullptr && alive(*it) && !over(*it) && it->slot.generation == event.generation;
  if (!present) return;
  draft.open(index);
  it = find_instance(draft.live(index), event.instance);
  draft.enqueue(index);
  if (event.purpose == CheckPurpose::kReload) {
    if (it->reload) finish_reload(draft, index, *it, event.ok, event.detail);
  } else if (!became_ready(*it) && stop_of(*it) == nullptr) {
    if (event.ok) {
      record_ready(draft, index, *it);
    } else {
      draft.record(CheckPlanned{event.service, event.instance, false,
                                draft.now().steady + check_every(draft.setup(index).config)});
    }
  }
}

void send_reload(Draft& draft, ServiceIndex index, std::uint32_t number,
                 const std::string& command) {
  const Config& config = draft.setup(index).config;
  draft.open(index);
  const Instance& it = known(draft, index, number);
  Target target{config.name, number, it.slot.generation};
  Steady now = draft.now().steady;
  Duration within = config.ready.within;
  match(
      config.reload, [](std::monostate) {},
      [&](const ReloadBySignal& by) {
        draft.order(Signal{target, by.signal});
        within = answers_reloads(config) ? kReloadNotice : kSignalTaken;
      },
      [&](const ReloadByCommand& by) {
        draft.order(RunCommand{target, CheckPurpose::kReload, by.command, within});
        within += kAnswerSlack;
      });
  draft.record(ReloadAsked{config.name, number, it.slot.generation, command, it.slot.reloads_done,
                           now + within});
}

void settle_reload(Draft& draft, ServiceIndex index, std::uint32_t number) {
  const Instance& it = known(draft, index, number);
  if (!it.reload) return;
  const Config& config = draft.setup(index).config;
  Reloading reload = *it.reload;
  if (answers_reloads(config) && it.slot.reloads_done > reload.reloads_done) {
    return finish_reload(draft, index, it, true, "reloaded");
  }
  if (draft.now().steady < reload.deadline || !draft.house().keeper_here) return;
  if (std::holds_alternative<ReloadByCommand>(config.reload)) {
    return finish_reload(draft, index, it, false, "the reload command did not end in time");
  }
  if (!answers_reloads(config) || !it.slot.reloading)
    return finish_reload(draft, index, it, true, "signalled");
  // It said that it reloads: from then on it has as long as for a start.
  Steady deadline = it.slot.reloading_since.value_or(reload.deadline) + config.ready.within;
  if (draft.now().steady >= deadline) {
    return finish_reload(draft, index, it, false, "it did not finish reloading in time");
  }
  draft.record(ReloadAsked{config.name, number, reload.generation, reload.command,
                           reload.reloads_done, deadline});
}

}  // namespace hammock::service
