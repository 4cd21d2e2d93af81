#include "shell/upward.h"

#include "os/service_manager.h"

namespace hammock::shell {

bool Upward::send(std::string_view message) {
  return os::tell_service_manager(socket_, message);
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

}  // namespace hammock::shell
