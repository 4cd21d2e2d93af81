// The requests; the process is in courier_process.cc.
#include "shell/courier_link.h"

#include <algorithm>

#include "base/assert.h"
#include "base/variant.h"

namespace hammock::shell {
namespace {

constexpr Duration kBusyPause = std::chrono::milliseconds(50);

Duration within(const wire::Request& request) {
  return std::chrono::milliseconds(request.within_ms);
}

std::size_t weight_of(const wire::Request& request) {
  return sizeof request +
         match(
             request.what,
             [](const wire::HttpErrand& http) {
               std::size_t size = http.url.size() + http.body.size() + http.tls.ca.size();
               for (const wire::HttpHeader& header : http.headers)
                 size += sizeof header + header.name.size() + header.value.size();
               return size;
             },
             [](const wire::TcpErrand& tcp) {
               return tcp.send.size() + tcp.expect.size() + (tcp.tls ? tcp.tls->ca.size() : 0);
             },
             [](const wire::DnsErrand& dns) { return dns.name.size(); });
}

bool is_busy(const wire::Answer& answer) {
  const auto* failed = std::get_if<wire::Failed>(&answer.what);
  return failed != nullptr && failed->reason == wire::Reason::kBusy;
}

}  // namespace

CourierLink::CourierLink(std::string courier, std::function<void(int, bool)> watch,
                         std::function<void(std::string)> say)
    : courier_(std::move(courier)), watch_(std::move(watch)), say_(std::move(say)) {}

void CourierLink::ask(wire::Request request, Steady now) {
  const std::uint64_t id = request.id;
  const std::size_t weight = weight_of(request);
  if (waiting() >= kWaitingMost || waiting_weight_ + weight > kWaitingBytesMost) {
    told_.push_back(
        {id, Unanswered{"too many requests wait for the courier: " + std::to_string(waiting())}});
    return;
  }
  Entry entry;
  entry.weight = weight;
  entry.place = ++places_;
  entry.patience = now + within(request) + kPatience;
  entry.request = std::move(request);
  const auto [added, is_new] = entries_.emplace(id, std::move(entry));
  HAMMOCK_ASSERT(is_new);
  queue(added->second);
  pump(now);
}

void CourierLink::ready(Steady now) {
  if (!client_) return;
  // A link that broke is noticed by what is read from it, behind the last answer.
  [[maybe_unused]] const auto flushed = client_->flush();
  if (!take_answers(now)) link_broke(now);
  pump(now);
}

void CourierLink::expire(Steady now) {
  if (ending_ != 0 && ending_until_ <= now) {
    killed_.insert(std::exchange(ending_, 0));
    ended({true, "the courier ended", ""}, now);
  }
  expire_overdue(now);
  expire_waiting(now);
  pump(now);
}

std::optional<Steady> CourierLink::next_deadline() const {
  std::optional<Steady> next;
  const auto consider = [&next](Steady at) { next = next ? std::min(*next, at) : at; };
  if (ending_ != 0) consider(ending_until_);
  if (client_ && !due_.empty()) consider(due_.begin()->first);
  if (waiting() == 0) return next;
  if (client_ && busy_until_) consider(*busy_until_);
  if (!client_ && ending_ == 0 && retry_at_) consider(*retry_at_);
  if (failures_ > 0) consider(std::max(patience_.begin()->first, failing_since_ + kPatience));
  return next;
}

void CourierLink::pump(Steady now) {
  if (waiting() > 0 && (client_ || start(now))) {
    if (busy_until_ && *busy_until_ <= now) busy_until_.reset();
    while (!busy_until_ && !client_->wants_write() && due_.size() < room_ && send_next(now))
      continue;
  }
  watch();
}

// False: nothing can be sent for now.
bool CourierLink::send_next(Steady now) {
  const bool of_suspects = !suspects_.empty() && suspects_in_flight_ < kSuspectsMost;
  const Line& line = of_suspects ? suspects_ : fresh_;
  if (line.empty()) return false;
  const std::uint64_t id = line.begin()->second;
  Entry& entry = entries_.at(id);
  const std::size_t kept = wire::kept_bytes(entry.request);
  if (kept_in_flight_ + kept > wire::kCourierKeptBytesMax) return false;
  const auto asked = client_->ask(entry.request);
  if (!asked && asked.error().code == ErrorCode::kInvalid) {
    tell(id, Unanswered{asked.error().message});
    return true;
  }
  // If the link has broken that shows when it is read; perhaps the courier got it before.
  take_off(entry, now);
  return true;
}

// How many; nothing: the link has broken, and all that came before was taken.
std::optional<std::size_t> CourierLink::take_answers(Steady now) {
  auto answers = client_->take();
  if (!answers) {
    if (answers.error().code == ErrorCode::kCorrupt) not_understood_ = answers.error().message;
    return std::nullopt;
  }
  for (wire::Answer& answer : *answers)
    answered(std::move(answer), now);
  return answers->size();
}

void CourierLink::answered(wire::Answer answer, Steady now) {
  works();
  const std::uint64_t id = answer.id;
  const auto found = entries_.find(id);
  if (found == entries_.end() || !found->second.in_flight) return;
  Entry& entry = found->second;
  if (!is_busy(answer)) return tell(id, std::move(answer));
  land(entry);
  queue(entry);
  // Answers come in the order in which they were found: what is in flight now is what it takes.
  room_ = std::max<std::size_t>(due_.size(), 1);
  busy_until_ = now + kBusyPause;
}

void CourierLink::tell(std::uint64_t id, std::variant<wire::Answer, Unanswered> what) {
  const auto found = entries_.find(id);
  if (found->second.in_flight)
    land(found->second);
  else
    leave_queue(found->second);
  entries_.erase(found);
  told_.push_back({id, std::move(what)});
}

void CourierLink::take_off(Entry& entry, Steady now) {
  leave_queue(entry);
  entry.in_flight = true;
  entry.overdue = false;
  entry.due = now + within(entry.request) + kHungAfter / 2;
  due_.emplace(entry.due, entry.request.id);
  kept_in_flight_ += wire::kept_bytes(entry.request);
  if (entry.suspected) ++suspects_in_flight_;
}

void CourierLink::land(Entry& entry) {
  entry.in_flight = false;
  due_.erase({entry.due, entry.request.id});
  kept_in_flight_ -= wire::kept_bytes(entry.request);
  if (entry.suspected) --suspects_in_flight_;
}

void CourierLink::queue(const Entry& entry) {
  line_of(entry).emplace(entry.place, entry.request.id);
  patience_.emplace(entry.patience, entry.request.id);
  waiting_weight_ += entry.weight;
}

void CourierLink::leave_queue(const Entry& entry) {
  line_of(entry).erase(entry.place);
  patience_.erase({entry.patience, entry.request.id});
  waiting_weight_ -= entry.weight;
}

// Half of the time is given once it was noticed: it may be we who were not there to take the
// answer, or the whole machine that slept.
void CourierLink::expire_overdue(Steady now) {
  if (!client_ || due_.empty() || due_.begin()->first > now) return;
  if (!take_answers(now)) return link_broke(now);
  while (!due_.empty() && due_.begin()->first <= now) {
    Entry& entry = entries_.at(due_.begin()->second);
    if (entry.overdue) {
      killed_.insert(client_->give_up());
      client_.reset();
      return ended({true, "the courier was hung and had to be killed", ""}, now);
    }
    due_.erase(due_.begin());
    entry.overdue = true;
    entry.due = now + kHungAfter / 2;
    due_.emplace(entry.due, entry.request.id);
  }
}

void CourierLink::expire_waiting(Steady now) {
  if (failures_ == 0 || now < failing_since_ + kPatience) return;
  const std::string why = trouble_.empty() ? last_end_ + ", and no other answers yet" : trouble_;
  while (!patience_.empty() && patience_.begin()->first <= now)
    tell(patience_.begin()->second, Unanswered{why});
}

}  // namespace hammock::shell
