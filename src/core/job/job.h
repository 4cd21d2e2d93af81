// The job room: programs that run to an end, at their times.
//
// A job is a program that is started when it is due (`at`, `every`), once for each configuration
// (neither of them: it runs to completion), or when somebody asks. One run of a job is at work at a
// time; what happens when it is due meanwhile, `overlap` says. A run is one or more tries: each is
// one start of the program, by the service room, which has one generation of one slot for it, so no
// death of anything starts a try twice. What went down with the machine begins again, as the same
// run.
//
// With `tasks` a run is an array: the program is run once for each task, `parallel` of them at a
// time, and each task is an instance in the service room with tries of its own. One that has ended
// is not begun again in this run; the run has succeeded when all of them have.
//
//   due ─▶ run: waits for its needs ─▶ try ─▶ succeeded
//                        ▲               └─▶ failed, timed out ─▶ back-off ─┐
//                        └──────────────────────────────────────────────────┘ while tries are left
//
// Rules that hold whatever happens:
// * Due times are dealt with once each and in order: `considered` is durable with what follows.
// * What was due more than kLateMost ago was missed: `catch_up` says how many of these are run.
// * A run to completion is not begun again once it has ended, until its configuration changes or
//   somebody asks. One that `hammock down` interrupted has not ended.
// * A job with needs waits until the last run of each needed job has succeeded.
// * With `stuck_after` a try that is silent for so long is stopped, and has failed. It was looked
//   at twice, kLookAgain apart. No silence: the machine slept, nobody listened, its output waits.
// * An array whose configuration changes is replaced by a run of all tasks. What gave way to
//   another run or configuration has to be done still if it comes back.
// * With `success_every` a job that does not succeed often enough is late: said once, for people.
// * Every run has a number that no other run of the job has, over all restarts.
//
// Limits: kWaitingMost queued runs of a job, kMissedMost missed times that are counted one by one.
//
// At start: apply() the journaled facts in order, then ConfigurationGiven, then a ProgramSeen for
// each try that is out, then HouseSeen: before it nothing is judged. The engine translates between
// this room and the service room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "core/job/facts.h"
#include "core/job/state.h"
#include "core/service/orders.h"
#include "core/service/service.h"

namespace hammock::job {

inline constexpr Duration kLateMost = std::chrono::minutes(1);
inline constexpr std::uint32_t kWaitingMost = 100;
inline constexpr std::uint32_t kMissedMost = 1000;
inline constexpr std::uint32_t kSkipMost = 1000;
inline constexpr Duration kLookAgain = std::chrono::seconds(2);
inline constexpr Duration kLookLate = std::chrono::seconds(10);  // then it is the first look
// A clock that was put back by more is taken for corrected (cron(8)): the schedule begins anew.
inline constexpr Duration kClockBack = std::chrono::hours(3);

// --- events ---
struct ConfigurationGiven {
  std::vector<Shared<Setup>> jobs;
};
// Whether programs can be started. A level: again and again does no harm.
struct HouseSeen {
  bool open = false;
};
// What became of the try that a task of a job has out.
struct ProgramSeen {
  std::string job;
  std::uint32_t task = 0;
  service::RunReport report;
  bool is_fresh = false;  // as the ledger has it now
};
// The instant of next_wake() has come, or the clock was set. Harmless at any time.
struct Wake {
  bool all = false;  // the clock was set: look at every schedule
};
struct CommandGiven {
  std::string id;
  Verb verb{};
  std::string job;
  std::uint32_t count = 1;  // kSkip
  std::string by;
};
using Event = std::variant<ConfigurationGiven, HouseSeen, ProgramSeen, Wake, CommandGiven>;

// --- orders ---
struct Start {  // the try with this id; again is once
  std::string job;
  std::uint32_t task = 0;
  std::string id;
};
struct Stop {
  std::string job;
  std::uint32_t task = 0;
  std::string id;
};
// What its program does is to be seen anew.
struct Look {
  std::string job;
  std::uint32_t task = 0;
};
using Order = std::variant<Start, Stop, Look, service::Reply>;

struct Decision {
  std::vector<Fact> facts;
  std::vector<Order> orders;
};

Decision decide(const State& state, const Event& event, Now now);
void apply(State& state, const Fact& fact);
// Another boot: what ran then does not run now, and its steady times mean nothing.
void forget_processes(State& state);
// When Wake must come at the latest; none: nothing is due.
std::optional<Steady> next_wake(const State& state);

// The first due time after `after`; none: never, or nobody can know.
std::optional<Instant> next_due(const Setup& setup, Instant after);
// The hash of what would be started; 0: nobody knows.
inline std::uint64_t known_hash(const Setup& setup) {
  return setup.blocked ? 0 : setup.start_hash;
}
// The id of a task's present attempt towards the service room, where each task is an instance.
std::string try_id(const Run& run, const Task& task);
// "at 15 3 * * * Europe/Berlin", "every 1h", "to completion".
std::string schedule_text(const Setup& setup);

// --- for people ---
struct Report {
  std::string name;
  std::string schedule;
  Doing doing{};
  std::string note;  // "waits for job search, which failed"; empty: nothing to say
  std::optional<Run> run;
  std::optional<RunEnded> last;
  std::optional<Instant> next;  // none: never, or when somebody asks
  std::optional<Instant> late;  // it should have succeeded again by then, and has not
  std::uint32_t waiting = 0;
  std::uint32_t skip = 0;
};
// In the order of the configuration; those that still run although they are no longer configured
// follow.
std::vector<Report> report(const State& state);
// When it succeeded last; none: never, or there is no such job.
std::optional<Instant> last_success(const State& state, std::string_view job);

}  // namespace hammock::job
