// The brain's courier: asked for everything that has to be found out in the network, and replaced
// when it dies or hangs.
//
// It is started when something is asked for the first time. Each request gets exactly one Told,
// sooner or later: the courier's answer, or why there is none, which says nothing about the target.
//
//   asked ──▶ waiting ──room──▶ out ──answer──▶ told
//                ▲               │
//                └──it ended─────┘   once; with the second courier that ends it is told so
//
// * A courier that does not answer within a request's own time and kHangsAfter hangs: it is killed.
// * One that ended is replaced after kRestartFirst, then twice as long, up to kRestartMost; an
// answer
//   makes that begin anew.
// * Nobody waits for more than kWaitMost to go out. That is not the target's fault: its time counts
//   from when the courier has the request.
//
// Bounds: kOutMost requests out, kWaitingMost waiting; one more is told so at once.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"
#include "courier/client/client.h"
#include "wire/courier.h"

namespace hammock::shell {

class CourierLink {
 public:
  static constexpr std::size_t kOutMost = 900;  // it takes kCourierInFlightMax
  static constexpr std::size_t kWaitingMost = 20'000;
  static constexpr Duration kHangsAfter = std::chrono::seconds(1);
  static constexpr Duration kWaitMost = std::chrono::seconds(30);
  static constexpr Duration kRestartFirst = std::chrono::milliseconds(100);
  static constexpr Duration kRestartMost = std::chrono::seconds(10);
  static constexpr Duration kBusyWait = std::chrono::milliseconds(50);

  // `watch` waits for the descriptor to be readable, and writable when it is said, until it is
  // closed. `say` is told what people should know, one sentence each.
  CourierLink(std::function<void(int fd, bool for_writing)> watch,
              std::function<void(const std::string&)> say)
      : watch_(std::move(watch)), say_(std::move(say)) {}

  // The program that is started.
  void use(std::string courier) { courier_ = std::move(courier); }
  // `request.id` is of nothing else that was not told yet.
  void ask(wire::Request request, Steady now);

  // Its descriptor is readable or writable.
  void ready(Steady now);
  // Its deadlines.
  void expire(Steady now);
  std::optional<Steady> next_deadline() const;
  // Somebody has waited for this child; whether it was ours.
  bool child_ended(pid_t pid, int wait_status, Steady now);

  struct Told {
    std::uint64_t id = 0;
    std::variant<wire::Answer, std::string> what;  // a sentence: why nothing was found out
  };
  // What there is since the last call.
  std::vector<Told> take() { return std::exchange(told_, {}); }
  // Why nothing can be found out, and what to do; empty: all is well.
  const std::string& trouble() const { return trouble_; }

 private:
  struct Request {
    wire::Request request;
    Steady asked{};     // when it began to wait
    Steady deadline{};  // while it is out
    bool again = false;
  };
  void go_on(Steady now);
  bool start(Steady now);
  bool send(Request request, Steady now);
  void take_answers(Steady now);
  void answered(wire::Answer answer, Steady now);
  void lost(const std::string& why, std::optional<int> wait_status, Steady now);
  void refuse(std::uint64_t id, std::string why);
  void watch();

  std::function<void(int, bool)> watch_;
  std::function<void(const std::string&)> say_;
  std::string courier_;
  std::optional<courier::Client> client_;
  bool watches_writing_ = false;
  std::deque<Request> waiting_;
  std::unordered_map<std::uint64_t, Request> out_;
  std::set<std::pair<Steady, std::uint64_t>> deadlines_;  // of those that are out
  std::optional<Steady> retry_at_;                        // nothing goes out before
  Duration restart_wait_ = kRestartFirst;
  std::string trouble_;
  std::vector<Told> told_;
};

}  // namespace hammock::shell
