#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/configuration.h"
#include "cli/control.h"
#include "cli/keeper_program.h"
#include "cli/stand_in.h"
#include "cli/up_detach.h"
#include "cli/when.h"
#include "os/file.h"

namespace hammock::cli {
namespace {

constexpr Duration kReadyWithin = std::chrono::minutes(2);
constexpr std::chrono::seconds kHouseBackWithin{10};
constexpr int kLookAgainMs = 20;
constexpr int kTriesMost = 5;

std::vector<std::string> keeper_command(const Session& session) {
  return {keeper_beside(session.program), session.places.runtime, session.places.state,
          session.program, session.configuration};
}

// The process becomes the keeper: whoever watches us watches it.
int become_keeper(const Session& session) {
  std::vector<std::string> command = keeper_command(session);
  std::vector<char*> arguments;
  for (std::string& word : command)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execv(arguments.front(), arguments.data());
  return say(session, fail_errno("start " + command.front()).error());
}

// The directories come from the environment, which is configuration too.
int say_no_places(const Session& session, const Error& error) {
  bool forbidden = error.code == ErrorCode::kNotPermitted || error.errno_value == EACCES ||
                   error.errno_value == EPERM || error.errno_value == EROFS;
  return say(session, forbidden ? Exit::kNotPermitted : Exit::kConfiguration,
             printable(error.message));
}

void tell_adopted(const Session& session, const House& house) {
  if (house.programs == 0 || house.keeper) return;
  bool one = house.programs == 1;
  session.out.write("adopting " + std::to_string(house.programs) +
                    (one ? " program" : " programs") + " of an earlier life that still " +
                    (one ? "runs\n" : "run\n"));
}

std::vector<std::string> names_of(const Ready& ready) {
  std::vector<std::string> names;
  for (const service::Config& service : ready.configuration.services)
    names.push_back(service.name);
  return names;
}

// The keeper of the whole house. A keeper without a brain starts one, and the other way round, so
// while one of them lives the other is waited for. Nothing when both are gone, or never agree.
std::optional<int> await_house(const Session& session) {
  Deadline deadline = deadline_in(kHouseBackWithin);
  while (std::chrono::steady_clock::now() < deadline) {
    if (auto keeper = whole_house(session)) return keeper;
    bool brain_lives = os::lock_holder(session.places.runtime + "/brain.lock") > 0;
    if (!brain_lives && !look_around(session.places).keeper) return std::nullopt;
    poll(nullptr, 0, kLookAgainMs);
  }
  return std::nullopt;
}

// Hammock runs already: it reads its configuration again, and that is all.
int join_running(const Session& session, int keeper, const Ready& ready, bool detach,
                 Duration within) {
  session.out.write("Hammock already runs here (keeper " + std::to_string(keeper) +
                    "): it reads its configuration again\n");
  int applied = carry_out(session, "apply", "");
  if (applied != 0 || !detach) return applied;
  return wait_until_ready(session, {}, names_of(ready), within).value_or(applied);
}

bool is_alive(const House& house) {
  return house.keeper.has_value() || house.programs > 0;
}

// Under a service manager, which starts `up` again when the keeper was killed: whatever the file
// says by now, somebody has to look after what runs. The brain falls back on what was applied.
int take_over(const Session& session) {
  tell_adopted(session, look_around(session.places));
  if (await_house(session)) {
    if (auto ended = stand_in(session)) return *ended;
  }
  return become_keeper(session);
}

}  // namespace

int run_up(const Session& session, const Invocation& invocation) {
  Duration within = kReadyWithin;
  if (auto text = invocation.value("within")) {
    auto duration = parse_duration(*text);
    if (!duration) {
      return say(session, Exit::kUsage,
                 "`--within` is a duration such as 30s or 2m, not `" + printable(*text) + "`");
    }
    within = *duration;
  }
  bool detach = invocation.flag("detach");
  const bool takes_over = !detach && is_managed() && is_alive(look_around(session.places));
  auto ready = load_and_resolve(session);
  if (takes_over) return take_over(session);
  if (!ready) return code(Exit::kConfiguration);
  if (auto made = make_places(session.places, session.uid); !made)
    return say_no_places(session, made.error());
  tell_adopted(session, look_around(session.places));
  for (int tries = 0; tries < kTriesMost; ++tries) {
    if (look_around(session.places).keeper) {
      if (auto keeper = await_house(session))
        return join_running(session, *keeper, *ready, detach, within);
      if (look_around(session.places).keeper) break;  // and silent
    }
    if (!detach) return become_keeper(session);
    auto keeper = start_detached(session, keeper_command(session));
    if (!keeper) return say(session, keeper.error());
    if (auto ended = wait_until_ready(session, *keeper, names_of(*ready), within)) return *ended;
  }
  return say_not_running(session);
}

}  // namespace hammock::cli
