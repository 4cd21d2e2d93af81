#include "gauge/clock.h"

#include <fmt/core.h>
#include <netdb.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/timex.h>

#include <algorithm>
#include <future>
#include <memory>
#include <numeric>
#include <optional>

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "gauge/sntp.h"
#include "os/clock.h"
#include "os/unique_fd.h"

namespace hammock::gauge {
namespace {

constexpr std::size_t kQuestions = 3;
constexpr std::size_t kServersMost = 16;
constexpr std::uint64_t kTimeoutMostMs = 60'000;

Result<os::UniqueFd> connect_to(const TimeServer& server) {
  addrinfo wish{};
  wish.ai_socktype = SOCK_DGRAM;
  wish.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const std::string port = std::to_string(server.port);
  const int refused = getaddrinfo(server.host.c_str(), port.c_str(), &wish, &list);
  if (refused == EAI_SYSTEM) return fail_errno("look up its address");
  if (refused != 0) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("look up its address: {}", gai_strerror(refused)));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, freeaddrinfo);
  int why = 0;
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    os::UniqueFd fd(socket(one->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    // Connected, the kernel drops what comes from elsewhere, and tells when nobody is there.
    if (fd && connect(fd.get(), one->ai_addr, one->ai_addrlen) == 0) return fd;
    why = errno;
  }
  return fail_errno("connect", why);
}

// The questions to one server, and the best answer.
class Conversation {
 public:
  Conversation(int fd, std::int64_t timeout_us)
      : fd_(fd),
        timeout_us_(timeout_us),
        deadline_us_(os::steady_us() + timeout_us),
        reason_(fmt::format("no answer within {}", format_duration(Duration(timeout_us)))) {}

  Result<Sample> carry_on() {
    while (!over_ && os::steady_us() < deadline_us_) {
      if (asked_ < kQuestions && os::steady_us() >= next_us_) ask();
      if (asked_ == kQuestions && open_.empty()) break;
      wait();
      while (!over_ && hear()) {
      }
    }
    if (best_) return *best_;
    return fail(ErrorCode::kUnavailable, reason_);
  }

 private:
  struct Question {
    std::uint64_t token = 0;
    std::int64_t asked_us = 0;
  };

  void ask() {
    Question question;
    if (getentropy(&question.token, sizeof question.token) != 0) {
      reason_ = fmt::format("random numbers: {}", std::strerror(errno));
      over_ = true;
      return;
    }
    const SntpPacket packet = sntp_question(question.token);
    question.asked_us = os::steady_us();
    next_us_ = question.asked_us + timeout_us_ / static_cast<std::int64_t>(kQuestions);
    ++asked_;
    if (send(fd_, packet.data(), packet.size(), MSG_NOSIGNAL) < 0)
      reason_ = fmt::format("send: {}", std::strerror(errno));
    else
      open_.push_back(question);
  }

  void wait() const {
    const std::int64_t until =
        asked_ < kQuestions ? std::min(next_us_, deadline_us_) : deadline_us_;
    const std::int64_t left_us = std::max<std::int64_t>(until - os::steady_us(), 0);
    pollfd one{fd_, POLLIN, 0};
    poll(&one, 1, static_cast<int>((left_us + 999) / 1000));
  }

  // False when nothing more is there.
  bool hear() {
    SntpPacket packet{};  // longer answers carry extensions that we have no use for
    const ssize_t count = recv(fd_, packet.data(), packet.size(), MSG_DONTWAIT | MSG_TRUNC);
    const std::int64_t came_us = os::steady_us();
    const std::int64_t wall_us = os::wall_us();
    if (count < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return false;
      reason_ = std::strerror(errno);
      next_us_ = 0;
      if (!open_.empty()) open_.erase(open_.begin());
      return true;
    }
    const auto bytes =
        std::span(packet).first(std::min(static_cast<std::size_t>(count), packet.size()));
    const auto question =
        std::ranges::find_if(open_, [&](const Question& one) { return answers(bytes, one.token); });
    if (question == open_.end()) {
      // Anybody can send such a thing: the right answer may still come.
      reason_ = fmt::format("no answer within {}, but one that is not to our question",
                            format_duration(Duration(timeout_us_)));
      return true;
    }
    take(read_sntp(bytes, wall_us, came_us - question->asked_us), is_kiss_of_death(bytes));
    open_.erase(question);
    return true;
  }

  void take(const Result<Sample>& sample, bool is_last) {
    next_us_ = 0;
    over_ = is_last;
    if (!sample)
      reason_ = sample.error().message;
    else if (!best_ || sample->delay_us < best_->delay_us)
      best_ = *sample;
  }

  int fd_;
  std::int64_t timeout_us_;
  std::int64_t deadline_us_;
  std::int64_t next_us_ = 0;  // when to ask again, if anything is left to ask
  std::size_t asked_ = 0;
  std::vector<Question> open_;  // the oldest first
  std::optional<Sample> best_;
  std::string reason_;
  bool over_ = false;
};

Result<Sample> ask(const TimeServer& server, std::int64_t timeout_us) {
  const auto fd = connect_to(server);
  if (!fd) return std::unexpected(fd.error());
  return Conversation(fd->get(), timeout_us).carry_on();
}

void write_kernel(JsonWriter& json) {
  timex state{};  // no modes: it only reads
  const int answer = adjtimex(&state);
  const int why = errno;
  json.object([&] {
    if (answer < 0)
      json.member("unknown", fmt::format("adjtimex: {}", std::strerror(why)));
    else
      json.member("synchronised", (state.status & STA_UNSYNC) == 0);
  });
}

void write_server(JsonWriter& json, std::string_view server, const Result<Sample>& sample) {
  json.object([&] {
    json.member("server", server);
    if (!sample) return json.member("unknown", sample.error().message);
    json.member("offset_us", sample->offset_us);
    json.member("delay_us", sample->delay_us);
    json.member("stratum", sample->stratum);
  });
}

}  // namespace

Result<TimeServer> read_server(std::string_view text) {
  const auto refuse = [&] {
    return fail(ErrorCode::kInvalid,
                fmt::format("`{}` is no time server: expected HOST, HOST:PORT or [IPV6]:PORT, "
                            "with a port from 1 to 65535",
                            printable(text)));
  };
  std::string_view host = text;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return refuse();
    host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else if (std::ranges::count(text, ':') == 1) {
    host = text.substr(0, text.find(':'));
    rest = text.substr(text.find(':'));
  }
  if (host.empty()) return refuse();
  TimeServer server{std::string(host)};
  if (rest.empty()) return server;
  const auto port = rest.starts_with(':') ? parse_decimal(rest.substr(1)) : std::nullopt;
  if (!port || *port == 0 || *port > 65535) return refuse();
  server.port = static_cast<std::uint16_t>(*port);
  return server;
}

std::int64_t median(std::vector<std::int64_t> numbers) {
  std::ranges::sort(numbers);
  const std::size_t middle = numbers.size() / 2;
  if (numbers.size() % 2 == 1) return numbers[middle];
  return std::midpoint(numbers[middle - 1], numbers[middle]);
}

Result<std::string> look_at_clock(Arguments arguments) {
  const auto timeout = arguments.empty() ? std::nullopt : parse_decimal(arguments[0]);
  if (!timeout || *timeout == 0 || *timeout > kTimeoutMostMs) {
    return fail(ErrorCode::kInvalid,
                fmt::format("clock: expected TIMEOUT_MS, from 1 to {}, and servers, got `{}`",
                            kTimeoutMostMs, arguments.empty() ? "" : printable(arguments[0])));
  }
  const Arguments names = arguments.subspan(1);
  if (names.size() > kServersMost) {
    return fail(ErrorCode::kInvalid, fmt::format("clock: {} time servers, expected at most {}",
                                                 names.size(), kServersMost));
  }
  std::vector<TimeServer> servers;
  for (const std::string_view name : names) {
    auto server = read_server(name);
    if (!server) return within("clock", server.error());
    servers.push_back(*std::move(server));
  }

  // A thread each: names are looked up by calls that wait.
  std::vector<std::future<Result<Sample>>> asked;
  for (const TimeServer& server : servers) {
    asked.push_back(
        std::async(std::launch::async, ask, server, static_cast<std::int64_t>(*timeout) * 1000));
  }
  std::vector<std::int64_t> offsets;
  std::vector<std::string> reasons;
  JsonWriter json;
  json.object([&] {
    json.member("servers");
    json.array([&] {
      for (std::size_t i = 0; i < names.size(); ++i) {
        const auto sample = asked[i].get();
        write_server(json, names[i], sample);
        if (sample)
          offsets.push_back(sample->offset_us);
        else
          reasons.push_back(fmt::format("{}: {}", printable(names[i]), sample.error().message));
      }
    });
    json.member("offset_us", offsets.empty() ? std::nullopt : std::optional(median(offsets)));
    json.member("kernel");
    write_kernel(json);
  });
  if (offsets.empty() && !names.empty()) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("no time server answered: {}", join(reasons, "; ")));
  }
  return json.text();
}

}  // namespace hammock::gauge
