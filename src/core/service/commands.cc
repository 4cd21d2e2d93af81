#include "core/service/commands.h"

#include <algorithm>

#include "core/service/instance.h"
#include "core/service/policy.h"
#include "core/service/query.h"
#include "core/service/wants.h"

namespace hammock::service {
namespace {

std::string because_of(const std::string& id) {
  return "command " + id;
}

void refuse(Draft& draft, const CommandGiven& event, std::string message) {
  draft.order(Reply{event.id, ReplyKind::kRefused, std::move(message)});
}

void accept(Draft& draft, const CommandGiven& event) {
  draft.record(CommandAccepted{event.id, event.verb, event.service, event.by});
  std::string what(text_of(event.verb));
  if (!event.service.empty()) what += " " + event.service;
  draft.order(Reply{event.id, ReplyKind::kAccepted, what + ": accepted"});
}

// Earlier commands that ask for the contrary have come to nothing.
void supersede(Draft& draft, ServiceIndex index, Verb by, auto&& is_contrary) {
  std::vector<OpenCommand> open = draft.live(index).commands;
  for (const OpenCommand& command : open) {
    if (!is_contrary(command.verb)) continue;
    finish_command(draft, command.id, draft.service(index).name, false,
                   "superseded by a later " + std::string(text_of(by)));
  }
}

void start(Draft& draft, ServiceIndex index, const CommandGiven& event) {
  supersede(draft, index, event.verb, [](Verb verb) { return verb == Verb::kStop; });
  accept(draft, event);
  if (draft.live(index).pin) draft.record(ServiceUnpinned{event.service, event.id});
  draft.record(RetryAsked{event.service, event.id});
  if (event.verb == Verb::kRestart) {
    mark_for_restart(draft, index, because_of(event.id));
    mark_companions(draft, index);
  }
}

void stop(Draft& draft, ServiceIndex index, const CommandGiven& event) {
  supersede(draft, index, event.verb, [](Verb verb) { return verb != Verb::kStop; });
  accept(draft, event);
  draft.record(ServicePinned{event.service, Want::kDown, event.id});
}

void reload(Draft& draft, ServiceIndex index, const CommandGiven& event) {
  const Setup& setup = draft.setup(index);
  if (std::holds_alternative<std::monostate>(setup.config.reload)) {
    return refuse(draft, event,
                  event.service + " cannot reload: it has no `reload` setting; use restart");
  }
  if (ready_count(draft.live(index)) == 0) {
    return refuse(draft, event, event.service + " cannot reload: no instance is ready");
  }
  accept(draft, event);
  std::vector<std::uint32_t> numbers;
  for (const Instance& it : draft.live(index).instances) {
    if (!is_ready(it)) continue;
    // A reload that is still under way cannot tell which of the two its end is: it is over.
    numbers.push_back(it.number);
  }
  for (std::uint32_t number : numbers) {
    const Instance& it = *find_instance(draft.live(index), number);
    if (it.reload) {
      draft.record(ReloadEnded{event.service, number, it.reload->command, false,
                               "superseded by a later reload"});
    }
    send_reload(draft, index, number, event.id);
  }
}

void down(Draft& draft, const CommandGiven& event) {
  accept(draft, event);
  draft.record(HouseStopAsked{event.id, because_of(event.id), event.exit_code});
}

// Why the service is not as asked; empty: it may still be.
std::string trouble_of(const Draft& draft, ServiceIndex index) {
  const Live& live = draft.live(index);
  if (live.roll.halted) return "the rolling restart stopped: " + live.roll.because;
  for (const Instance& it : live.instances) {
    if (!it.member || (it.failures == 0 && !it.failed_config)) continue;
    std::string why = "instance " + std::to_string(it.number);
    if (it.last_exit) why += ": " + describe_exit(*it.last_exit);
    return why + (it.failed_config ? "; it is not tried again until it is restarted"
                                   : "; it is tried again");
  }
  if (live.standing != Standing::kHeldUp) return "";
  return "it waits for " + waits_for(draft.state(), draft.service(index)) +
         " and starts when that is ready";
}

bool is_all_ready(const Live& live, const Setup& setup) {
  std::uint32_t good = 0;
  for (const Instance& it : live.instances) {
    if (it.member && is_ready(it) && !outdated(it, setup)) ++good;
  }
  return good >= setup.config.instances && !live.roll.active && !live.roll.halted;
}

bool is_reloading_for(const Live& live, const std::string& id) {
  return std::ranges::any_of(
      live.instances, [&](const Instance& it) { return it.reload && it.reload->command == id; });
}

void settle_command(Draft& draft, ServiceIndex index, const OpenCommand& command) {
  const Live& live = draft.live(index);
  const std::string& name = draft.service(index).name;
  auto finish = [&](bool ok, std::string message) {
    finish_command(draft, command.id, name, ok, std::move(message));
  };
  if (draft.house().stop && command.verb != Verb::kStop) {
    return finish(false, "Hammock is stopping");
  }
  switch (command.verb) {
    case Verb::kStart:
    case Verb::kRestart:
      if (is_all_ready(live, draft.setup(index))) return finish(true, name + " is ready");
      if (auto why = trouble_of(draft, index); !why.empty()) {
        finish(false, name + " is not ready: " + why);
      }
      return;
    case Verb::kStop:
      if (!any_alive(live)) finish(true, name + " is stopped");
      return;
    case Verb::kReload:
      if (is_reloading_for(live, command.id)) return;
      finish(command.trouble.empty(),
             command.trouble.empty() ? name + " has reloaded" : name + ": " + command.trouble);
      return;
    case Verb::kDown:
    case Verb::kConfigure:
      return;
  }
}

}  // namespace

void finish_command(Draft& draft, const std::string& id, const std::string& service, bool ok,
                    std::string message) {
  draft.record(CommandFinished{id, service, ok, message});
  draft.order(Reply{id, ok ? ReplyKind::kDone : ReplyKind::kFailed, std::move(message)});
}

bool answer_known_command(Draft& draft, const std::string& id) {
  const State& state = draft.state();
  if (state.open_commands.contains(id)) {
    draft.order(Reply{id, ReplyKind::kAccepted, "accepted before, and under way"});
    return true;
  }
  auto finished = std::ranges::find(state.finished_commands, id, &FinishedCommand::id);
  if (finished == state.finished_commands.end()) return false;
  draft.order(Reply{id, finished->ok ? ReplyKind::kDone : ReplyKind::kFailed, finished->message});
  return true;
}

void command_given(Draft& draft, const CommandGiven& event) {
  if (answer_known_command(draft, event.id)) return;
  if (draft.house().stop) return refuse(draft, event, "Hammock is stopping");
  if (event.verb == Verb::kDown) return down(draft, event);
  auto index = draft.find(event.service);
  if (!index || !draft.service(*index).configured || draft.setup(*index).config.on_demand) {
    return refuse(draft, event, "no service is called '" + event.service + "'");
  }
  draft.open(*index);
  draft.enqueue(*index);
  switch (event.verb) {
    case Verb::kStart:
    case Verb::kRestart:
      return start(draft, *index, event);
    case Verb::kStop:
      return stop(draft, *index, event);
    case Verb::kReload:
      return reload(draft, *index, event);
    case Verb::kDown:
    case Verb::kConfigure:
      return refuse(draft, event, "this command does not take a service");
  }
}

void settle_commands(Draft& draft, ServiceIndex index) {
  if (draft.live(index).commands.empty()) return;
  std::vector<OpenCommand> open = draft.live(index).commands;
  for (const OpenCommand& command : open)
    settle_command(draft, index, command);
}

void settle_house(Draft& draft) {
  const auto& stop = draft.house().stop;
  if (!stop || stop->finished || !draft.everything_is_off()) return;
  std::int32_t code = stop->exit_code;
  if (!stop->command.empty()) {
    finish_command(draft, stop->command, "", true, "everything is stopped");
  }
  draft.record(HouseStopped{code});
  draft.order(ExitHammock{code});
}

}  // namespace hammock::service
