// What a command is given of the world, and the few sentences that all of them say.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "cli/arguments.h"
#include "cli/places.h"
#include "cli/screen.h"
#include "cli/status.h"

namespace hammock::cli {

struct Session {
  Environment environment;
  Places places;
  std::string configuration;  // absolute path of the file
  std::string program;        // absolute path of this program
  unsigned uid = 0;
  Screen out;
  Screen err;
  bool configuration_is_given = false;  // by -c
  // Why the places cannot be used. `wrap`, which has a command to run, and `try`, which needs no
  // Hammock, are called all the same.
  std::optional<Error> unusable = {};
};

Instant wall_now();

// "hammock: message" on err, wrapped; returns the code.
int say(const Session& session, Exit exit, std::string_view message);
// The same with the exit code that fits the error.
int say(const Session& session, const Error& error);
Exit exit_of(const Error& error);

// Who of us lives, as far as can be told without asking anybody.
struct House {
  std::optional<int> keeper;  // pid
  bool hidden = false;        // another user's: nobody can tell
  std::size_t programs = 0;   // of the ledger that run
};
House look_around(const Places& places);
// The keeper; while a brain lives, also the one that it is about to start in place of a dead one.
// Nothing when there is none and will be none.
std::optional<int> await_keeper(const Session& session);
// The keeper that has the house, once a brain answers that is linked to this one: after kills a
// keeper and a brain may each be about to leave for the other's partner.
std::optional<int> whole_house(const Session& session);

// Why nobody answers, and what to do: 69, or 75 when the keeper lives and the brain will be back.
int say_not_running(const Session& session);

// The brain's status; kUnavailable when it does not answer in time.
Result<Status> brain_status(const Session& session);
// The ledger's; kNotFound, kCorrupt, kUnavailable (of another boot).
Result<Status> ledger_status(const Session& session);

// The services that anybody knows of: brain, ledger or log folder.
std::vector<std::string> known_services(const Session& session);
// 64: "there is no service `wbe`; did you mean `web`?"
int say_unknown_service(const Session& session, std::string_view name,
                        const std::vector<std::string>& known);

// True for what may be the name of a service, so that it may become part of a path.
bool is_service_name(std::string_view name);

}  // namespace hammock::cli
