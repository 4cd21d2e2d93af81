// What programs say of themselves. Each program has a notify socket of its own, so a datagram needs
// no look-up to be attributed; the sender's pid is only asked for NotifyAccess. A datagram is
// looked at, written to the ledger, and then taken: a kill between the two repeats it, and never
// loses it.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "keeper/state.h"
#include "os/clock.h"
#include "os/process.h"

namespace hammock::keeper {
namespace {

constexpr std::size_t kFdsPerDatagram = 253;  // the kernel's own bound
constexpr int kReceiveBytes = 1 << 20;

struct Datagram {
  std::array<char, wire::kNotifyBytesMax + 1> bytes;
  std::size_t size = 0;
  bool whole = false;
  ucred sender{};
  BoundedVector<int, kFdsPerDatagram> fds;
};

// With MSG_PEEK there is room for the sender alone, so that no descriptor is duplicated.
bool receive(int socket, int flags, Datagram& datagram) {
  iovec part{datagram.bytes.data(), datagram.bytes.size()};
  constexpr std::size_t kSender = CMSG_SPACE(sizeof(ucred));
  alignas(cmsghdr) std::array<char, kSender + CMSG_SPACE(sizeof(int) * kFdsPerDatagram)> control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = (flags & MSG_PEEK) != 0 ? kSender : control.size();
  ssize_t count = ::recvmsg(socket, &message, flags | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (count < 0) return false;
  datagram.size = std::min(static_cast<std::size_t>(count), datagram.bytes.size());
  datagram.whole = (message.msg_flags & MSG_TRUNC) == 0;
  datagram.sender = {};
  for (cmsghdr* h = CMSG_FIRSTHDR(&message); h != nullptr; h = CMSG_NXTHDR(&message, h)) {
    if (h->cmsg_level != SOL_SOCKET) continue;
    if (h->cmsg_type == SCM_CREDENTIALS && h->cmsg_len >= CMSG_LEN(sizeof(ucred))) {
      std::memcpy(&datagram.sender, CMSG_DATA(h), sizeof datagram.sender);
    }
    if (h->cmsg_type != SCM_RIGHTS) continue;
    for (std::size_t i = 0; i < (h->cmsg_len - CMSG_LEN(0)) / sizeof(int); ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof fd);
      if (!datagram.fds.push(fd)) ::close(fd);
    }
  }
  return true;
}

bool may_speak(Keeper& k, std::uint32_t slot, const ucred& sender) {
  const SlotState& s = k.slots[slot];
  const auto main = static_cast<pid_t>(wire::life_pid(k.ledger.slot(slot).life.load()));
  if (sender.pid <= 0) return false;
  switch (static_cast<wire::NotifyAccess>(s.notify_access)) {
    case wire::NotifyAccess::kNone:
      return false;
    case wire::NotifyAccess::kMain:
    case wire::NotifyAccess::kExec:
      return sender.pid == main;
    case wire::NotifyAccess::kAll:
    case wire::NotifyAccess::kProgress:
      break;
  }
  // A helper that has ended cannot be looked up any more; its user can.
  return sender.pid == main || sender.uid == 0 || sender.uid == s.instance_uid ||
         belongs_to(k, slot, sender.pid);
}

void copy_text(std::string_view text, std::span<char> into) {
  std::size_t size = std::min(text.size(), into.size() - 1);
  // Not in the middle of a character.
  while (size > 0 && size < text.size() && (text[size] & 0xc0) == 0x80)
    --size;
  std::fill(into.begin(), into.end(), '\0');
  std::copy_n(text.begin(), size, into.begin());
}

// True when something changed that the brain waits for; a ping of the watchdog is not.
bool record_states(wire::Said& said, const wire::Notify& notify) {
  if (notify.watchdog) said.watchdog_us = os::steady_us();
  if (notify.watchdog_us) said.watchdog_timeout_us = static_cast<std::int64_t>(*notify.watchdog_us);
  if (notify.watchdog_trigger) said.watchdog_trigger = 1;
  if (notify.extend_us) {
    constexpr std::uint64_t kYearUs = 365ULL * 86400 * 1'000'000;
    auto extend_us = static_cast<std::int64_t>(std::min(*notify.extend_us, kYearUs));
    said.extend_until_us = std::max(said.extend_until_us, os::steady_us() + extend_us);
  }
  if (notify.stopping) said.stopping = 1;
  if (notify.reloading && said.stopping == 0) {
    said.reloading = 1;
    auto now_us = static_cast<std::uint64_t>(os::monotonic_us());
    said.reloading_us =
        static_cast<std::int64_t>(std::min(notify.monotonic_us.value_or(now_us), now_us));
  }
  if (notify.ready && said.stopping == 0) {
    if (said.reloading != 0) ++said.reloads_done;
    said.reloading = 0;
    said.ready = 1;
  }
  if (notify.status) copy_text(*notify.status, said.status);
  if (notify.error_name) copy_text(*notify.error_name, said.error_name);
  if (notify.error_number) said.error_number = *notify.error_number;
  if (notify.restart_reset) ++said.restart_resets;
  return notify.ready || notify.reloading || notify.stopping || notify.status ||
         notify.watchdog_us || notify.watchdog_trigger || notify.extend_us ||
         notify.restart_reset || notify.error_number || notify.error_name;
}

// MAINPID: from now on that process is the program. It must be one of its own, unless root says so.
void change_main(Keeper& k, std::uint32_t slot, const wire::Notify& notify, const ucred& sender) {
  SlotState& s = k.slots[slot];
  const pid_t pid = *notify.main_pid;
  if (pid == s.pid || pid == ::getpid() || s.ending || s.pid == 0) return;
  os::UniqueFd handle = os::open_pidfd(pid);
  auto stat = os::proc_stat(pid);
  if (!handle || !stat || (sender.uid != 0 && !belongs_to(k, slot, pid))) return;
  const std::uint64_t inode = os::pidfd_inode(handle.get());
  if (notify.main_pidfd_inode && inode != 0 && *notify.main_pidfd_inode != inode) return;
  if (k.epoll.add(handle.get(), EPOLLIN, tag(Source::kPidfd, slot)) != 0) return;
  close_fd(s.pidfd);
  s.pidfd = handle.release();
  s.start_ticks = stat->start_ticks;
  s.is_child = false;
  set_main(k, slot, pid);
  wire::Slot& entry = k.ledger.slot(slot);
  wire::SlotWriter writer(entry);
  writer->said.main_pid = pid;
  std::atomic_ref(writer->start_ticks).store(stat->start_ticks);
  writer->pidfs_inode = inode;
  entry.life.store(wire::make_life(writer->generation, static_cast<std::uint32_t>(pid)));
}

// It wakes nobody: who wants to know looks.
void record_progress(wire::Slot& entry, wire::Said& said, const wire::Progress& progress) {
  if (said.progress_done == progress.done && said.progress_total == progress.total) return;
  said.progress_done = progress.done;
  said.progress_total = progress.total;
  entry.active_us.store(os::monotonic_us());
}

void record(Keeper& k, std::uint32_t slot, const wire::Notify& notify, const ucred& sender) {
  SlotState& s = k.slots[slot];
  if (notify.main_pid) change_main(k, slot, notify, sender);
  if (notify.access) s.notify_access = static_cast<std::uint8_t>(*notify.access);
  bool tell = notify.main_pid.has_value();
  {
    wire::Slot& entry = k.ledger.slot(slot);
    wire::SlotWriter writer(entry);
    if (notify.progress) record_progress(entry, writer->said, *notify.progress);
    if (notify.access) writer->said.notify_access = static_cast<std::uint32_t>(*notify.access) + 1;
    tell |= record_states(writer->said, notify);
  }
  if (tell) changed(k, slot);
}

void store(Keeper& k, std::uint32_t slot, const wire::Notify& notify, Datagram& datagram) {
  wire::Hold hold_it;
  hold_it.kind = wire::HoldKind::kStored;
  hold_it.slot = slot;
  const wire::SlotData& owner = k.ledger.slot(slot).data;
  owner.name().copy(hold_it.service.data(), hold_it.service.size() - 1);
  hold_it.index = owner.instance;
  hold_it.flags = notify.poll_stored ? 0 : 1;
  std::string_view name = notify.fd_name.empty() ? "stored" : notify.fd_name;
  std::copy(name.begin(), name.end(), hold_it.name.begin());
  for (int& fd : datagram.fds)
    hold(k, hold_it, os::UniqueFd(std::exchange(fd, -1)), HoldFrom::kProgram);
}

wire::Notify progress_of(const wire::Notify& notify) {
  wire::Notify some;
  some.progress = notify.progress;
  some.status = notify.status;
  return some;
}

// False when there was nothing to take.
bool take_one(Keeper& k, std::uint32_t slot) {
  SlotState& s = k.slots[slot];
  Datagram datagram;
  if (!receive(s.notify, MSG_PEEK, datagram)) return false;
  // The count of descriptors is not known yet; only a barrier depends on it, and it records
  // nothing.
  auto notify = wire::parse_notify({datagram.bytes.data(), datagram.size}, 1);
  const auto access = static_cast<wire::NotifyAccess>(s.notify_access);
  if (notify && access == wire::NotifyAccess::kProgress) notify = progress_of(*notify);
  const bool heard = notify && datagram.whole && s.pid != 0 && may_speak(k, slot, datagram.sender);
  if (heard) record(k, slot, *notify, datagram.sender);
  if (!receive(s.notify, 0, datagram)) return false;
  if (heard && notify->remove && !notify->fd_name.empty())
    drop_stored(k, slot, notify->fd_name, true);
  if (heard && notify->store) store(k, slot, *notify, datagram);
  // A barrier is answered by closing its descriptor, now that all before it is done.
  for (int fd : datagram.fds) {
    if (fd >= 0) ::close(fd);
  }
  return true;
}

}  // namespace

void notify_path(const Keeper& k, std::uint32_t slot, os::Path& path) {
  path.add(k.runtime.view()).add("/notify/").add(slot);
}

void ready_path(const Keeper& k, std::uint32_t slot, os::Path& path) {
  path.add(k.runtime.view()).add("/out/").add(slot).add(".ready");
}

void watch_notify(Keeper& k, std::uint32_t slot, int fd) {
  SlotState& s = k.slots[slot];
  s.notify = fd;
  s.notify_sent = false;
  k.link.holds_dirty = true;
  k.epoll.add(fd, EPOLLIN, tag(Source::kNotify, slot));
}

// The brain has a copy, so closing ours alone would leave it in the epoll set, readable for ever.
void unwatch_notify(Keeper& k, SlotState& s) {
  if (s.notify != 0) k.epoll.remove(s.notify);
  close_fd(s.notify);
}

int open_notify(Keeper& k, std::uint32_t slot, std::uint32_t uid) {
  os::Path path;
  notify_path(k, slot, path);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.view().size() >= sizeof address.sun_path) return ENAMETOOLONG;
  if (k.slots[slot].notify != 0 && ::access(path.c_str(), F_OK) == 0) return 0;
  std::copy(path.view().begin(), path.view().end(), address.sun_path);
  os::UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return errno;
  int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &kReceiveBytes, sizeof kReceiveBytes);
  ::unlink(path.c_str());
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return errno;
  // Whoever the program becomes may speak; who is heard is decided by pid and user.
  if (::chmod(path.c_str(), 0666) != 0) return errno;
  [[maybe_unused]] int ignored = ::chown(path.c_str(), uid, static_cast<gid_t>(-1));
  unwatch_notify(k, k.slots[slot]);
  watch_notify(k, slot, fd.release());
  return 0;
}

void drain_notify(Keeper& k, std::uint32_t slot, int most) {
  if (k.slots[slot].notify == 0) return;
  for (int i = 0; i < most && take_one(k, slot); ++i) {
  }
}

int open_ready(Keeper& k, std::uint32_t slot, bool anew) {
  SlotState& s = k.slots[slot];
  close_fd(s.ready_pipe);
  os::Path path;
  ready_path(k, slot, path);
  if (anew) {
    ::unlink(path.c_str());
    if (::mkfifo(path.c_str(), 0600) != 0) return errno;
  }
  int fd = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return errno;
  s.ready_pipe = fd;
  k.epoll.add(fd, EPOLLIN, tag(Source::kReady, slot));
  return 0;
}

// The first newline means ready. The bytes are looked at in a copy (tee), written down, and only
// then taken, so that a kill between the two does not lose the word.
void drain_ready(Keeper& k, std::uint32_t slot) {
  SlotState& s = k.slots[slot];
  if (s.ready_pipe == 0) return;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return;
  os::UniqueFd out(ends[0]);
  os::UniqueFd in(ends[1]);
  std::array<char, 4096> bytes;
  for (int i = 0; i < kDatagramsPerTurn; ++i) {
    ssize_t count = ::tee(s.ready_pipe, in.get(), bytes.size(), SPLICE_F_NONBLOCK);
    if (count <= 0) return;
    count = ::read(out.get(), bytes.data(), static_cast<std::size_t>(count));
    if (count <= 0) return;
    if (std::memchr(bytes.data(), '\n', static_cast<std::size_t>(count)) != nullptr) {
      wire::SlotWriter(k.ledger.slot(slot))->said.ready = 1;
      close_fd(s.ready_pipe);
      changed(k, slot);
      return;
    }
    [[maybe_unused]] ssize_t taken =
        ::read(s.ready_pipe, bytes.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace hammock::keeper
