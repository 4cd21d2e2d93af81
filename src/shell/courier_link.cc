#include "shell/courier_link.h"

#include <sys/wait.h>

#include <algorithm>

#include "shell/command.h"

namespace hammock::shell {
namespace {

// What its exit statuses mean (docs/courier.md).
constexpr int kMixedVersions = 65;
constexpr int kNoSandbox = 71;

std::string end_text(std::optional<int> wait_status) {
  if (!wait_status) return "it ended";
  if (WIFEXITED(*wait_status) && WEXITSTATUS(*wait_status) == kMixedVersions) {
    return "hammock and hammock-courier are of two versions: install both from one release";
  }
  if (WIFEXITED(*wait_status) && WEXITSTATUS(*wait_status) == kNoSandbox) {
    return "hammock-courier cannot enter its sandbox, and does not go out without: see "
           "`hammock doctor`";
  }
  return describe_wait_status(*wait_status);
}

// Whether another one would do no better.
bool is_lasting(std::optional<int> wait_status) {
  return wait_status && WIFEXITED(*wait_status) &&
         (WEXITSTATUS(*wait_status) == kMixedVersions || WEXITSTATUS(*wait_status) == kNoSandbox);
}

}  // namespace

void CourierLink::refuse(std::uint64_t id, std::string why) {
  told_.push_back({id, std::move(why)});
}

void CourierLink::ask(wire::Request request, Steady now) {
  if (waiting_.size() >= kWaitingMost) {
    return refuse(request.id, "more than " + std::to_string(kWaitingMost) + " requests wait");
  }
  waiting_.push_back({std::move(request), now});
  go_on(now);
}

// Sends what waits, as far as there is room.
void CourierLink::go_on(Steady now) {
  if (retry_at_ && now < *retry_at_) return;
  retry_at_.reset();
  if (waiting_.empty() || (!client_ && !start(now))) return;
  while (!waiting_.empty() && out_.size() < kOutMost) {
    Request next = std::move(waiting_.front());
    waiting_.pop_front();
    if (!send(std::move(next), now)) return;
  }
  watch();
}

bool CourierLink::start(Steady now) {
  auto client = courier::Client::start(courier_);
  if (client) {
    client_ = std::move(*client);
    watches_writing_ = false;
    watch_(client_->fd(), false);
    return true;
  }
  const std::string before = trouble_;
  trouble_ = "the courier cannot be started: " + client.error().message;
  if (trouble_ != before) say_(trouble_);
  retry_at_ = now + restart_wait_;
  restart_wait_ = std::min(restart_wait_ * 2, kRestartMost);
  return false;
}

bool CourierLink::send(Request request, Steady now) {
  auto sent = client_->ask(request.request);
  const std::uint64_t id = request.request.id;
  if (!sent && sent.error().code == ErrorCode::kInvalid) {
    refuse(id, "it cannot be asked: " + sent.error().message);
    return true;
  }
  request.deadline = now + std::chrono::milliseconds(request.request.within_ms) + kHangsAfter;
  deadlines_.emplace(request.deadline, id);
  out_.emplace(id, std::move(request));
  if (sent) return true;
  lost(sent.error().message, client_->end(), now);
  return false;
}

void CourierLink::watch() {
  if (!client_ || client_->wants_write() == watches_writing_) return;
  watches_writing_ = client_->wants_write();
  watch_(client_->fd(), watches_writing_);
}

void CourierLink::ready(Steady now) {
  if (client_ && client_->wants_write()) {
    if (auto flushed = client_->flush(); !flushed) {
      return lost(flushed.error().message, client_->end(), now);
    }
  }
  take_answers(now);
  go_on(now);
  watch();
}

void CourierLink::take_answers(Steady now) {
  if (!client_) return;
  auto answers = client_->take();
  if (!answers) return lost(answers.error().message, client_->end(), now);
  for (wire::Answer& answer : *answers)
    answered(std::move(answer), now);
}

void CourierLink::answered(wire::Answer answer, Steady now) {
  auto found = out_.find(answer.id);
  if (found == out_.end()) return;
  Request request = std::move(found->second);
  deadlines_.erase({request.deadline, answer.id});
  out_.erase(found);
  const auto* failed = std::get_if<wire::Failed>(&answer.what);
  if (failed != nullptr && failed->reason == wire::Reason::kBusy) {
    waiting_.push_back(std::move(request));
    retry_at_ = now + kBusyWait;
    return;
  }
  restart_wait_ = kRestartFirst;
  trouble_.clear();
  told_.push_back({answer.id, std::move(answer)});
}

// What was out waits in front, if it is the first time.
void CourierLink::lost(const std::string& why, std::optional<int> wait_status, Steady now) {
  client_.reset();
  deadlines_.clear();
  const std::string ended = wait_status ? end_text(wait_status) : why;
  for (auto& [id, request] : std::exchange(out_, {})) {
    if (request.again) {
      refuse(id, "two couriers ended while it was out, the last one: " + ended);
      continue;
    }
    request.again = true;
    request.asked = now;
    waiting_.push_front(std::move(request));
  }
  const std::string before = trouble_;
  if (is_lasting(wait_status)) trouble_ = ended;
  if (trouble_ != before || !is_lasting(wait_status)) say_("the courier is replaced: " + ended);
  retry_at_ = now + restart_wait_;
  restart_wait_ = std::min(restart_wait_ * 2, kRestartMost);
}

bool CourierLink::child_ended(pid_t pid, int wait_status, Steady now) {
  if (!client_ || client_->pid() != pid) return false;
  client_->reaped();
  for (;;) {  // what it had said before
    auto answers = client_->take();
    if (!answers || answers->empty()) break;
    for (wire::Answer& answer : *answers)
      answered(std::move(answer), now);
  }
  lost("it ended", wait_status, now);
  return true;
}

void CourierLink::expire(Steady now) {
  if (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    (void)client_->end();
    lost("it does not answer any more", std::nullopt, now);
  }
  while (!waiting_.empty() && waiting_.front().asked + kWaitMost <= now) {
    const std::uint64_t id = waiting_.front().request.id;
    waiting_.pop_front();
    refuse(id, trouble_.empty() ? "it waited for too long to go out" : trouble_);
  }
  go_on(now);
}

std::optional<Steady> CourierLink::next_deadline() const {
  std::optional<Steady> first;
  auto consider = [&](Steady at) {
    if (!first || at < *first) first = at;
  };
  if (!deadlines_.empty()) consider(deadlines_.begin()->first);
  if (!waiting_.empty()) consider(waiting_.front().asked + kWaitMost);
  if (!waiting_.empty() && retry_at_) consider(*retry_at_);
  return first;
}

}  // namespace hammock::shell
