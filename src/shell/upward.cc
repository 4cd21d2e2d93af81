#include "shell/upward.h"

#include "os/service_manager.h"
#include "wire/hold_name.h"

namespace hammock::shell {

bool Upward::send(std::string_view message, int fd) {
  return os::tell_service_manager(socket_, message, fd);
}

bool Upward::status(std::string_view text) {
  if (text == last_ || !send("STATUS=" + std::string(text))) return false;
  last_ = text;
  return true;
}

void Upward::ready() {
  if (!told_ready_) told_ready_ = send("READY=1");
}

void Upward::stopping() {
  send("STOPPING=1");
}

void Upward::alive() {
  send("WATCHDOG=1");
}

bool Upward::keep(const wire::Hold& hold, int fd) {
  if (!is_heard()) return true;
  const bool is_polled = hold.kind == wire::HoldKind::kStored && (hold.flags & 1) == 0;
  return send("FDSTORE=1\nFDNAME=" + wire::name_of_hold(hold) + (is_polled ? "" : "\nFDPOLL=0"),
              fd);
}

bool Upward::drop(const std::string& name) {
  return !is_heard() || send("FDSTOREREMOVE=1\nFDNAME=" + name);
}

}  // namespace hammock::shell
