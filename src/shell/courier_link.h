// The brain's end of the courier: requests in, and for each of them what came of it, exactly once,
// whatever becomes of the courier meanwhile.
//
//   asked ──▶ waits ──room──▶ in flight ──answer──▶ told
//               ▲                 │
//               └── busy, or its courier ended ──the second time──▶ told Unanswered
//
// * A courier is started when there is something to ask, and stays. One that died or is hung, which
//   is one that has not answered a request kHungAfter after the request's own deadline, is killed,
//   and the next one is started after a pause: kPauseLeast, twice as long each time, at most
//   kPauseMost; the first answer makes it short again.
// * What was in flight then is asked again, once: perhaps it was carried out twice. A request whose
//   second courier ends is Unanswered: perhaps it is what ended them. Requests that are asked again
//   are in flight kSuspectsMost at a time, so that one that ends every courier takes few along.
// * A courier that leaves by itself because it cannot work here (no sandbox, two versions) is no
//   request's fault. While there is none that answers, what has waited for longer than its own time
//   and kPatience is Unanswered, and trouble() says why.
// * A deadline counts from when the courier has it: waiting for room is not the target's fault.
//   In flight are kInFlightMost requests, or as many as the courier takes on this machine, and what
//   it keeps for them. kWaitingMost requests wait, of kWaitingBytesMost together; beyond that a
//   request is Unanswered at once.
//
// Nothing here blocks. The owner reaps all children and says so by child_ended(), and calls take()
// after each call of ask(), ready(), expire() and child_ended(). It must live on the main thread,
// with whose end the courier ends.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/time.h"
#include "courier/client/client.h"
#include "shell/told.h"

namespace hammock::shell {

class CourierLink {
 public:
  static constexpr std::size_t kInFlightMost = 900;
  static constexpr std::size_t kSuspectsMost = 64;
  static constexpr std::size_t kWaitingMost = 20'000;
  static constexpr std::size_t kWaitingBytesMost = 128 << 20;
  static constexpr Duration kHungAfter = std::chrono::seconds(1);
  static constexpr Duration kPauseLeast = std::chrono::milliseconds(100);
  static constexpr Duration kPauseMost = std::chrono::seconds(10);
  static constexpr Duration kPatience = std::chrono::seconds(5);

  // `courier` is the program. `watch` is told which descriptor to wait for, for reading and perhaps
  // for writing, too; a descriptor that was told before may be another one by now, and needs no
  // word when it is closed. `say` gets a sentence for the log.
  CourierLink(std::string courier, std::function<void(int fd, bool for_writing)> watch,
              std::function<void(std::string)> say);
  CourierLink(const CourierLink&) = delete;
  CourierLink& operator=(const CourierLink&) = delete;

  // `id` is not that of a request that nothing was told of yet.
  void ask(wire::Request request, Steady now);
  // The descriptor is ready, for whatever.
  void ready(Steady now);
  void expire(Steady now);
  std::optional<Steady> next_deadline() const;
  // Whether it was a courier of ours.
  bool child_ended(pid_t pid, int wait_status, Steady now);

  std::vector<Told> take() { return std::exchange(told_, {}); }
  // The descriptor that is waited for; -1: there is no courier, and the number may be another's.
  int fd() const { return client_ ? client_->fd() : -1; }
  // Of the courier; 0: there is none.
  pid_t pid() const { return client_ ? client_->pid() : 0; }
  // Why nothing can be found out, a sentence with what to do; empty: all is well.
  const std::string& trouble() const { return trouble_; }

 private:
  struct Entry {
    wire::Request request;
    std::size_t weight = 0;   // bytes of memory, about
    std::uint64_t place = 0;  // in the order of asking
    Steady patience{};        // it has waited for long then
    bool in_flight = false;
    Steady due{};            // while it is in flight: it should have been answered then
    bool overdue = false;    // which was noticed once
    bool suspected = false;  // a courier ended while it had it
  };
  // How a courier ended.
  struct End {
    bool by_request = true;  // perhaps
    std::string how;         // "the courier was killed by signal 9"
    std::string what_to_do;  // not empty: it will be so again
  };
  using Line = std::map<std::uint64_t, std::uint64_t>;  // ids by place

  // Requests
  void pump(Steady now);
  bool send_next(Steady now);
  std::optional<std::size_t> take_answers(Steady now);
  void answered(wire::Answer answer, Steady now);
  void tell(std::uint64_t id, std::variant<wire::Answer, Unanswered> what);
  void take_off(Entry& entry, Steady now);
  void land(Entry& entry);
  void queue(const Entry& entry);
  void leave_queue(const Entry& entry);
  Line& line_of(const Entry& entry) { return entry.suspected ? suspects_ : fresh_; }
  std::size_t waiting() const { return fresh_.size() + suspects_.size(); }
  void expire_overdue(Steady now);
  void expire_waiting(Steady now);

  // The process
  bool start(Steady now);
  void watch();
  void link_broke(Steady now);
  static End end_of(int wait_status);
  void ended(const End& end, Steady now);
  void failed(const End& end, Steady now);
  void works();

  std::string courier_;
  std::function<void(int, bool)> watch_;
  std::function<void(std::string)> say_;

  std::optional<courier::Client> client_;
  std::string not_understood_;  // what it said
  bool watched_for_writing_ = false;
  // A courier of which the link has broken, until it is known how it ended.
  pid_t ending_ = 0;
  Steady ending_until_{};
  std::set<pid_t> killed_;  // to be reaped

  std::unordered_map<std::uint64_t, Entry> entries_;
  Line fresh_;     // those that wait …
  Line suspects_;  // … and those among them that are asked again
  std::set<std::pair<Steady, std::uint64_t>> patience_;  // of those that wait
  std::set<std::pair<Steady, std::uint64_t>> due_;       // of those that are in flight
  std::size_t suspects_in_flight_ = 0;
  std::size_t kept_in_flight_ = 0;  // bytes, by the courier
  std::size_t waiting_weight_ = 0;
  std::uint64_t places_ = 0;
  std::size_t room_ = kInFlightMost;  // of this courier
  std::optional<Steady> busy_until_;

  unsigned failures_ = 0;  // since an answer: couriers that ended or could not be started
  Steady failing_since_{};
  Duration pause_ = kPauseLeast;
  std::optional<Steady> retry_at_;
  std::string last_end_;
  std::string trouble_;
  std::vector<Told> told_;
};

}  // namespace hammock::shell
