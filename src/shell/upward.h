// What Hammock says to the service manager above it (systemd), as sd_notify(3) describes it:
// nothing when NOTIFY_SOCKET is not set. The keeper is the main process; systemd must accept the
// brain's words: NotifyAccess=all.
#pragma once

#include <string>
#include <string_view>

#include "wire/link.h"

namespace hammock::shell {

class Upward {
 public:
  // The value of NOTIFY_SOCKET: a path, or '@' and an abstract name; empty: nobody listens.
  // `token`: see wire/hold_name.h.
  Upward(std::string socket, std::string token)
      : socket_(std::move(socket)), token_(std::move(token)) {}
  bool is_heard() const { return !socket_.empty(); }
  // Sends it unless it is what was sent last; true when it was sent. Never blocks; a manager that
  // does not listen is not waited for.
  bool status(std::string_view text);
  void ready();
  void stopping();
  void alive();  // WATCHDOG=1
  // Has the manager keep a copy of what must outlive keeper and brain together (FDSTORE); it gives
  // all of them to the next `hammock up`. False when it cannot take it now; true when nobody
  // listens.
  bool keep(const wire::Hold& hold, int fd);
  // All that are kept under this name.
  bool drop(const std::string& name);

 private:
  bool send(std::string_view message, int fd = -1);

  std::string socket_;
  std::string token_;
  std::string last_;
  bool told_ready_ = false;
};

}  // namespace hammock::shell
