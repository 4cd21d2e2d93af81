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
};

// The brain's shape; kInvalid names the first member that is missing or of the wrong type.
Result<Status> status_from_json(const Json& json);
Result<ServiceStatus> service_from_json(const Json& json);

// The public shape of `status --json`, one line without its newline.
std::string status_to_json(const Status& status);

// For people: a line for each service, one for each instance where there are several, and below it
// what is worth knowing. `now` makes ages of instants.
std::string render_status(const Status& status, Instant now, const Look& look);

// "crash, signal KILL", "error, code 3".
std::string describe_exit(const LastExit& exit);

// The services' names, in their order.
std::vector<std::string> service_names(const Status& status);

}  // namespace hammock::cli
