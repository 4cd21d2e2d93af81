#include "cli/session.h"

#include <poll.h>

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "cli/control.h"
#include "cli/ledger_status.h"
#include "cli/suggest.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/ledger_file.h"

namespace hammock::cli {
namespace {

constexpr std::chrono::seconds kKeeperBackWithin{10};  // a brain that lives starts one at once
constexpr int kLookAgainMs = 20;

}  // namespace

Instant wall_now() {
  return Instant(Duration(os::wall_us()));
}

int say(const Session& session, Exit exit, std::string_view message) {
  session.err.write(wrapped("hammock: " + std::string(message), session.err.look().width));
  return code(exit);
}

Exit exit_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kNotPermitted:
      return Exit::kNotPermitted;
    case ErrorCode::kInvalid:
    case ErrorCode::kNotFound:
      return Exit::kUsage;
    case ErrorCode::kUnavailable:
    case ErrorCode::kBusy:
    case ErrorCode::kCorrupt:
    case ErrorCode::kSystem:
      break;
  }
  return Exit::kAgain;
}

int say(const Session& session, const Error& error) {
  return say(session, exit_of(error), printable(error.message));
}

House look_around(const Places& places) {
  House house;
  pid_t holder = os::lock_holder(places.runtime + "/keeper.lock");
  if (holder > 0) house.keeper = holder;
  house.hidden = holder < 0;
  if (auto file = os::LedgerFile::read(places.ledger())) {
    house.programs = programs_alive(file->ledger(), os::process_lives);
  }
  return house;
}

std::optional<int> await_keeper(const Session& session) {
  Deadline deadline = deadline_in(kKeeperBackWithin);
  while (std::chrono::steady_clock::now() < deadline) {
    if (auto keeper = look_around(session.places).keeper) return keeper;
    if (os::lock_holder(session.places.runtime + "/brain.lock") <= 0) break;
    poll(nullptr, 0, kLookAgainMs);
  }
  return look_around(session.places).keeper;
}

std::optional<int> whole_house(const Session& session) {
  auto status = brain_status(session);
  House house = look_around(session.places);
  if (!status || !house.keeper || status->keeper.pid != *house.keeper) return std::nullopt;
  return house.keeper;
}

int say_not_running(const Session& session) {
  House house = look_around(session.places);
  if (house.keeper) {
    return say(session, Exit::kAgain,
               "the brain does not answer; the keeper (pid " + std::to_string(*house.keeper) +
                   ") runs and starts it again: try again, or look at `hammock status`");
  }
  if (house.hidden) {
    return say(session, Exit::kNotPermitted,
               "what runs in " + session.places.runtime +
                   " is not yours to see: run it as the user that Hammock runs as, or as root");
  }
  // Asked once more, because meanwhile a new keeper may have taken the place of a dead one.
  const pid_t other = os::lock_holder(session.places.state + "/keeper.lock");
  if (other > 0 && os::lock_holder(session.places.runtime + "/keeper.lock") == 0) {
    return say(session, Exit::kAgain,
               "the keeper (pid " + std::to_string(other) + ") of " + session.places.state +
                   " runs, but cannot be reached in " + session.places.runtime +
                   ": either HAMMOCK_RUNTIME_DIR was another when it was started, or somebody "
                   "removed what was there; then `kill " +
                   std::to_string(other) + "` stops everything in order");
  }
  if (house.programs > 0) {
    return say(session, Exit::kNotRunning,
               "Hammock is not running, but " + std::to_string(house.programs) +
                   " of its programs are; `hammock up` adopts them");
  }
  return say(
      session, Exit::kNotRunning,
      "Hammock is not running in " + session.places.runtime + "; `hammock up --detach` starts it");
}

Result<Status> brain_status(const Session& session) {
  auto answer = ask(session.places.control(), "GET", "/v1/status", deadline_in(kAnswerWithin));
  if (!answer) return std::unexpected(std::move(answer).error());
  if (answer->status != 200) return std::unexpected(error_of(*answer));
  return status_from_json(answer->body);
}

Result<Status> ledger_status(const Session& session) {
  auto file = os::LedgerFile::read(session.places.ledger());
  if (!file) return std::unexpected(std::move(file).error());
  bool keeper_alive = os::lock_holder(session.places.runtime + "/keeper.lock") > 0;
  Status status = status_from_ledger(file->ledger(), os::process_lives, keeper_alive);
  // One that lives and does not answer is not one that does not run.
  const pid_t brain = os::lock_holder(session.places.runtime + "/brain.lock");
  if (brain > 0) status.brain.pid = brain;
  return status;
}

std::vector<std::string> known_services(const Session& session) {
  auto status = brain_status(session);
  if (!status) status = ledger_status(session);
  std::vector<std::string> names = status ? service_names(*status) : std::vector<std::string>();
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(session.places.logs(), ignored)) {
    std::string name = entry.path().filename();
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

int say_unknown_service(const Session& session, std::string_view name,
                        const std::vector<std::string>& known) {
  return say(session, Exit::kUsage,
             "there is no service `" + printable(name) + "`" + did_you_mean(name, known) +
                 "; `hammock status` lists them");
}

bool is_service_name(std::string_view name) {
  constexpr std::size_t kNameMax = 63;
  auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= kNameMax && name.front() != '.' &&
         std::ranges::all_of(name, allowed);
}

}  // namespace hammock::cli
