// What has become true of jobs. How facts are kept and written is told in core/fact/fact.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/shared.h"
#include "base/time.h"
#include "core/fact/fact.h"
#include "core/job/config.h"
#include "core/job/words.h"
#include "core/schedule/zone.h"
#include "core/service/words.h"

namespace hammock::job {

using fact::Keep;
using service::ExitClass;

// One job as configured. start_hash identifies what would be started: never 0. While something that
// it needs cannot be read (a secret, an env_file), it is `blocked` and the hash says nothing.
struct Setup {
  Config config;
  schedule::Zone zone = schedule::Zone::utc();
  std::uint64_t start_hash = 0;
  bool blocked = false;
  friend bool operator==(const Setup&, const Setup&) = default;
};

// --- when it is due ---
// This schedule counts from here on: what was due before is no matter.
struct ScheduleBegan {
  std::string job;
  Instant at{};
  std::string schedule;
  HAMMOCK_FACT(ScheduleBegan, "schedule began", Keep::kPrompt);
};
struct DuePassed {  // it was due, and is not run for that
  std::string job;
  Instant due{};
  PassReason reason{};
  std::uint32_t skip = 0;  // so many are still to be skipped
  HAMMOCK_FACT(DuePassed, "due passed", Keep::kPrompt);
};
struct DuesMissed {  // nobody was there
  std::string job;
  std::uint32_t count = 0;
  Instant last{};
  HAMMOCK_FACT(DuesMissed, "dues missed", Keep::kPrompt);
};
struct QueueSet {  // so many runs wait for the present one to end
  std::string job;
  std::uint32_t waiting = 0;
  Trigger trigger{};
  Instant due{};  // of the newest
  std::string command;
  HAMMOCK_FACT(QueueSet, "queue set", Keep::kPromise);
};
struct SkipSet {  // the next so many due times are passed
  std::string job;
  std::uint32_t count = 0;
  std::string command;
  std::string by;
  HAMMOCK_FACT(SkipSet, "skip set", Keep::kPromise);
};

// --- runs ---
struct RunOpened {
  std::string job;
  std::uint64_t number = 0;  // from 1, never twice
  Trigger trigger{};
  Instant due{};
  std::uint64_t hash = 0;   // of what would be started; 0: nobody knew
  std::uint32_t tasks = 0;  // 0: it is no array
  std::string command;
  std::string by;
  HAMMOCK_FACT(RunOpened, "run opened", Keep::kPromise);
};
struct TryBegan {
  std::string job;
  std::uint64_t number = 0;
  std::uint32_t task = 0;     // from 0; always 0 where there is no array
  std::uint32_t attempt = 0;  // from 1
  std::uint64_t hash = 0;     // of what is started; 0: nobody knew
  HAMMOCK_FACT(TryBegan, "try began", Keep::kPrompt);
};
struct RunHashed {  // nobody knew what would be started; now it is known what was
  std::string job;
  std::uint64_t number = 0;
  std::uint64_t hash = 0;
  HAMMOCK_FACT(RunHashed, "run hashed", Keep::kPrompt);
};
struct TryStarted {  // its program runs
  std::string job;
  std::uint64_t number = 0;
  std::uint32_t task = 0;
  std::uint32_t attempt = 0;
  std::int32_t pid = 0;
  Steady at{};
  Instant at_wall{};
  HAMMOCK_FACT(TryStarted, "try started", Keep::kSample);
};
struct TryEnded {  // and there will be another one
  std::string job;
  std::uint64_t number = 0;
  std::uint32_t task = 0;
  std::uint32_t attempt = 0;
  Outcome outcome{};
  std::string message;
  Instant at{};
  Steady retry_at{};
  Instant retry_wall{};
  std::uint32_t failures = 0;  // of this task so far
  HAMMOCK_FACT(TryEnded, "try ended", Keep::kPrompt);
};
struct TryStopAsked {
  std::string job;
  std::uint64_t number = 0;
  std::uint32_t task = 0;
  std::uint32_t attempt = 0;
  StopReason reason{};
  HAMMOCK_FACT(TryStopAsked, "try stop asked", Keep::kPromise);
};
struct TaskEnded {  // of an array: it is not begun again in this run
  std::string job;
  std::uint64_t number = 0;
  std::uint32_t task = 0;
  std::uint64_t hash = 0;
  Instant ended{};
  std::uint32_t attempts = 0;
  Outcome outcome{};
  ExitClass exit_class = ExitClass::kUnknown;
  std::int32_t code = -1;   // -1 none
  std::int32_t signal = 0;  // 0 none
  std::string message;      // for people
  HAMMOCK_FACT(TaskEnded, "task ended", Keep::kPromise);
};
struct RunStopAsked {  // all of it
  std::string job;
  std::uint64_t number = 0;
  StopReason reason{};
  std::string command;
  std::string by;
  HAMMOCK_FACT(RunStopAsked, "run stop asked", Keep::kPromise);
};
struct RunEnded {
  std::string job;
  std::uint64_t number = 0;
  std::uint64_t hash = 0;  // of the configuration that it was the end of; 0: of none
  Trigger trigger{};
  Instant due{};
  Instant started{};  // of the first try; the epoch: it never ran
  Instant ended{};
  std::uint32_t attempts = 0;   // of all tasks
  std::uint32_t tasks = 0;      // 0: it was no array
  std::uint32_t succeeded = 0;  // of the tasks
  Outcome outcome{};
  // Of an array, these are of the task that decided the outcome.
  ExitClass exit_class = ExitClass::kUnknown;
  std::int32_t code = -1;   // -1 none
  std::int32_t signal = 0;  // 0 none
  std::string message;      // for people
  Instant last_success{};   // this one's end, or that of an earlier run; the epoch: none yet
  HAMMOCK_FACT(RunEnded, "run ended", Keep::kPromise);
};

// --- whether it succeeds often enough ---
struct SuccessAwaited {  // from here on it counts, or no more
  std::string job;
  Instant at{};
  Duration every{};  // 0: nobody asks for it any more
  HAMMOCK_FACT(SuccessAwaited, "success awaited", Keep::kPrompt);
};
struct SuccessLate {
  std::string job;
  Instant deadline{};
  Instant last{};  // the last success; the epoch: none yet
  HAMMOCK_FACT(SuccessLate, "success late", Keep::kPrompt);
};

// --- moments ---
// What is configured now: the shell gives it at every start.
struct JobsConfigured {
  std::vector<Shared<Setup>> jobs;
  HAMMOCK_FACT(JobsConfigured, "jobs configured", Keep::kMoment);
};
struct HouseStood {  // whether programs can be started
  bool open = false;
  HAMMOCK_FACT(HouseStood, "house stood", Keep::kMoment);
};
struct TryWatched {  // what is known of its signs of life
  std::string job;
  std::uint64_t number = 0;
  std::uint32_t task = 0;
  Steady active{};
  std::optional<Steady> suspect;
  std::optional<Steady> look_again;
  HAMMOCK_FACT(TryWatched, "try watched", Keep::kMoment);
};
struct WakePlanned {  // the epoch of the clock: nothing waits
  std::string job;
  Steady at{};
  HAMMOCK_FACT(WakePlanned, "wake planned", Keep::kMoment);
};

using Fact =
    std::variant<ScheduleBegan, DuePassed, DuesMissed, QueueSet, SkipSet, RunOpened, TryBegan,
                 RunHashed, TryStarted, TryEnded, TryStopAsked, TaskEnded, RunStopAsked, RunEnded,
                 SuccessAwaited, SuccessLate, JobsConfigured, HouseStood, TryWatched, WakePlanned>;

// The job that it is about; empty for facts about the house.
std::string_view job_of(const Fact& fact);

std::string fields_json(const Fact& fact);
Result<Fact> fact_from_json(std::string_view name, std::string_view json);

}  // namespace hammock::job
