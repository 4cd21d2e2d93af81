#include "wire/notify.h"

#include <algorithm>
#include <limits>

#include "base/text.h"

namespace hammock::wire {
namespace {

template <class T>
void take_number(std::string_view value, std::optional<T>& out, std::uint64_t least = 0) {
  auto number = parse_decimal(value);
  if (!number || *number < least) return;
  if (*number > static_cast<std::uint64_t>(std::numeric_limits<T>::max())) return;
  out = static_cast<T>(*number);
}

bool is_ascii_word(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

void take_access(std::string_view value, Notify& notify) {
  if (value == "none") notify.access = NotifyAccess::kNone;
  if (value == "main") notify.access = NotifyAccess::kMain;
  if (value == "exec") notify.access = NotifyAccess::kExec;
  if (value == "all") notify.access = NotifyAccess::kAll;
}

void take_progress(std::string_view value, Notify& notify) {
  const std::size_t slash = value.find('/');
  if (slash == std::string_view::npos) return;
  auto done = parse_decimal(value.substr(0, slash));
  auto total = parse_decimal(value.substr(slash + 1));
  if (done && total && *total > 0 && *done <= *total) notify.progress = Progress{*done, *total};
}

void take_state(std::string_view key, std::string_view value, Notify& notify) {
  const bool one = value == "1";
  if (key == "READY")
    notify.ready |= one;
  else if (key == "RELOADING")
    notify.reloading |= one;
  else if (key == "STOPPING")
    notify.stopping |= one;
  else if (key == "RESTART_RESET")
    notify.restart_reset |= one;
  else if (key == "FDSTORE")
    notify.store |= one;
  else if (key == "FDSTOREREMOVE")
    notify.remove |= one;
  else if (key == "BARRIER")
    notify.barrier |= one;
  else if (key == "FDPOLL" && value == "0")
    notify.poll_stored = false;
  else if (key == "WATCHDOG" && one)
    notify.watchdog = true;
  else if (key == "WATCHDOG" && value == "trigger")
    notify.watchdog_trigger = true;
}

void take_value(std::string_view key, std::string_view value, Notify& notify) {
  if (key == "MONOTONIC_USEC")
    take_number(value, notify.monotonic_us);
  else if (key == "ERRNO")
    take_number(value, notify.error_number);
  else if (key == "MAINPID")
    take_number(value, notify.main_pid, 2);
  else if (key == "MAINPIDFDID")
    take_number(value, notify.main_pidfd_inode, 1);
  else if (key == "WATCHDOG_USEC")
    take_number(value, notify.watchdog_us, 1);
  else if (key == "EXTEND_TIMEOUT_USEC")
    take_number(value, notify.extend_us, 1);
  else if (key == "NOTIFYACCESS")
    take_access(value, notify);
  else if (key == "X_PROGRESS")
    take_progress(value, notify);
  else if (key == "STATUS" && is_utf8(value))
    notify.status = value;
  else if (key == "FDNAME" && is_fd_name(value))
    notify.fd_name = value;
  else if ((key == "BUSERROR" || key == "VARLINKERROR") && is_ascii_word(value)) {
    notify.error_name = value;
  }
}

}  // namespace

bool is_fd_name(std::string_view name) {
  return !name.empty() && name.size() <= kFdNameMax &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return c >= ' ' && c < 0x7f && c != ':'; });
}

std::optional<Notify> parse_notify(std::string_view datagram, std::size_t fds) {
  if (!datagram.empty() && datagram.back() == '\0') datagram.remove_suffix(1);
  if (datagram.empty() || datagram.size() > kNotifyBytesMax) return std::nullopt;
  if (datagram.find('\0') != std::string_view::npos) return std::nullopt;
  Notify notify;
  std::size_t lines = 0;
  while (!datagram.empty()) {
    std::size_t end = std::min(datagram.find('\n'), datagram.size());
    std::string_view line = datagram.substr(0, end);
    datagram.remove_prefix(std::min(end + 1, datagram.size()));
    if (line.empty()) continue;
    ++lines;
    std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    take_state(line.substr(0, equals), line.substr(equals + 1), notify);
    take_value(line.substr(0, equals), line.substr(equals + 1), notify);
  }
  if (notify.barrier && (lines != 1 || fds != 1)) return std::nullopt;
  if (notify.stopping) notify.ready = notify.reloading = false;
  if (notify.remove) notify.store = false;
  return notify;
}

}  // namespace hammock::wire
