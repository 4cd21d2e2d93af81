// What has become true. State is the fold of the facts (and of what the ledger shows at start).
// How they are kept and written is told in core/fact/fact.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "base/shared.h"
#include "base/time.h"
#include "base/variant.h"
#include "core/fact/fact.h"
#include "core/service/events.h"
#include "core/service/words.h"

namespace hammock::service {

using fact::Keep;

// --- the house ---
struct BrainStarted {
  std::string boot_id;
  Steady at{};
  bool by_up = false;
  bool another_boot = false;  // nothing of what the facts before it say to be running still runs
  HAMMOCK_FACT(BrainStarted, "brain started", Keep::kPromise);
};
struct KeeperWentAway {
  HAMMOCK_FACT(KeeperWentAway, "keeper lost", Keep::kPrompt);
};
struct KeeperCame {
  Steady at{};
  HAMMOCK_FACT(KeeperCame, "keeper came", Keep::kPrompt);
};
// `services` is not journaled: the shell keeps the document and the specs under their digests and
// gives them back with ConfigurationGiven.
struct ConfigurationApplied {
  std::string digest;
  std::string specs;
  std::string command;
  bool complete = false;  // services is what it says; false when read back from the journal
  std::vector<Shared<Setup>> services;
  HAMMOCK_FACT(ConfigurationApplied, "configuration applied", Keep::kPromise);
};
struct HouseStopAsked {
  std::string command;  // empty: an essential service died
  std::string because;
  std::int32_t exit_code = 0;
  HAMMOCK_FACT(HouseStopAsked, "house stop asked", Keep::kPromise);
};
struct HouseStopped {
  std::int32_t exit_code = 0;
  HAMMOCK_FACT(HouseStopped, "house stopped", Keep::kPromise);
};
struct HouseOpened {  // `hammock up` after a stop
  HAMMOCK_FACT(HouseOpened, "house opened", Keep::kPromise);
};

// --- commands ---
struct CommandAccepted {
  std::string id;
  Verb verb{};
  std::string service;
  std::string by;
  HAMMOCK_FACT(CommandAccepted, "command accepted", Keep::kPromise);
};
struct CommandFinished {
  std::string id;
  std::string service;
  bool ok = false;
  std::string message;
  HAMMOCK_FACT(CommandFinished, "command finished", Keep::kPromise);
};
struct ServicePinned {  // an operator overrides the configuration
  std::string service;
  Want want{};
  std::string command;
  HAMMOCK_FACT(ServicePinned, "service pinned", Keep::kPromise);
};
struct ServiceUnpinned {
  std::string service;
  std::string command;
  HAMMOCK_FACT(ServiceUnpinned, "service unpinned", Keep::kPromise);
};
// Copies up to this generation are to be replaced.
struct RestartMarked {
  std::string service;
  std::uint32_t instance = 0;
  std::uint64_t generation = 0;
  std::string because;  // "command …", "restarts with db"
  HAMMOCK_FACT(RestartMarked, "restart marked", Keep::kPromise);
};
// Failures are forgotten: try now.
struct RetryAsked {
  std::string service;
  std::string command;
  HAMMOCK_FACT(RetryAsked, "retry asked", Keep::kPromise);
};
struct ReloadAsked {
  std::string service;
  std::uint32_t instance = 0;
  std::uint64_t generation = 0;
  std::string command;
  std::uint32_t reloads_done = 0;  // before
  Steady deadline{};
  HAMMOCK_FACT(ReloadAsked, "reload asked", Keep::kPromise);
};
struct ReloadEnded {
  std::string service;
  std::uint32_t instance = 0;
  std::string command;
  bool ok = false;
  std::string detail;
  HAMMOCK_FACT(ReloadEnded, "reload ended", Keep::kPrompt);
};

// --- instances ---
struct InstanceStarted {
  std::string service;
  std::uint32_t instance = 0;
  std::uint64_t generation = 0;
  std::int32_t pid = 0;
  std::uint64_t spec = 0;
  bool by_reflex = false;
  HAMMOCK_FACT(InstanceStarted, "instance started", Keep::kSample);
};
struct InstanceReady {
  std::string service;
  std::uint32_t instance = 0;
  std::uint64_t generation = 0;
  Steady at{};
  HAMMOCK_FACT(InstanceReady, "instance ready", Keep::kSample);
};
struct InstanceStable {  // ready for stable_after: the next crash is a first one
  std::string service;
  std::uint32_t instance = 0;
  std::uint64_t generation = 0;
  HAMMOCK_FACT(InstanceStable, "instance stable", Keep::kSample);
};
struct InstanceExited {
  std::string service;
  std::uint32_t instance = 0;
  std::uint32_t slot = 0;
  std::uint64_t generation = 0;
  std::int32_t pid = 0;
  ExitClass exit_class{};
  std::int32_t code = -1;   // exit code; -1 none
  std::int32_t signal = 0;  // 0 none
  bool status_known = false;
  bool output_known = true;  // false: its last lines may be missing in the log
  std::string stage;         // of a start that failed before exec
  std::int32_t stage_errno = 0;
  Duration ran{-1};  // -1us: unknown
  bool was_ready = false;
  bool was_stable = false;
  bool by_reflex = false;  // already restarted by the keeper
  bool last = true;        // nothing newer has run in the slot
  Instant at{};
  std::string because;  // of an expected exit
  HAMMOCK_FACT(InstanceExited, "instance exited", Keep::kPrompt);
};
struct ExitsMissed {  // older than the ledger's ring: that they ended is all that is known
  std::string service;
  std::uint32_t instance = 0;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  HAMMOCK_FACT(ExitsMissed, "exits missed", Keep::kPrompt);
};
struct BackoffScheduled {
  std::string service;
  std::uint32_t instance = 0;
  std::uint32_t attempt = 0;  // waits in this row before this one
  Duration wait{};
  Steady until{};
  Instant until_wall{};
  HAMMOCK_FACT(BackoffScheduled, "backoff scheduled", Keep::kPrompt);
};
struct InstanceStopAsked {
  std::string service;
  std::uint32_t instance = 0;
  std::uint64_t generation = 0;
  StopReason reason{};
  Steady deadline{};
  HAMMOCK_FACT(InstanceStopAsked, "instance stop asked", Keep::kPrompt);
};
struct InstanceKillAsked {
  std::string service;
  std::uint32_t instance = 0;
  std::uint64_t generation = 0;
  Steady again{};  // still there then: kill again
  HAMMOCK_FACT(InstanceKillAsked, "instance kill asked", Keep::kPrompt);
};
struct CrashLoopEntered {
  std::string service;
  std::uint32_t instance = 0;
  std::uint32_t failures = 0;
  HAMMOCK_FACT(CrashLoopEntered, "crash loop entered", Keep::kPrompt);
};
struct CrashLoopLeft {
  std::string service;
  std::uint32_t instance = 0;
  HAMMOCK_FACT(CrashLoopLeft, "crash loop left", Keep::kPrompt);
};

// --- runs of programs on demand ---
struct RunGiven {
  std::string service;
  std::uint32_t instance = 0;
  std::string id;
  HAMMOCK_FACT(RunGiven, "run given", Keep::kPrompt);
};
// From here on this generation of its slot is the run, and no other: whatever dies, it does not
// happen twice.
struct RunBegun {
  std::string service;
  std::uint32_t instance = 0;
  std::uint64_t generation = 0;
  HAMMOCK_FACT(RunBegun, "run begun", Keep::kPrompt);
};
struct RunDropped {
  std::string service;
  std::uint32_t instance = 0;
  bool over = false;  // it never started, and never will
  HAMMOCK_FACT(RunDropped, "run dropped", Keep::kPrompt);
};

// --- services ---
struct ServiceStood {
  std::string service;
  Standing standing{};
  HAMMOCK_FACT(ServiceStood, "service stood", Keep::kSample);
};
struct ServiceForgotten {  // no longer configured, and all gone
  std::string service;
  HAMMOCK_FACT(ServiceForgotten, "service forgotten", Keep::kPrompt);
};
struct MemberSet {  // whether this instance number is one of those that shall run
  std::string service;
  std::uint32_t instance = 0;
  bool member = false;
  HAMMOCK_FACT(MemberSet, "member set", Keep::kPrompt);
};
struct RollStarted {
  std::string service;
  std::uint32_t to_replace = 0;
  HAMMOCK_FACT(RollStarted, "roll started", Keep::kPrompt);
};
struct InstanceReplaced {
  std::string service;
  std::uint32_t instance = 0;
  HAMMOCK_FACT(InstanceReplaced, "instance replaced", Keep::kPrompt);
};
struct RollHalted {
  std::string service;
  std::uint32_t instance = 0;
  std::string because;
  HAMMOCK_FACT(RollHalted, "roll halted", Keep::kPromise);
};
struct RollFinished {
  std::string service;
  HAMMOCK_FACT(RollFinished, "roll finished", Keep::kPrompt);
};

// --- moments ---
struct LedgerKnown {  // from here on we see what runs; no deadline counts from before
  Steady at{};
  HAMMOCK_FACT(LedgerKnown, "ledger known", Keep::kMoment);
};
// From a suspend: no watchdog and no start deadline counts from before. Who was stopping has what
// was left of the configured time, unless the brain dies before that is over.
struct Woken {
  Steady at{};
  Duration slept{};
  HAMMOCK_FACT(Woken, "woken", Keep::kMoment);
};
struct WaitOver {  // the back-off wait has passed
  std::string service;
  std::uint32_t instance = 0;
  HAMMOCK_FACT(WaitOver, "wait over", Keep::kMoment);
};
struct SlotObserved {
  SlotView view;
  Steady at{};
  HAMMOCK_FACT(SlotObserved, "slot observed", Keep::kMoment);
};
struct SlotVanished {
  std::string service;
  std::uint32_t instance = 0;
  HAMMOCK_FACT(SlotVanished, "slot vanished", Keep::kMoment);
};
// An order to the keeper whose effect is not visible yet; `tokens` of an Arm, `again` when to look.
struct Asked {
  std::string service;
  std::uint32_t instance = 0;
  KeeperOrder order{};
  std::uint64_t generation = 0;
  std::uint32_t tokens = 0;
  std::uint64_t spec = 0;
  Steady again{};
  HAMMOCK_FACT(Asked, "asked", Keep::kMoment);
};
struct AskedForgotten {  // ask again: a new keeper may never have heard of it, or it refused
  std::string service;
  std::uint32_t instance = 0;
  HAMMOCK_FACT(AskedForgotten, "asked forgotten", Keep::kMoment);
};
// The next readiness check (`running`: it is out, its deadline is `at`), or the next look at a
// watchdog.
struct CheckPlanned {
  std::string service;
  std::uint32_t instance = 0;
  bool running = false;
  Steady at{};
  HAMMOCK_FACT(CheckPlanned, "check planned", Keep::kMoment);
};
struct LookPlanned {
  std::string service;
  std::uint32_t instance = 0;
  Steady at{};
  HAMMOCK_FACT(LookPlanned, "look planned", Keep::kMoment);
};

using Fact = std::variant<
    BrainStarted, KeeperWentAway, KeeperCame, ConfigurationApplied, HouseStopAsked, HouseStopped,
    HouseOpened, CommandAccepted, CommandFinished, ServicePinned, ServiceUnpinned, RestartMarked,
    RetryAsked, ReloadAsked, ReloadEnded, InstanceStarted, InstanceReady, InstanceStable,
    InstanceExited, ExitsMissed, BackoffScheduled, InstanceStopAsked, InstanceKillAsked,
    CrashLoopEntered, RunGiven, RunBegun, RunDropped, CrashLoopLeft, ServiceStood, ServiceForgotten,
    MemberSet, RollStarted, InstanceReplaced, RollHalted, RollFinished, LedgerKnown, Woken,
    WaitOver, SlotObserved, SlotVanished, Asked, AskedForgotten, CheckPlanned, LookPlanned>;

std::string_view name_of(const Fact& fact);
Keep keep_of(const Fact& fact);
// The service that it is about; empty for facts about the house.
std::string_view service_of(const Fact& fact);

}  // namespace hammock::service

#include "core/service/fact_fields.h"
