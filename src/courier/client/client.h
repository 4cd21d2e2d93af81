// The asking end of a courier: starts the process, sends requests, takes answers.
//
//   auto client = Client::start(courier_beside(program));
//   client->ask({.id = 7, .within_ms = 5000, .what = HttpErrand{.url = "https://…"}});
//   … epoll says that client->fd() is readable, or writable while wants_write() …
//   auto answers = client->take();
//
// Nothing here blocks. When anything fails the courier is gone, or of no use: destroy the client,
// start the next one, and ask again for what was not answered. A request that is in doubt was
// perhaps carried out; whoever must not do something twice says so to the server (an idempotency
// key), since no courier can promise that.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "os/unique_fd.h"
#include "wire/courier.h"

namespace hammock::courier {

// hammock-courier stands beside hammock.
std::string courier_beside(std::string_view program);

class Client {
 public:
  // A child of this process, with an empty environment, no descriptor but its link and standard
  // error, and default signal dispositions.
  static Result<Client> start(const std::string& courier);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  // Kills it and reaps it: it has nothing to lose.
  ~Client();

  // For a process that reaps all its children in one place (waitpid of -1). Whoever reaped this one
  // says so before anything else begins a process: its number may be another's from then on, and is
  // not used any more.
  void was_reaped() { pid_ = 0; }
  // Kills it and closes the link, without waiting. Its number, to be reaped by the caller; 0 when
  // that was done.
  pid_t give_up();

  int fd() const { return link_.get(); }
  pid_t pid() const { return pid_; }

  // kInvalid: the request breaks a bound of the wire; the client is fine. Anything else: gone.
  Result<void> ask(const wire::Request& request);
  Result<void> cancel(std::uint64_t id);
  // Waiting to be sent; call flush() when fd() is writable.
  bool wants_write() const { return !unsent_.empty(); }
  Result<void> flush();
  // What has come; kUnavailable when the courier is gone and everything it said was taken.
  Result<std::vector<wire::Answer>> take();

 private:
  Client(pid_t pid, os::UniqueFd link) : pid_(pid), link_(std::move(link)) {}
  Result<void> send(const wire::CourierOrder& order);
  void end();

  pid_t pid_ = 0;
  os::UniqueFd link_;
  std::string unsent_;
  wire::Frames frames_;
};

}  // namespace hammock::courier
