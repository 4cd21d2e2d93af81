#include "shell/upward.h"

#include <cerrno>

#include "os/service_manager.h"
#include "wire/hold_name.h"

namespace hammock::shell {
namespace {

// Trying again helps only then: a manager that is gone is not waited for.
bool is_full() {
  return errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS;
}

}  // namespace

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
  if (!is_heard() || token_.empty()) return true;  // without a token it would not be taken back
  const bool is_polled = hold.kind == wire::HoldKind::kStored && (hold.flags & 1) == 0;
  const std::string name = token_ + "/" + wire::name_of_hold(hold);
  return send("FDSTORE=1\nFDNAME=" + name + (is_polled ? "" : "\nFDPOLL=0"), fd) || !is_full();
}

bool Upward::drop(const std::string& name) {
  return !is_heard() || send("FDSTOREREMOVE=1\nFDNAME=" + token_ + "/" + name) || !is_full();
}

}  // namespace hammock::shell
