#include "courier/courier.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/variant.h"
#include "courier/dns.h"
#include "courier/http.h"
#include "courier/loop.h"
#include "courier/sandbox.h"
#include "courier/tcp.h"
#include "os/clock.h"
#include "os/poll.h"
#include "wire/courier.h"

namespace hammock::courier {
namespace {

using wire::ErrandStage;
using wire::Failed;
using wire::Reason;

constexpr int kClosed = 0;
constexpr int kByHand = 64;
constexpr int kNotUnderstood = 65;
constexpr int kNoSandbox = 71;

constexpr std::size_t kUnsentBytesMax = 8 << 20;  // of answers; then no request is read
constexpr std::size_t kReadATurn = 256 << 10;

struct Job {
  Steady began;
  Duration within{};
  std::size_t bytes = 0;  // that it may keep
  Loop::TimerId deadline = 0;
  std::variant<std::unique_ptr<HttpErrand>, std::unique_ptr<TcpErrand>, std::unique_ptr<DnsErrand>>
      errand;
};

// Each takes a few descriptors: its connections, its resolvers. Where the machine allows fewer,
// fewer are in flight; without a descriptor a request would fail for a reason that is not the
// peer's.
std::size_t in_flight_max() {
  constexpr std::size_t kDescriptorsEach = 4;
  rlimit limits{};
  ::getrlimit(RLIMIT_NOFILE, &limits);
  return std::min<std::size_t>(wire::kCourierInFlightMax, limits.rlim_cur / kDescriptorsEach);
}

// To the millisecond: of a second and a half it is not true that it was one.
std::string exact(Duration within) {
  const auto ms = std::chrono::round<std::chrono::milliseconds>(within).count();
  return ms % 1000 == 0 ? format_duration(within) : std::to_string(ms) + "ms";
}

std::string too_late(ErrandStage stage, Duration within) {
  const std::string time = " within " + exact(within);
  switch (stage) {
    case ErrandStage::kAsked:
      break;
    case ErrandStage::kResolve:
      return "no answer of the name servers" + time;
    case ErrandStage::kConnect:
      return "no connection" + time;
    case ErrandStage::kTls:
      return "no TLS handshake" + time;
    case ErrandStage::kSend:
      return "not everything could be sent" + time;
    case ErrandStage::kReceive:
      return "no answer, or not the whole of it," + time;
  }
  return "not begun" + time;
}

class Courier {
 public:
  explicit Courier(os::Epoll epoll) : loop_(std::move(epoll)), web_(loop_) { watch_link(); }

  int serve() {
    while (!exit_) {
      loop_.turn();
      answer_all();
      flush();
      watch_link();
    }
    return *exit_;
  }

 private:
  void watch_link() {
    const std::uint32_t events =
        (unsent_.size() < kUnsentBytesMax ? EPOLLIN : 0U) | (unsent_.empty() ? 0U : EPOLLOUT);
    if (events == link_events_) return;
    link_events_ = events;
    loop_.watch(wire::kCourierFd, events, [this](std::uint32_t happened) {
      if ((happened & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read_orders();
    });
  }

  void read_orders() {
    std::array<char, 65536> buffer;
    for (std::size_t taken = 0; taken < kReadATurn;) {
      const ssize_t count = ::recv(wire::kCourierFd, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) break;
      if (count <= 0) {
        exit_ = kClosed;
        return;
      }
      taken += static_cast<std::size_t>(count);
      frames_.feed({buffer.data(), static_cast<std::size_t>(count)});
    }
    for (;;) {
      auto payload = frames_.next();
      if (payload && !*payload) return;
      auto order = payload ? wire::decode_order(**payload)
                           : Result<wire::CourierOrder>(std::unexpected(payload.error()));
      if (!order) {
        std::fprintf(stderr, "hammock-courier: %s\n", order.error().message.c_str());
        exit_ = kNotUnderstood;
        return;
      }
      match(
          *order, [this](wire::Request& request) { begin(std::move(request)); },
          [this](const wire::Cancel& cancel) { forget(cancel.id); });
    }
  }

  void begin(wire::Request request) {
    const std::size_t bytes = wire::kept_bytes(request);
    if (jobs_.contains(request.id)) {
      return refuse(request.id, Reason::kRefused, "its id is that of a request in flight");
    }
    if (jobs_.size() >= in_flight_max_ || kept_bytes_ + bytes > wire::kCourierKeptBytesMax) {
      return refuse(request.id, Reason::kBusy,
                    "too many requests are in flight: " + std::to_string(jobs_.size()));
    }
    const Duration within = std::chrono::milliseconds(request.within_ms);
    const std::uint64_t id = request.id;
    const Times times{loop_.now(), loop_.now() + within};
    // Done is called from the loop, where the errand must not end: answer_all() is after it.
    Done done = [this, id](Outcome outcome) { finished_.emplace(id, std::move(outcome)); };
    Job& job = jobs_[id];
    job.began = times.began;
    job.within = within;
    job.bytes = bytes;
    kept_bytes_ += bytes;
    job.deadline = loop_.at(times.deadline, [this, id] { run_out(id); });
    match(
        request.what,
        [&](wire::HttpErrand& http) {
          job.errand = std::make_unique<HttpErrand>(loop_, web_, std::move(http), times, done);
        },
        [&](wire::TcpErrand& tcp) {
          job.errand = std::make_unique<TcpErrand>(loop_, std::move(tcp), times, done);
        },
        [&](wire::DnsErrand& dns) {
          job.errand = std::make_unique<DnsErrand>(loop_, dns, times, done);
        });
  }

  void refuse(std::uint64_t id, Reason reason, std::string message) {
    wire::Answer answer;
    answer.id = id;
    answer.what = Failed{ErrandStage::kAsked, reason, 0, std::move(message)};
    send(answer);
  }

  void run_out(std::uint64_t id) {
    const Job& job = jobs_.at(id);
    const ErrandStage stage =
        std::visit([](const auto& errand) { return errand->stage(); }, job.errand);
    finished_.emplace(id, Failed{stage, Reason::kDeadline, 0, too_late(stage, job.within)});
  }

  void forget(std::uint64_t id) {
    auto job = jobs_.find(id);
    if (job == jobs_.end()) return;
    loop_.cancel(job->second.deadline);
    kept_bytes_ -= job->second.bytes;
    jobs_.erase(job);
    finished_.erase(id);
  }

  void answer_all() {
    for (auto& [id, outcome] : std::exchange(finished_, {})) {
      const Job& job = jobs_.at(id);
      Trace trace = std::visit([](const auto& errand) { return errand->trace(); }, job.errand);
      wire::Answer answer{id, trace.phases, std::move(trace.remote), std::move(trace.tls),
                          std::move(outcome)};
      answer.phases.total = os::read_clocks().steady - job.began;
      forget(id);
      send(answer);
    }
  }

  void send(const wire::Answer& answer) {
    auto frame = wire::encode_answer(answer);
    if (!frame) {
      return refuse(answer.id, Reason::kBounds, frame.error().message);
    }
    unsent_ += *frame;
  }

  void flush() {
    while (!unsent_.empty()) {
      const ssize_t count =
          ::send(wire::kCourierFd, unsent_.data(), unsent_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return;
      if (count < 0) {
        exit_ = kClosed;
        return;
      }
      unsent_.erase(0, static_cast<std::size_t>(count));
    }
  }

  const std::size_t in_flight_max_ = in_flight_max();
  Loop loop_;
  Web web_;
  wire::Frames frames_;
  std::string unsent_;
  std::uint32_t link_events_ = 0;
  std::size_t kept_bytes_ = 0;
  std::map<std::uint64_t, Outcome> finished_;  // the first outcome of each counts
  std::map<std::uint64_t, Job> jobs_;          // ends before what its errands refer to
  std::optional<int> exit_;
};

}  // namespace

int run() {
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(wire::kCourierFd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
      type != SOCK_STREAM) {
    std::fputs(
        "hammock-courier: it is started by hammock, with a socket on descriptor 3; "
        "`hammock try http URL` starts one for you\n",
        stderr);
    return kByHand;
  }
  if (auto entered = enter_sandbox(); !entered) {
    std::fprintf(stderr, "hammock-courier: %s\n", entered.error().message.c_str());
    return kNoSandbox;
  }
  auto epoll = os::Epoll::make();
  if (!epoll) {
    std::fprintf(stderr, "hammock-courier: %s\n", epoll.error().message.c_str());
    return kNoSandbox;
  }
  return Courier(std::move(*epoll)).serve();
}

}  // namespace hammock::courier
