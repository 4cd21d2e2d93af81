// Everything that a program has become: its main process and whatever that left behind. With a
// cgroup the kernel knows. Without one, a process belongs to a program when it is in the session
// that the program began with, or carries the program's HAMMOCK_ID in its environment.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstring>
#include <utility>

#include "keeper/state.h"
#include "os/cgroup.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/folder.h"
#include "os/process.h"

namespace hammock::keeper {
namespace {

template <class Visit>
void for_each_process(Visit visit) {
  os::for_each_entry("/proc", [&](const char* entry, unsigned char) {
    const std::string_view name(entry);
    pid_t pid = 0;
    auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error == std::errc() && end == name.data() + name.size()) visit(pid);
  });
}

void marker(const Keeper& k, std::uint32_t slot, os::FixedText<64>& text) {
  text.add("HAMMOCK_ID=").add_hex(k.identity).add(":").add(slot).add(":");
}

// Looks for the marker at the start of an entry of /proc/PID/environ, reading through a window.
bool carries(pid_t pid, std::string_view wanted) {
  os::UniqueFd fd(::open(os::Path("/proc/", pid, "/environ").c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return false;
  std::array<char, 8192> window;
  std::size_t kept = 0;
  while (true) {
    ssize_t count = ::read(fd.get(), window.data() + kept, window.size() - kept);
    if (count <= 0) return false;
    std::string_view text(window.data(), kept + static_cast<std::size_t>(count));
    if (text.find(wanted) != std::string_view::npos) return true;
    kept = std::min(text.size(), wanted.size());
    std::memmove(window.data(), text.data() + text.size() - kept, kept);
  }
}

bool is_member(const Keeper& k, std::uint32_t slot, pid_t pid, const os::ProcStat& stat) {
  const SlotState& s = k.slots[slot];
  if (pid == s.pid) return true;
  if (s.session != 0 && stat.session == s.session) return true;
  os::FixedText<64> wanted;
  marker(k, slot, wanted);
  return carries(pid, wanted.view());
}

// True when a child of ours is nobody's main process: only then can a program whose main process
// was our child have left something behind.
bool have_orphans(const Keeper& k) {
  os::Path path("/proc/self/task/", ::getpid(), "/children");
  os::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return true;
  std::array<char, 4096> text;
  pid_t pid = 0;
  while (true) {
    ssize_t count = ::read(fd.get(), text.data(), text.size());
    if (count < 0) return true;
    if (count == 0) return false;
    for (ssize_t i = 0; i < count; ++i) {
      char c = text[static_cast<std::size_t>(i)];
      if (c >= '0' && c <= '9') {
        pid = pid * 10 + (c - '0');
      } else if (pid != 0) {
        if (pid != k.brain.pid && slot_of_pid(k, pid) == kSlots) return true;
        pid = 0;
      }
    }
  }
}

// Between SIGKILL and its end a process has no memory, so no environment, but still has its files
// and ports: it cannot be recognised, and is not gone. So who was killed is remembered by a handle.
// More than kDyingMax at once are looked at in turns: the next sweep finds who was left out, unless
// it was in just that state.
void remember_dying(Keeper& k, std::uint32_t slot, pid_t pid, os::UniqueFd handle) {
  for (Dying& dying : k.dying) {
    if (dying.pidfd == 0) {
      dying = {handle.release(), pid, slot};
      return;
    }
    if (dying.pid == pid && dying.slot == slot) return;
  }
}

// How many of those who were killed have not ended.
int count_dying(Keeper& k, std::uint32_t slot) {
  int count = 0;
  for (Dying& dying : k.dying) {
    if (dying.pidfd == 0 || dying.slot != slot) continue;
    pollfd poll{dying.pidfd, POLLIN, 0};
    if (::poll(&poll, 1, 0) == 0) {
      ++count;
      continue;
    }
    close_fd(dying.pidfd);
    dying = {};
  }
  return count;
}

// Sends the signal to every living member; how many there were. Signal 0 only counts.
int sweep(Keeper& k, std::uint32_t slot, int signal) {
  int members = 0;
  for_each_process([&](pid_t pid) {
    if (pid == ::getpid() || pid == 1 || pid == k.brain.pid) return;
    // The handle first: what we look at is then what we signal.
    os::UniqueFd handle = os::open_pidfd(pid);
    auto stat = os::proc_stat(pid);
    if (!handle || !stat || stat->state == 'Z' || stat->state == 'X') return;
    if (!is_member(k, slot, pid, *stat)) return;
    ++members;
    if (signal != 0) os::pidfd_signal(handle.get(), signal);
    if (signal == SIGKILL) remember_dying(k, slot, pid, std::move(handle));
  });
  return members;
}

void signal_leaf(Keeper& k, std::uint32_t slot, int signal) {
  os::Path leaf;
  leaf_path(k, slot, leaf);
  os::UniqueFd fd(::open(os::Path(leaf.view(), "/cgroup.procs").c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> text;
  pid_t pid = 0;
  ssize_t count = 0;
  while (fd && (count = ::read(fd.get(), text.data(), text.size())) > 0) {
    for (ssize_t i = 0; i < count; ++i) {
      char c = text[static_cast<std::size_t>(i)];
      if (c >= '0' && c <= '9') {
        pid = pid * 10 + (c - '0');
      } else if (pid != 0) {
        ::kill(pid, signal);
        pid = 0;
      }
    }
  }
}

}  // namespace

bool tree_lives(Keeper& k, std::uint32_t slot) {
  SlotState& s = k.slots[slot];
  if (s.in_leaf) return leaf_populated(k, slot);
  if (count_dying(k, slot) > 0) return true;
  if (s.is_child && !have_orphans(k)) return false;
  return sweep(k, slot, 0) > 0;
}

void kill_tree(Keeper& k, std::uint32_t slot, int signal) {
  SlotState& s = k.slots[slot];
  if (signal != SIGKILL) {
    if (s.in_leaf)
      signal_leaf(k, slot, signal);
    else
      sweep(k, slot, signal);
    return;
  }
  if (s.in_leaf) {
    os::Path leaf;
    leaf_path(k, slot, leaf);
    s.leaf_spoiled = true;
    os::cgroup_write(leaf.c_str(), "cgroup.kill", "1");
  } else {
    sweep(k, slot, SIGKILL);
  }
  // Again until it is empty: somebody may have forked between our look and our signal.
  s.check_backoff_us = std::clamp<std::int64_t>(s.check_backoff_us * 2, 1000, kBackoffFirstUs);
  wait_until(k, slot, s.check_us, os::steady_us() + s.check_backoff_us);
}

bool belongs_to(Keeper& k, std::uint32_t slot, pid_t pid) {
  if (k.slots[slot].in_leaf) {
    std::array<char, 1024> text;
    ssize_t count = os::read_small(os::Path("/proc/", pid, "/cgroup").c_str(), text);
    os::Path leaf;
    leaf_path(k, slot, leaf);
    std::string_view tail = leaf.view().substr(leaf.view().rfind("/hammock-"));
    std::string_view groups(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    std::size_t at = groups.find(tail);
    return at != std::string_view::npos &&
           (at + tail.size() == groups.size() || groups[at + tail.size()] == '\n');
  }
  auto stat = os::proc_stat(pid);
  return stat && is_member(k, slot, pid, *stat);
}

}  // namespace hammock::keeper
