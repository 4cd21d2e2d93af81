// What the job room knows. Read it through the functions of job.h; it changes by apply() only.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/shared.h"
#include "base/time.h"
#include "core/job/facts.h"

namespace hammock::job {

// One of the tasks of a run: a try after the other until it ends.
struct Task {
  std::uint32_t attempt = 0;   // the newest; 0: none yet
  std::uint32_t failures = 0;  // tries that count
  bool out = false;            // the attempt is with the service room
  std::int32_t pid = 0;
  std::optional<Steady> started;  // of this attempt's program
  std::optional<Steady> retry_at;
  Instant retry_wall{};
  std::optional<StopReason> stopping;  // of this attempt
  std::optional<Steady> active;        // its last sign of life; none: nobody knows
  std::optional<Steady> suspect;       // it was looked at then, and was silent for too long
  std::optional<Steady> look_again;    // a look is out; until then it is not asked for again
  std::string said;                    // why the last try failed
  std::optional<Outcome> outcome;      // of an array: it is over
};

struct Run {
  std::uint64_t number = 0;
  Trigger trigger{};
  Instant due{};
  std::uint64_t hash = 0;
  bool is_array = false;
  Instant began{};                     // first start; the epoch: none yet
  std::optional<StopReason> stopping;  // all of it
  std::vector<Task> tasks;             // one where there is no array
  std::optional<TaskEnded> trouble;    // of an array: the first task that did not succeed
};

// A command that was carried out: asking again gets the same answer.
struct Answered {
  std::string id;
  std::string message;
};
inline constexpr std::size_t kAnsweredKept = 32;  // of a job

struct Job {
  bool configured = false;
  Shared<Setup> setup;
  std::vector<std::string> dependents;  // jobs that need it
  std::string schedule;                 // that `considered` belongs to
  Instant considered{};                 // due times up to here are dealt with
  std::uint32_t skip = 0;
  std::uint32_t waiting = 0;
  Trigger waiting_trigger{};
  Instant waiting_due{};
  std::uint64_t last_number = 0;
  std::uint64_t settled = 0;  // hash of the configuration that ran to its end last
  std::optional<Run> run;
  std::optional<RunEnded> last;
  Instant last_success{};                 // the epoch: none yet
  Instant awaited{};                      // since when success_every counts
  std::optional<Duration> awaited_every;  // none: it does not
  Instant late_said{};                    // the deadline that was said to be missed
  std::deque<Answered> answered;
  std::optional<Steady> wake_at;
};

struct State {
  bool open = false;   // programs can be started
  bool known = false;  // it was said what is configured; until then nothing is decided
  std::map<std::string, Job, std::less<>> jobs;
  std::vector<std::string> order;  // of the configuration
  std::set<std::pair<Steady, std::string>> wakes;
};

}  // namespace hammock::job
