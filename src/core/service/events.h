// What the shell saw. Every event is a level, not an edge: the same event twice, or a late one,
// does no harm, and a lost hint is repaired by the next look at the same slot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/shared.h"
#include "base/time.h"
#include "core/service/config.h"
#include "core/service/words.h"

namespace hammock::service {

// One service as configured, with the identity of what would be started: the hash of its spec
// image, never 0. Equal hashes mean that a restart would change nothing.
struct Setup {
  Config config;
  std::uint64_t start_hash = 0;
  friend bool operator==(const Setup&, const Setup&) = default;
};

enum class SlotPhase : std::uint8_t { kIdle, kStarting, kRunning };

// One record of the ledger's exit ring.
struct SlotExit {
  std::uint64_t generation = 0;
  Instant at{};
  std::optional<Duration> ran;  // none: unknown
  std::int32_t pid = 0;
  std::optional<std::int32_t> wait_status;  // as waitpid(2); none: nobody could learn it
  bool was_ready = false;                   // said so by notify or descriptor
  bool by_reflex = false;                   // the keeper restarted the slot at once
  bool oom = false;
  bool output_known = true;  // all that it wrote is in its log
  std::uint32_t stage = 0;   // wire::Stage; 0 = it came to exec
  std::string stage_name;    // "exec", "change user"; empty = it came to exec
  std::int32_t stage_errno = 0;
  friend bool operator==(const SlotExit&, const SlotExit&) = default;
};

// One used slot of the ledger, as read at once. The shell translates; it interprets nothing.
struct SlotView {
  std::string service;
  std::uint32_t instance = 0;
  std::uint32_t slot = 0;  // index in the ledger; another index means another history of exits
  SlotPhase phase = SlotPhase::kIdle;
  std::uint64_t generation = 0;
  std::uint64_t spec = 0;
  std::int32_t pid = 0;  // 0 unless running
  Steady started{};
  Instant started_wall{};
  std::uint32_t reflex_tokens = 0;
  std::uint64_t reflex_spec = 0;
  // What the program said since it started.
  bool ready = false;
  bool stopping = false;
  bool reloading = false;
  bool watchdog_trigger = false;
  std::uint32_t reloads_done = 0;
  std::optional<Steady> reloading_since;  // MONOTONIC_USEC of the last RELOADING=1
  std::optional<Steady> watchdog_fed;
  std::optional<Duration> watchdog_timeout;  // WATCHDOG_USEC=
  std::optional<Steady> extend_until;        // EXTEND_TIMEOUT_USEC=
  std::int32_t error_number = 0;
  std::string status;
  // Its last output or progress, or its start. Time that the machine slept does not count: it is
  // moved on by that. None: unknown.
  std::optional<Steady> active;
  bool output_held = false;     // its output cannot be written, and waits
  std::vector<SlotExit> exits;  // oldest first
  friend bool operator==(const SlotView&, const SlotView&) = default;
};

// A valid configuration: at every start of the brain (the one applied last, before LedgerRead), and
// when somebody asked for a new one. `digest` identifies the document; the shell keeps the
// documents of applied digests, so that a brain that was replaced goes on with what was applied,
// not with whatever the file says by now. `specs` does the same for what the document was resolved
// to (files of the environment, secrets, accounts).
struct ConfigurationGiven {
  std::string digest;
  std::vector<Shared<Setup>> services;
  std::string command;  // id of the command that asked for it; empty at start
  std::string specs = {};
};

// The whole ledger: after the start of the brain, and when a keeper is (back) on the link and its
// holds are done. Slots that are not listed do not exist.
struct LedgerRead {
  std::string boot_id;
  bool by_up = false;  // first brain of a `hammock up`: a finished `hammock down` is history
  std::vector<SlotView> slots;
};

// The keeper is gone; LedgerRead says when one is back. Orders to it are held back until then.
struct KeeperLost {};

// The machine was suspended: time has passed that nobody could use.
struct Slept {
  Duration time{};
};

// One slot, after a hint that it changed, or as the answer to Look.
struct SlotSeen {
  SlotView view;
};

// The slot of this instance is free now.
struct SlotGone {
  std::string service;
  std::uint32_t instance = 0;
};

// The keeper did not carry out an order.
struct OrderRefused {
  std::string service;
  std::uint32_t instance = 0;
  std::uint64_t generation = 0;
  KeeperOrder order{};
  std::int32_t errno_value = 0;
};

// How a ProbeTcp or RunCommand ended. For a command ok means that it exited with 0.
enum class CheckPurpose : std::uint8_t { kReady, kReload };
struct CheckEnded {
  std::string service;
  std::uint32_t instance = 0;
  std::uint64_t generation = 0;
  CheckPurpose purpose{};
  bool ok = false;
  std::string detail;  // why not, for people
};

// The instant of next_wake() has come. Harmless at any time.
struct Wake {};

// Somebody asks for something. The id comes from the client: asking twice with the same id is
// asking once, and is answered with what became of the first. The service is empty for kDown.
// kConfigure is not given here but as ConfigurationGiven.
struct CommandGiven {
  std::string id;
  Verb verb{};
  std::string service;
  std::string by;              // who, for the journal
  std::int32_t exit_code = 0;  // kDown: what Hammock exits with
};

// A program that is on demand is to run, once, to its end. The id names the run: asking again is
// asking once. A run that is not over is not replaced by another.
struct RunAsked {
  std::string service;
  std::uint32_t instance = 0;
  std::string id;
};
// This run is no longer wanted: it is not begun, or is stopped.
struct RunUnwanted {
  std::string service;
  std::uint32_t instance = 0;
  std::string id;
};

using Event = std::variant<ConfigurationGiven, LedgerRead, KeeperLost, Slept, SlotSeen, SlotGone,
                           OrderRefused, CheckEnded, Wake, CommandGiven, RunAsked, RunUnwanted>;

}  // namespace hammock::service
