// The process at the other end of the courier's link: how it is started, and what its end means.
#include <sys/wait.h>

#include <algorithm>

#include "base/assert.h"
#include "shell/courier_link.h"

namespace hammock::shell {
namespace {

// What hammock-courier leaves with (docs/courier.md).
constexpr int kNotUnderstood = 65;
constexpr int kNoSandbox = 71;
constexpr std::string_view kVersions =
    "hammock and hammock-courier are of different versions: install both from one package, and "
    "start Hammock again";

constexpr unsigned kFailuresBorne = 2;                     // in a row; more are trouble
constexpr Duration kEndsWithin = std::chrono::seconds(1);  // of its link, and is reaped

}  // namespace

bool CourierLink::start(Steady now) {
  if (ending_ != 0 || (retry_at_ && now < *retry_at_)) return false;
  retry_at_.reset();
  auto client = courier::Client::start(courier_);
  if (!client) {
    const ErrorCode code = client.error().code;
    const bool is_installed = code != ErrorCode::kNotFound && code != ErrorCode::kNotPermitted;
    failed({false, client.error().message,
            is_installed ? "it is tried again by itself"
                         : "it is installed together with hammock: install the package again"},
           now);
    return false;
  }
  client_.emplace(std::move(*client));
  room_ = kInFlightMost;
  busy_until_.reset();
  watched_for_writing_ = false;
  watch_(client_->fd(), false);
  return true;
}

void CourierLink::watch() {
  if (!client_ || client_->wants_write() == watched_for_writing_) return;
  watched_for_writing_ = client_->wants_write();
  watch_(client_->fd(), watched_for_writing_);
}

void CourierLink::link_broke(Steady now) {
  // Its exit status, which is set before its descriptors are closed, says whether a request can be
  // to blame.
  const pid_t pid = client_->give_up();
  client_.reset();
  if (not_understood_.empty()) {
    ending_ = pid;
    ending_until_ = now + kEndsWithin;
    return;
  }
  killed_.insert(pid);
  const std::string how = "the courier was not understood: " + std::exchange(not_understood_, {});
  ended({true, how, std::string(kVersions)}, now);
}

bool CourierLink::child_ended(pid_t pid, int wait_status, Steady now) {
  if (killed_.erase(pid) > 0) return true;
  if (client_ && client_->pid() == pid) {
    client_->was_reaped();
    while (take_answers(now).value_or(0) > 0)
      continue;
    client_.reset();
    not_understood_.clear();
  } else if (ending_ == 0 || ending_ != pid) {
    return false;
  }
  ending_ = 0;
  ended(end_of(wait_status), now);
  pump(now);
  return true;
}

CourierLink::End CourierLink::end_of(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    return {true, "the courier was killed by signal " + std::to_string(WTERMSIG(wait_status)), ""};
  }
  switch (WEXITSTATUS(wait_status)) {
    case kNoSandbox:  // before it reads anything
      return {false, "the courier cannot enter its sandbox (exit status 71)",
              "`hammock try tcp 127.0.0.1:22` shows what the system refuses to it"};
    case kNotUnderstood:
      return {true, "the courier does not understand its orders (exit status 65)",
              std::string(kVersions)};
    default:
      return {true, "the courier left with exit status " + std::to_string(WEXITSTATUS(wait_status)),
              ""};
  }
}

void CourierLink::ended(const End& end, Steady now) {
  for (const auto& [due, id] : std::set(due_)) {
    Entry& entry = entries_.at(id);
    if (end.by_request && entry.suspected) {
      tell(id,
           Unanswered{"two couriers ended while they had this request; of the second: " + end.how});
      continue;
    }
    land(entry);
    entry.suspected = entry.suspected || end.by_request;
    queue(entry);
  }
  failed(end, now);
}

void CourierLink::failed(const End& end, Steady now) {
  if (++failures_ == 1) failing_since_ = now;
  retry_at_ = now + pause_;
  pause_ = std::min(2 * pause_, kPauseMost);
  last_end_ = end.how;
  std::string trouble = trouble_;
  if (!end.what_to_do.empty()) {
    trouble = end.how + ": " + end.what_to_do;
  } else if (failures_ > kFailuresBorne) {
    trouble = end.how + ", as " + std::to_string(kFailuresBorne) +
              " and more before it did: `hammock try` shows whether one can work here";
  } else if (failures_ == 1) {
    say_(end.how + "; what it had not answered is asked again of the next one");
  }
  if (trouble == trouble_) return;
  trouble_ = std::move(trouble);
  say_("nothing can be found out over the network: " + trouble_);
}

void CourierLink::works() {
  if (!trouble_.empty()) say_("the courier answers again");
  trouble_.clear();
  failures_ = 0;
  pause_ = kPauseLeast;
}

}  // namespace hammock::shell
