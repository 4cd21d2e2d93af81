// The service room: keeps services up.
//
// A service is a program that shall run, in `instances` copies. Three fields say what shall be:
//   wanted  by the configuration: every configured service is wanted up
//   pin     by an operator: `hammock stop` pins it down until `hammock start`
//   actual  what the ledger shows
// decide() compares them, whatever the event: it is level-triggered, so that a late, doubled or
// lost event changes when something happens and never whether it does.
//
// An instance is one copy, numbered from 1; it has a slot of the ledger. Numbers go up to instances
// + 1: the spare number lets a rolling restart begin with a new copy before it ends an old one, so
// numbers float. `member` says which numbers shall run now. Per number at most one copy exists at
// any time.
//
//   (no slot) ─Define▶ idle ─Spawn▶ starting ─▶ ready ─▶ stopping ─▶ idle …
//                       ▲                 └──────┴── crash: at once by reflex, else after a wait ┘
//
// Rules that hold whatever happens:
// * A start needs every service in `needs` to be ready, and waits for those in `after` as long as
//   nothing went wrong with them. Once it runs, it is not stopped because a need went away.
// * The first crash after a stable run is repaired at once (the keeper holds one token). Then
//   come waits with full jitter, doubling to the cap; after kCrashLoopAfter ends in a row it is
//   crash-looping and still tried, at the cap, forever. A program that said no_retry is not tried
//   again until an operator or a new configuration says so.
// * Every wait has a deadline: ready.within, stop.within (then the tree is killed, again and
// again).
// * Our own actions never take the ready copies below min_ready, except when the service is not
//   wanted. A roll stops at the first copy that does not become ready.
// * `down` stops services in the reverse order of needs and after.
//
// A program on demand is not kept up: RunAsked gives one of its instances a run, which is one
// generation of its slot, and no second one unless the first never came to exec or went down with
// the machine. Who asked looks at run_of() for what became of it.
//
// Limits: kInstancesMax copies, kFinishedCommandsKept remembered commands. The cost of a decision
// grows with what it changes, not with the number of services; ConfigurationGiven and LedgerRead
// look at all.
//
// At start: State(seed), apply() the journaled facts in order, then ConfigurationGiven (the
// document of the applied digest), then LedgerRead. Nothing is started or stopped before the ledger
// was read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "core/service/events.h"
#include "core/service/facts.h"
#include "core/service/orders.h"
#include "core/service/state.h"

namespace hammock::service {

inline constexpr std::uint32_t kCrashLoopAfter = 5;

struct Decision {
  std::vector<Fact> facts;
  std::vector<Order> orders;
};

// What happened + what is known → facts to record, orders to carry out.
Decision decide(const State& state, const Event& event, Now now);

// The only way State changes (call it service::apply: a bare apply may find std::apply). Facts
// about unknown services make room for them: a journal may be older than the configuration.
void apply(State& state, const Fact& fact);

// When Wake must come at the latest; none: nothing is due.
std::optional<Steady> next_wake(const State& state);

// --- for people ---
struct InstanceReport {
  std::uint32_t number = 0;
  Doing doing{};
  std::int32_t pid = 0;          // 0 none
  std::optional<Instant> since;  // of the running copy
  std::uint32_t restarts = 0;    // ends that nobody asked for
  std::optional<InstanceExited> last_exit;
  std::optional<Instant> next_try;
  std::string status;     // what the program says of itself
  bool outdated = false;  // runs, but is to be replaced
};
struct ServiceReport {
  std::string name;
  Want want{};
  bool pinned = false;
  Health health{};
  std::uint32_t ready = 0;
  std::uint32_t wanted_instances = 0;
  std::string note;  // why it is not ready, when we know: "waits for db"; empty otherwise
  std::vector<InstanceReport> instances;  // members, and others that still run
};

// In the order of the configuration; those being removed follow.
std::vector<ServiceReport> report(const State& state);
std::optional<ServiceReport> report(const State& state, std::string_view service);

// "exit code 3", "signal KILL", "change user: Operation not permitted".
std::string describe_exit(const InstanceExited& exit);

// What became of the run that an instance on demand was asked for last.
enum class RunStage : std::uint8_t { kPending, kRunning, kOver };
struct RunReport {
  std::string id;
  RunStage stage{};
  std::uint64_t generation = 0;        // of its slot; 0: not begun
  std::uint64_t spec = 0;              // hash of what was started; 0: nobody knows
  std::int32_t pid = 0;                // kRunning
  Steady started{};                    // kRunning
  Instant started_wall{};              // kRunning
  std::string status;                  // kRunning: what the program says of itself
  std::optional<Steady> active;        // kRunning: as in SlotView
  bool output_held = false;            // kRunning: as in SlotView
  std::string waits_for;               // kPending: a service that is not ready; or empty
  std::optional<InstanceExited> exit;  // kOver; nothing: it never ran, or nobody saw its end
};
std::optional<RunReport> run_of(const State& state, std::string_view service,
                                std::uint32_t instance);

// It runs when RunAsked asks for it.
bool is_on_demand(const State& state, std::string_view service);

// Programs can be started: it is known what runs, there is a keeper, and nobody asked to stop.
bool house_is_open(const State& state);

// True between the request to stop everything and the end.
bool house_is_stopping(const State& state);

}  // namespace hammock::service
