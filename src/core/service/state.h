// What the service room knows. Read it through the functions of service.h; it changes by apply()
// only.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/shared.h"
#include "base/time.h"
#include "core/service/events.h"
#include "core/service/facts.h"
#include "core/service/words.h"

namespace hammock::service {

using ServiceIndex = std::uint32_t;

// A stop that was asked of one generation.
struct Stopping {
  std::uint64_t generation = 0;
  StopReason reason{};
  Steady deadline{};  // then it is killed; after that, then it is killed again
  bool killed = false;
};

struct Reloading {
  std::string command;
  std::uint64_t generation = 0;
  std::uint32_t reloads_done = 0;
  Steady deadline{};
};

// An order to the keeper whose effect is not visible yet.
struct Outstanding {
  KeeperOrder order{};
  std::uint64_t generation = 0;
  Steady again{};
};
struct Armed {
  std::uint64_t generation = 0;
  std::uint32_t tokens = 0;
  std::uint64_t spec = 0;
};

// What an instance on demand was asked to do last.
struct OneRun {
  std::string id;
  std::uint64_t generation = 0;  // of its slot that is this run; 0: not begun
  bool dropped = false;
  bool over = false;
};

struct Instance {
  std::uint32_t number = 0;
  bool member = false;         // one of those that shall run
  bool defined = false;        // it has a slot
  SlotView slot;               // as seen last
  Steady first_seen{};         // its present generation
  std::uint64_t marked = 0;    // copies up to this generation are to be replaced
  std::uint64_t started = 0;   // newest generation whose start was recorded
  std::uint64_t recorded = 0;  // newest generation whose exit was recorded
  std::uint64_t ready = 0;     // this generation is ready; 0 none
  Steady ready_at{};
  bool stable = false;
  bool failed_config = false;  // it said that trying again is useless
  std::uint32_t failures = 0;  // in a row
  std::uint32_t waits = 0;     // back-off waits in this row
  std::uint32_t restarts = 0;  // unasked ends
  bool crash_looping = false;
  std::optional<Steady> retry_at;
  Instant retry_wall{};
  std::optional<Stopping> stop;
  std::optional<Reloading> reload;
  std::optional<Outstanding> asked;
  std::optional<Armed> armed;
  std::optional<Steady> check_at;  // next readiness check, or until when one is out
  bool check_out = false;
  std::optional<Steady> look_at;  // next look at its watchdog
  std::optional<InstanceExited> last_exit;
  std::optional<OneRun> run;
};

struct OpenCommand {
  std::string id;
  Verb verb{};
  std::string trouble;  // of a part of it; empty: none yet
};

struct Roll {
  bool active = false;
  bool halted = false;
  std::uint32_t instance = 0;  // that did not become ready
  std::string because;
};

// The changing part of a service.
struct Live {
  std::optional<Want> pin;
  Standing standing = Standing::kOff;
  Roll roll;
  std::vector<Instance> instances;  // by number
  std::vector<OpenCommand> commands;
};

struct Service {
  std::string name;
  bool configured = false;  // false: being removed
  Shared<Setup> setup;
  std::vector<ServiceIndex> needs;  // as configured
  std::vector<ServiceIndex> after;
  std::vector<ServiceIndex> dependents;  // who names it in needs or after
  std::vector<ServiceIndex> companions;  // who restarts with it
  Live live;
};

struct HouseStop {
  std::string command;
  std::int32_t exit_code = 0;
  bool finished = false;
};
struct House {
  std::uint64_t seed = 0;
  std::string boot_id;
  std::string digest;  // of the document in force
  std::string specs;   // of the list of the specs it was resolved to
  bool configured = false;
  bool ledger_known = false;  // what runs has been read since the start of this brain
  bool keeper_here = false;
  Steady watched_since{};  // no deadline counts from before we could see
  std::optional<HouseStop> stop;
};

struct FinishedCommand {
  std::string id;
  bool ok = false;
  std::string message;
};
inline constexpr std::size_t kFinishedCommandsKept = 1024;  // older ids are forgotten

struct State {
  explicit State(std::uint64_t seed = 0) { house.seed = seed; }

  House house;
  std::vector<Service> services;    // forgotten ones leave an empty name
  std::vector<ServiceIndex> order;  // of the configuration
  std::vector<ServiceIndex> holes;  // of forgotten ones
  std::unordered_map<std::string, ServiceIndex> by_name;
  std::set<std::pair<Steady, ServiceIndex>> deadlines;
  std::vector<std::optional<Steady>> deadline_of;
  std::size_t not_off = 0;  // services whose standing is not kOff
  std::unordered_map<std::string, std::string> open_commands;  // id → service
  std::deque<FinishedCommand> finished_commands;
};

}  // namespace hammock::service
