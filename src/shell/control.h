// The control socket R/control: HTTP exchanges, commands that wait for their end, and followers of
// events. It answers nothing by itself: turn() gives the calls, and the brain answers each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "shell/api.h"
#include "shell/journal.h"
#include "web/server.h"

namespace hammock::shell {

class Control {
 public:
  struct Asked {
    web::ExchangeId exchange = 0;
    Call call;
    std::uint32_t user = 0;
  };

  Control() = default;
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  // Binds `path`, mode 0600, in the place of what a dead brain left there.
  Result<void> open(const std::string& path, std::uint32_t user);

  int descriptor() const { return server_->descriptor(); }
  std::optional<Duration> patience() const { return server_->patience(); }
  // What was asked since the last turn.
  std::vector<Asked> turn();
  void answer(web::ExchangeId exchange, web::Response response);

  // This exchange is told all that becomes of the command.
  void await_command(web::ExchangeId exchange, const std::string& id);
  // One line to everybody who waits for it; `last` ends their answers.
  void tell_command(const std::string& id, std::string_view line, bool last);

  void follow(web::ExchangeId exchange, std::int64_t after);
  bool has_followers() const { return !followers_.empty(); }
  // The oldest event that some follower has not seen comes after this one.
  std::int64_t followed_after() const;
  void publish(const std::vector<FactRow>& facts);

  // Nobody waits for an answer.
  bool is_quiet() const { return open_exchanges_ == followers_.size(); }

 private:
  struct Waiter {
    web::ExchangeId exchange = 0;
    bool streaming = false;
  };
  void ended(web::ExchangeId exchange);

  std::optional<web::Server> server_;
  std::vector<Asked> asked_;
  std::size_t open_exchanges_ = 0;
  std::unordered_map<std::string, std::vector<Waiter>> waiters_;
  std::unordered_map<web::ExchangeId, std::int64_t> followers_;  // → newest event sent
};

}  // namespace hammock::shell
