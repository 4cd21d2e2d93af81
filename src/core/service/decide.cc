#include <algorithm>

#include "base/assert.h"
#include "base/variant.h"
#include "core/service/commands.h"
#include "core/service/draft.h"
#include "core/service/instance.h"
#include "core/service/query.h"
#include "core/service/readiness.h"
#include "core/service/roll.h"
#include "core/service/service.h"
#include "core/service/wants.h"

namespace hammock::service {
namespace {

// A service settles in two or three rounds; more means that two rules undo each other.
constexpr int kRoundsMax = 16;

template <class Use>
void for_each_number(const Draft& draft, ServiceIndex index, Use&& use) {
  for (std::size_t k = 0; k < draft.live(index).instances.size(); ++k) {
    use(draft.live(index).instances[k].number);
  }
}

bool is_gone(const Draft& draft, ServiceIndex index) {
  return !draft.service(index).configured &&
         std::ranges::none_of(draft.live(index).instances, &Instance::defined);
}

void settle_once(Draft& draft, ServiceIndex index) {
  for_each_number(draft, index, [&](std::uint32_t number) { note_ready(draft, index, number); });
  settle_members(draft, index);
  for_each_number(draft, index,
                  [&](std::uint32_t number) { settle_instance(draft, index, number); });
  settle_standing(draft, index);
}

void settle_service(Draft& draft, ServiceIndex index) {
  draft.open(index);
  std::size_t before = 0;
  int rounds = 0;
  do {
    before = draft.facts_so_far();
    settle_once(draft, index);
    HAMMOCK_ASSERT(++rounds <= kRoundsMax);
  } while (draft.facts_so_far() != before);
  settle_commands(draft, index);
  if (is_gone(draft, index)) {
    std::vector<OpenCommand> open = draft.live(index).commands;
    const std::string& name = draft.service(index).name;
    for (const OpenCommand& command : open) {
      finish_command(draft, command.id, name, false, name + " is no longer configured");
    }
    draft.record(ServiceForgotten{name});
  }
}

void enqueue_all(Draft& draft) {
  for (ServiceIndex i = 0; i < draft.state().services.size(); ++i) {
    if (!draft.service(i).name.empty()) draft.enqueue(i);
  }
}

// Looks at every service that something changed for, until nothing changes any more.
Decision settle(Draft& draft) {
  if (!can_act(draft.house())) return draft.take();
  bool stop_begun = draft.house().stop && !draft.state().house.stop;
  if (stop_begun) enqueue_all(draft);
  while (auto index = draft.dequeue()) {
    bool had_stop = draft.house().stop.has_value();
    if (!draft.service(*index).name.empty()) settle_service(draft, *index);
    if (!had_stop && draft.house().stop) enqueue_all(draft);
  }
  settle_house(draft);
  return draft.take();
}

Decision with_facts_before(std::vector<Fact> facts, Decision decision) {
  std::ranges::move(decision.facts, std::back_inserter(facts));
  decision.facts = std::move(facts);
  return decision;
}

Decision on_configuration(const State& state, const ConfigurationGiven& event, Now now) {
  if (!event.command.empty()) {
    Draft draft(state, now);
    if (answer_known_command(draft, event.command)) return draft.take();
  }
  // It looks at everything anyway, and it changes what a draft takes for fixed.
  State next = state;
  std::vector<Fact> facts{
      ConfigurationApplied{event.digest, event.specs, event.command, true, event.services}};
  service::apply(next, facts.front());
  Draft draft(next, now);
  if (!event.command.empty()) {
    finish_command(draft, event.command, "", true, "the configuration is applied");
  }
  enqueue_all(draft);
  return with_facts_before(std::move(facts), settle(draft));
}

// Slots of services that nobody knows any more get a place too: they have to be ended and freed.
std::vector<Fact> facts_of_reading(State& next, const LedgerRead& event, Now now) {
  std::vector<Fact> facts;
  auto record = [&](Fact fact) {
    service::apply(next, fact);
    facts.push_back(std::move(fact));
  };
  if (!next.house.ledger_known) {
    const std::string& before = next.house.boot_id;
    const bool another_boot = !before.empty() && before != event.boot_id;
    record(BrainStarted{event.boot_id, now.steady, event.by_up, another_boot});
    if (event.by_up && next.house.stop) record(HouseOpened{});
  } else {
    record(KeeperCame{now.steady});
  }
  record(LedgerKnown{now.steady});
  for (const SlotView& view : event.slots) {
    if (!next.by_name.contains(view.service)) {
      SlotView empty;
      empty.service = view.service;
      empty.instance = view.instance;
      empty.slot = view.slot;
      record(SlotObserved{empty, now.steady});
    }
  }
  return facts;
}

void forget_unlisted(Draft& draft, const LedgerRead& event) {
  std::unordered_set<std::string> listed;
  auto key = [](const std::string& service, std::uint32_t instance) {
    return service + '/' + std::to_string(instance);
  };
  for (const SlotView& view : event.slots)
    listed.insert(key(view.service, view.instance));
  for (ServiceIndex i = 0; i < draft.state().services.size(); ++i) {
    draft.open(i);
    for_each_number(draft, i, [&](std::uint32_t number) {
      const std::string& name = draft.service(i).name;
      const Instance& it = *find_instance(draft.live(i), number);
      if (it.defined && !listed.contains(key(name, number))) {
        draft.record(SlotVanished{name, number});
      } else if (it.asked || it.armed || it.look_at || it.check_at) {
        draft.record(AskedForgotten{name, number});
      }
    });
  }
}

void send_open_reloads_again(Draft& draft) {
  for (ServiceIndex i = 0; i < draft.state().services.size(); ++i) {
    for_each_number(draft, i, [&](std::uint32_t number) {
      const Instance& it = *find_instance(draft.live(i), number);
      if (!it.reload) return;
      Reloading reload = *it.reload;
      if (is_ready(it) && reload.generation == it.slot.generation) {
        send_reload(draft, i, number, reload.command);
      } else {
        draft.record(ReloadEnded{draft.service(i).name, number, reload.command, false,
                                 "it ended instead of reloading"});
      }
    });
  }
}

Decision on_ledger(const State& state, const LedgerRead& event, Now now) {
  State next = state;
  std::vector<Fact> facts = facts_of_reading(next, event, now);
  Draft draft(next, now);
  forget_unlisted(draft, event);
  for (const SlotView& view : event.slots) {
    if (auto index = draft.find(view.service)) absorb_slot(draft, *index, view);
  }
  // First who is ready, then what follows: nobody starts on a need that died while nobody looked.
  for (ServiceIndex i = 0; i < next.services.size(); ++i) {
    if (next.services[i].name.empty()) continue;
    for_each_number(draft, i, [&](std::uint32_t number) { note_ready(draft, i, number); });
    if (next.house.configured) settle_standing(draft, i);
  }
  send_open_reloads_again(draft);
  enqueue_all(draft);
  Decision decision = with_facts_before(std::move(facts), settle(draft));
  // The order to exit may have been lost with the brain that gave it.
  if (next.house.stop && next.house.stop->finished) {
    decision.orders.push_back(ExitHammock{next.house.stop->exit_code});
  }
  return decision;
}

const OneRun* run_of(const Draft& draft, ServiceIndex index, std::uint32_t number) {
  const Instance* it = find_instance(draft.live(index), number);
  return it == nullptr || !it->run ? nullptr : &*it->run;
}

void run_asked(Draft& draft, ServiceIndex index, const RunAsked& event) {
  const Service& service = draft.service(index);
  if (!service.configured || !service.setup->config.on_demand) return;
  const OneRun* run = run_of(draft, index, event.instance);
  if (run != nullptr && (!run->over || run->id == event.id)) return;
  const bool is_first = run == nullptr;
  draft.record(RunGiven{event.service, event.instance, event.id});
  const Instance& it = *find_instance(draft.live(index), event.instance);
  if (is_first && alive(it) && !over(it)) {
    draft.record(RunBegun{event.service, event.instance, it.slot.generation});
  }
  draft.enqueue(index);
}

void run_unwanted(Draft& draft, ServiceIndex index, const RunUnwanted& event) {
  const OneRun* run = run_of(draft, index, event.instance);
  if (run == nullptr || run->id != event.id || run->over || run->dropped) return;
  const Instance& it = *find_instance(draft.live(index), event.instance);
  // Before the ledger was read, nobody can say that nothing runs.
  const bool is_over = draft.house().ledger_known && !alive(it) && !it.asked;
  draft.record(RunDropped{event.service, event.instance, is_over});
  draft.enqueue(index);
}

void on_wake(Draft& draft, const State& state, Now now) {
  for (const auto& [at, index] : state.deadlines) {
    if (at > now.steady) break;
    draft.enqueue(index);
  }
}

}  // namespace

Decision decide(const State& state, const Event& event, Now now) {
  if (const auto* configuration = std::get_if<ConfigurationGiven>(&event)) {
    return on_configuration(state, *configuration, now);
  }
  if (const auto* ledger = std::get_if<LedgerRead>(&event)) return on_ledger(state, *ledger, now);
  Draft draft(state, now);
  auto about = [&](const std::string& service, auto&& use) {
    if (auto index = draft.find(service)) use(*index);
  };
  const bool blind = !state.house.ledger_known || !has_purpose(state.house);
  match(
      event, [](const ConfigurationGiven&) {}, [](const LedgerRead&) {},
      [&](const KeeperLost&) {
        if (state.house.keeper_here) draft.record(KeeperWentAway{});
      },
      [&](const Slept& slept) {
        if (state.house.ledger_known) draft.record(Woken{now.steady, slept.time});
      },
      [&](const SlotSeen& seen) {
        if (blind) return;
        about(seen.view.service, [&](ServiceIndex i) {
          draft.open(i);
          absorb_slot(draft, i, seen.view);
        });
      },
      [&](const SlotGone& gone) {
        about(gone.service, [&](ServiceIndex i) {
          const Instance* it = find_instance(state.services[i].live, gone.instance);
          if (it == nullptr || !it->defined) return;
          draft.record(SlotVanished{gone.service, gone.instance});
          draft.enqueue(i);
        });
      },
      [&](const OrderRefused& refused) {
        about(refused.service, [&](ServiceIndex i) {
          draft.open(i);
          order_refused(draft, i, refused);
        });
      },
      [&](const CheckEnded& ended) {
        about(ended.service, [&](ServiceIndex i) { check_ended(draft, i, ended); });
      },
      [&](const Wake&) { on_wake(draft, state, now); },
      [&](const RunAsked& asked) {
        about(asked.service, [&](ServiceIndex i) { run_asked(draft, i, asked); });
      },
      [&](const RunUnwanted& unwanted) {
        about(unwanted.service, [&](ServiceIndex i) { run_unwanted(draft, i, unwanted); });
      },
      [&](const CommandGiven& given) {
        const bool ends = given.verb == Verb::kDown && state.house.ledger_known;
        if (blind && !ends) {
          draft.order(Reply{given.id, ReplyKind::kRefused, "Hammock is starting; ask again"});
        } else {
          command_given(draft, given);
        }
      });
  return settle(draft);
}

}  // namespace hammock::service
