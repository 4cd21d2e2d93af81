// What programs write: from the fifo to the segment file by splice, which takes from the pipe only
// what it has written, so that a kill between the two neither loses nor doubles a byte. Nothing is
// parsed. docs/formats/log.md is the page of the files.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "keeper/state.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/folder.h"
#include "wire/log_index.h"

namespace hammock::keeper {
namespace {

constexpr std::uint64_t kSegmentDefault = 4 << 20;
constexpr std::uint32_t kWatched = EPOLLIN;
constexpr std::uint64_t kSpareDescriptors = 16;

void log_folder(const Keeper& k, std::uint32_t slot, os::Path& path) {
  const wire::SlotData& data = k.ledger.slot(slot).data;
  path.add(k.state.view()).add("/logs/").add(data.name()).add("/").add(data.instance);
}

// The largest number among the segments in the folder; 0 when there is none. After a boot the
// ledger has forgotten it.
std::uint64_t last_segment(const char* folder) {
  std::uint64_t last = 0;
  os::for_each_entry(folder, [&](const char* name, unsigned char) {
    if (auto number = wire::log_file_number(name)) last = std::max(last, *number);
  });
  return last;
}

// Where to go on when the ledger does not know: after the last segment, or in it while it is plain.
std::uint64_t first_segment(const os::Path& folder) {
  std::uint64_t last = last_segment(folder.c_str());
  if (last == 0) return 1;
  os::Path plain(folder.view(), "/", wire::log_file_name(last, ".log").data());
  return ::access(plain.c_str(), F_OK) == 0 ? last : last + 1;
}

// Output can wait in its pipe; the last descriptors are for whoever cannot wait, a new brain above
// all.
int open_at(const Keeper& k, const os::Path& folder, std::uint64_t segment,
            std::string_view suffix) {
  os::Path path(folder.view(), "/", wire::log_file_name(segment, suffix).data());
  os::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (fd && static_cast<std::uint64_t>(fd.get()) + kSpareDescriptors >= k.descriptors_max) {
    errno = EMFILE;
    return -1;
  }
  return fd.release();
}

// 0 or errno. The position in the log is the size of its file: that is what is surely written.
int open_segment(Keeper& k, std::uint32_t slot) {
  SlotState& s = k.slots[slot];
  wire::Slot& entry = k.ledger.slot(slot);
  os::Path folder;
  log_folder(k, slot, folder);
  if (!folder.fits()) return ENAMETOOLONG;
  if (int reason = os::make_folders(folder.c_str(), 0750); reason != 0) return reason;
  std::uint64_t segment = entry.data.log_segment;
  if (segment == 0) segment = first_segment(folder);
  int log = open_at(k, folder, segment, ".log");
  if (log < 0) return errno;
  struct stat info{};
  if (::fstat(log, &info) != 0) {
    int reason = errno;
    ::close(log);
    return reason;
  }
  s.log = log;
  s.log_bytes = static_cast<std::uint64_t>(info.st_size);
  s.last_index_us = 0;
  int index = open_at(k, folder, segment, ".idx");
  if (index >= 0) s.index = index;
  if (entry.data.log_segment != segment) wire::SlotWriter(entry)->log_segment = segment;
  return 0;
}

void close_segment(SlotState& s) {
  close_fd(s.log);
  close_fd(s.index);
}

// Appended after the bytes it speaks of; half an entry, left by a full disk, is written over.
void note_time(SlotState& s, std::uint64_t offset) {
  std::int64_t now_us = os::steady_us();
  if (s.index == 0 || (s.last_index_us != 0 && now_us - s.last_index_us < kIndexEveryUs)) return;
  struct stat info{};
  if (::fstat(s.index, &info) != 0) return;
  wire::LogIndexEntry entry{offset, os::wall_us()};
  off_t at = info.st_size / 16 * 16;
  if (::pwrite(s.index, &entry, sizeof entry, at) == sizeof entry) s.last_index_us = now_us;
}

void note_log_errno(Keeper& k, std::uint32_t slot, int reason) {
  wire::SlotWriter(k.ledger.slot(slot))->log_errno = reason;
  changed(k, slot);
}

void stall(Keeper& k, std::uint32_t slot, int reason) {
  SlotState& s = k.slots[slot];
  if (s.output_retry_us == 0) {
    k.outputs.remove(s.fifo);
    say("cannot write the log of ", k.ledger.slot(slot).data.name(), ": ", std::strerror(reason),
        "; its output waits in its pipe");
    s.output_backoff_us = kBackoffFirstUs;
    note_log_errno(k, slot, reason);
  } else {
    s.output_backoff_us = std::min(s.output_backoff_us * 2, kBackoffMaxUs);
  }
  close_segment(s);
  wait_until(k, slot, s.output_retry_us, os::steady_us() + s.output_backoff_us);
}

// How many bytes were moved; -errno when the log cannot be written.
std::int64_t move_bytes(Keeper& k, std::uint32_t slot, std::int64_t bytes_max) {
  SlotState& s = k.slots[slot];
  std::int64_t moved = 0;
  while (moved < bytes_max) {
    if (s.log == 0) {
      if (int reason = open_segment(k, slot); reason != 0) return -reason;
    }
    auto offset = static_cast<loff_t>(s.log_bytes);
    const auto most = static_cast<std::size_t>(bytes_max - moved);
    ssize_t count = ::splice(s.fifo, nullptr, s.log, &offset, most, SPLICE_F_NONBLOCK);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != EAGAIN) return -errno;
    if (count <= 0) break;
    note_time(s, s.log_bytes);
    s.log_bytes += static_cast<std::uint64_t>(count);
    moved += count;
    if (s.log_bytes >= (s.segment_bytes != 0 ? s.segment_bytes : kSegmentDefault)) {
      next_segment(k, slot);
    }
  }
  return moved;
}

// How many bytes wait in the pipe now. More than these are not asked for: a splice that runs after
// a program which writes line by line takes them line by line.
std::int64_t waiting_bytes(const SlotState& s) {
  int count = 0;
  return ::ioctl(s.fifo, FIONREAD, &count) == 0 ? count : 0;
}

// Something stands in its place. 0 or errno.
int clear_for_fifo(const os::Path& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0 || S_ISFIFO(info.st_mode)) return 0;
  ::unlink(path.c_str());
  return ::mkfifo(path.c_str(), 0600) == 0 ? 0 : errno;
}

}  // namespace

int open_output(Keeper& k, std::uint32_t slot) {
  SlotState& s = k.slots[slot];
  if (s.fifo != 0) return 0;
  os::Path path(k.runtime.view(), "/out/", slot, ".fifo");
  s.output_was_held = false;
  os::UniqueFd held;
  if (::mkfifo(path.c_str(), 0600) != 0) {
    if (errno != EEXIST) return errno;
    if (int reason = clear_for_fifo(path); reason != 0) return reason;
    held = os::open_read_fifo(path.c_str());
    s.output_was_held = static_cast<bool>(held);
  }
  int fd = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return errno;
  s.fifo = fd;
  // Ordinary users have a budget of pipe pages; a smaller pipe works too.
  s.pipe_bytes = ::fcntl(fd, F_GETPIPE_SZ);
  if (s.pipe_bytes < kPipeBytes && ::fcntl(fd, F_SETPIPE_SZ, kPipeBytes) < 0) {
    ::fcntl(fd, F_SETPIPE_SZ, kPipeBytes / 4);
  }
  s.pipe_bytes = ::fcntl(fd, F_GETPIPE_SZ);
  k.outputs.add(fd, kWatched, tag(Source::kFifo, slot));
  return 0;
}

void close_output(Keeper& k, std::uint32_t slot) {
  SlotState& s = k.slots[slot];
  if (s.fifo != 0) k.outputs.remove(s.fifo);
  close_fd(s.fifo);
  close_segment(s);
  s.output_retry_us = 0;
}

std::int64_t drain_output(Keeper& k, std::uint32_t slot) {
  SlotState& s = k.slots[slot];
  if (s.fifo == 0 || s.output_retry_us != 0) return 0;
  // Opening a log for an empty pipe would cost a descriptor in vain.
  const std::int64_t waiting = waiting_bytes(s);
  if (waiting == 0) return 0;
  std::int64_t moved = move_bytes(k, slot, waiting);
  if (moved > 0) k.ledger.slot(slot).active_us.store(os::monotonic_us());
  if (moved < 0) stall(k, slot, static_cast<int>(-moved));
  return std::max<std::int64_t>(moved, 0);
}

bool output_waits(const Keeper& k, std::uint32_t slot) {
  return k.slots[slot].fifo != 0 && waiting_bytes(k.slots[slot]) > 0;
}

void drain_output_to_end(Keeper& k, std::uint32_t slot) {
  std::int64_t moved = 0;
  // A child that goes on writing must not keep us.
  for (std::int64_t all = 0; all < kDrainBytesAtEnd && (moved = drain_output(k, slot)) > 0;)
    all += moved;
}

void retry_output(Keeper& k, std::uint32_t slot) {
  SlotState& s = k.slots[slot];
  std::int64_t moved = move_bytes(k, slot, std::max<std::int64_t>(waiting_bytes(s), 1));
  if (moved < 0) return stall(k, slot, static_cast<int>(-moved));
  s.output_retry_us = 0;
  note_log_errno(k, slot, 0);
  k.outputs.add(s.fifo, kWatched, tag(Source::kFifo, slot));
}

void next_segment(Keeper& k, std::uint32_t slot) {
  SlotState& s = k.slots[slot];
  if (s.log == 0 || s.log_bytes == 0) return;
  close_segment(s);
  s.log_bytes = 0;
  {
    wire::SlotWriter writer(k.ledger.slot(slot));
    writer->log_segment = writer->log_segment % wire::kLogSegmentMax + 1;
  }
  changed(k, slot);  // so that the brain expires older ones
}

// Light traffic is written when it comes. When there was output within the last millisecond
// already, the pipes are left alone for one: draining a busy pipe in large portions costs a tenth.
// Unless one was half full: its program must not wait for us.
void drain_outputs(Keeper& k, std::int64_t now_us) {
  std::array<epoll_event, kEventsPerTurn> events;
  std::size_t count = 0;
  std::size_t batch = 0;
  bool rush = false;
  do {
    batch = k.outputs.wait(events, 0);
    for (std::size_t i = 0; i < batch; ++i) {
      const auto slot = static_cast<std::uint32_t>(events[i].data.u64);
      rush |= drain_output(k, slot) * 2 >= k.slots[slot].pipe_bytes;
    }
    count += batch;
  } while (batch == events.size() && count < kSlots);
  const bool paced = k.pace_until_us != 0;
  const bool busy = count > 0 && !rush && now_us - k.last_drain_us < 2 * kPaceUs;
  if (count > 0) k.last_drain_us = now_us;
  if (busy != paced) k.epoll.change(k.outputs.fd(), busy ? 0U : kWatched, tag(Source::kOutputs));
  k.pace_until_us = busy ? now_us + kPaceUs : 0;
}

}  // namespace hammock::keeper
