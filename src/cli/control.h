// Talks to the brain through R/control: one connection for each request. docs/formats/control.md is
// the contract. Every wait has a deadline on the steady clock.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/http.h"
#include "cli/json.h"

namespace hammock::cli {

using Deadline = std::chrono::steady_clock::time_point;
inline constexpr std::chrono::milliseconds kAnswerWithin{2000};
Deadline deadline_in(std::chrono::milliseconds time);

// A request under way. Move-only; closing it leaves the peer alone: what was asked for goes on.
class Exchange {
 public:
  // kUnavailable when nobody listens or accepts in time, kNotPermitted when the socket is not ours.
  static Result<Exchange> begin(const std::string& socket_path, std::string_view request,
                                Deadline deadline);
  Exchange(Exchange&& other) noexcept;
  Exchange& operator=(Exchange&& other) noexcept;
  ~Exchange();

  // Waits for the head, then gives the status.
  Result<int> status(Deadline deadline);
  // The whole body.
  Result<std::string> body(Deadline deadline);
  // The next line of the body without its newline; nothing at its end. No deadline: as long as it
  // takes.
  Result<std::optional<std::string>> line(std::optional<Deadline> deadline);

 private:
  explicit Exchange(int fd) : fd_(fd) {}
  Result<void> receive(std::optional<Deadline> deadline);

  int fd_ = -1;
  HttpResponse response_;
};

struct Answer {
  int status = 0;
  Json body;
};

// A request whose answer is one JSON document. A brain that answers with nonsense is kUnavailable,
// too. The body is sent as it is, as bytes of no type.
Result<Answer> ask(const std::string& socket_path, std::string_view method, std::string_view target,
                   Deadline deadline, std::string_view body = {});

// The error that an answer other than 200 stands for: its own message, and the code that fits.
Error error_of(const Answer& answer);

}  // namespace hammock::cli
