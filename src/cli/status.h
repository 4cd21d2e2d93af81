// What `hammock status` shows, as one value: whoever it comes from (the brain's JSON, or the ledger
// when the brain does not answer), it is rendered the same way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "cli/json.h"
#include "cli/look.h"

namespace hammock::cli {

struct LastExit {
  std::string exit_class =
      {};  // "clean", "crash", "error", …; "unknown" when nobody could learn it
  std::optional<std::int64_t> code = {};
  std::optional<std::string> signal = {};  // "KILL"
  std::optional<Instant> at = {};
  bool output_known = true;  // false: its last lines may be missing in the log
  std::string message =
      {};  // "change user: Operation not permitted", when it never came to exec; or empty
};

struct InstanceStatus {
  std::int64_t n = 1;
  std::optional<std::int64_t> pid = {};
  std::string state = {};
  std::optional<Instant> since = {};
  std::int64_t restarts = 0;
  std::optional<LastExit> last_exit = {};
  std::optional<Instant> next_try = {};
  std::string says = {};    // what the program said of itself; empty: nothing
  std::string reason = {};  // why it is not ready; empty: nothing to say
};

struct ServiceStatus {
  std::string name = {};
  std::optional<std::string> want = {};  // "up" or "down"; nothing when only the brain knows
  std::string health = "unknown";
  std::int64_t ready = 0;
  std::optional<std::int64_t> wanted = {};  // of how many; nothing: of its instances
  std::string note = {};                    // why it is as it is; empty: nothing to say
  std::vector<InstanceStatus> instances = {};
};

// A run of a job: of one at work only what is known of it by now.
struct RunStatus {
  std::int64_t number = 0;
  std::string outcome = {};  // "succeeded", "failed", …; empty: it is at work
  std::string trigger = {};
  std::optional<Instant> due = {};
  std::optional<Instant> started = {};
  std::optional<Instant> ended = {};
  std::int64_t tries = 0;
  std::int64_t tasks = 0;  // of an array; 0: it is none
  std::int64_t tasks_over = 0;
  std::int64_t tasks_succeeded = 0;
  std::int64_t progress_done = 0;
  std::int64_t progress_total = 0;  // 0: it said nothing of it
  std::optional<std::int64_t> pid = {};
  std::optional<Instant> next_try = {};
  std::string message = {};
};

struct JobStatus {
  std::string name = {};
  std::string schedule = {};
  std::string state = "unknown";
  std::string note = {};
  std::optional<RunStatus> current = {};
  std::optional<RunStatus> last = {};
  std::optional<Instant> next = {};
  std::optional<Instant> late_since = {};  // it should have succeeded again by then
  std::int64_t waiting = 0;
  std::int64_t skip = 0;
};

// A dead-man's switch: something elsewhere pings, and when it does not come in time it is down.
struct HeartbeatStatus {
  std::string name = {};
  std::string schedule = {};       // "every 24h"
  std::string status = "unknown";  // "new", "up", "grace", "down", "paused" or "unknown"
  std::optional<Instant> since = {};
  std::optional<Instant> last_ping = {};
  std::optional<Instant> started = {};  // of a run that has begun and not ended
  std::optional<Instant> expected = {};
  std::optional<Instant> deadline = {};  // down from then on
  std::string note = {};
};

// A ping as it was kept.
struct PingRecord {
  std::int64_t number = 0;
  std::string signal = {};  // "success", "start", "fail" or "log"
  bool ignored = false;     // kept, and nothing came of it
  std::optional<Instant> at = {};
  std::optional<std::int64_t> exit_status = {};
  std::optional<Duration> took = {};
  std::string method = {};  // "GET"; empty: it came over the control socket
  std::string remote = {};
  std::string body = {};
};

// Something that is looked at over the network.
struct ProbeStatus {
  std::string name = {};
  std::string target = {};
  std::string status = "unknown";     // "new", "up", "failing", "down" or "unknown"
  std::optional<Instant> since = {};  // it is failing or down
  std::optional<Instant> seen = {};
  std::string verdict = {};  // of the newest look; empty: there was none
  std::optional<Duration> took = {};
  std::string message = {};
};

struct TimebombStatus {
  std::string name;
  std::string status;  // "quiet", "ticking", "gone off", "unknown", "new"
  std::string target;
  std::string description;
  std::optional<Instant> goes_off;
  std::optional<Instant> early;  // of a forecast
  std::optional<Instant> late;
  std::string evidence;
  std::optional<Instant> seen;
  std::string why;  // the newest look told nothing
};

// For how long a probe was what.
struct UptimeRecord {
  std::optional<Instant> begin = {};  // none: it is a sum
  Duration up = {};
  Duration down = {};
  Duration unknown = {};
  std::optional<Duration> took = {};  // on average
  std::optional<Duration> took_most = {};
};
struct ProbeChange {
  std::string status = {};  // "down" or "up"
  std::optional<Instant> at = {};
  std::string message = {};
};
struct ProbeHistory {
  std::string name = {};
  std::vector<UptimeRecord> periods = {};
  std::vector<ProbeChange> changes = {};  // the newest first
};

struct ProcessStatus {
  std::optional<std::int64_t> pid = {};  // nothing: it does not run
  std::int64_t restarts = 0;
};

struct Status {
  std::optional<std::string> name = {};
  ProcessStatus brain = {};
  ProcessStatus keeper = {};
  bool from_ledger = false;
  std::vector<std::string> notes = {};  // what is not as it should be with Hammock itself
  std::vector<ServiceStatus> services = {};
  std::vector<JobStatus> jobs = {};
  std::vector<HeartbeatStatus> heartbeats = {};
  std::vector<ProbeStatus> probes = {};
  std::vector<TimebombStatus> timebombs = {};
};

// The brain's shape; kInvalid names the first member that is missing or of the wrong type.
Result<Status> status_from_json(const Json& json);
Result<ServiceStatus> service_from_json(const Json& json);

Result<JobStatus> job_from_json(const Json& json);
RunStatus run_from_json(const Json& json);

Result<HeartbeatStatus> heartbeat_from_json(const Json& json);
PingRecord ping_from_json(const Json& json);

Result<ProbeStatus> probe_from_json(const Json& json);
// `periods` is "hours" or "days".
Result<TimebombStatus> timebomb_from_json(const Json& json);
ProbeHistory probe_history_from_json(const Json& json, std::string_view periods);

// The public shape of `status --json`, one line without its newline.
std::string status_to_json(const Status& status);

// For people: a line for each service, one for each instance where there are several, and below it
// what is worth knowing. `now` makes ages of instants.
std::string render_status(const Status& status, Instant now, const Look& look);

// A line for each job, and below it what is worth knowing; empty when there are none.
std::string render_jobs(const std::vector<JobStatus>& jobs, Instant now, const Look& look);
// A line for each run, in their order.
std::string render_runs(const std::vector<RunStatus>& runs, Instant now, const Look& look);

// A line for each heartbeat, and below it what is worth knowing; empty when there are none.
std::string render_heartbeats(const std::vector<HeartbeatStatus>& heartbeats, Instant now,
                              const Look& look);
// A line for each ping, in their order, with the first line of what it said.
std::string render_pings(const std::vector<PingRecord>& pings, const Look& look);

// The most urgent first; those that nothing is known of before those that are quiet.
void sort_by_urgency(std::vector<TimebombStatus>& timebombs);
// Whether it may go off until then: it does, perhaps does, or nobody can say.
bool may_go_off_until(const TimebombStatus& timebomb, Instant until);
std::string render_timebombs(const std::vector<TimebombStatus>& timebombs, Instant now,
                             const Look& look);
// A line for each probe, and below it why it is not well; empty when there are none.
std::string render_probes(const std::vector<ProbeStatus>& probes, Instant now, const Look& look);
// A line for each period, then when it changed.
std::string render_probe_history(const ProbeHistory& history, const Look& look);

// "crash, signal KILL", "error, code 3".
std::string describe_exit(const LastExit& exit);

// The services' names, in their order.
std::vector<std::string> service_names(const Status& status);
std::vector<std::string> job_names(const Status& status);
std::vector<std::string> heartbeat_names(const Status& status);
std::vector<std::string> probe_names(const Status& status);

}  // namespace hammock::cli
