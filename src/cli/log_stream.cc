#include "cli/log_stream.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace hammock::cli {
namespace {

constexpr std::size_t kChunkBytes = 64 << 10;

os::UniqueFd open_to_read(const std::string& path) {
  return os::UniqueFd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
}

std::uint64_t size_of(int fd) {
  struct stat found{};
  return fstat(fd, &found) == 0 ? static_cast<std::uint64_t>(found.st_size) : 0;
}

// Up to `bytes` bytes at `offset`; fewer at the end or when the disk fails.
std::string read_at(int fd, std::uint64_t offset, std::size_t bytes) {
  std::string text(bytes, '\0');
  std::size_t got = 0;
  while (got < bytes) {
    ssize_t count = pread(fd, text.data() + got, bytes - got, static_cast<off_t>(offset + got));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    got += static_cast<std::size_t>(count);
  }
  text.resize(got);
  return text;
}

// The whole entries from the n-th on; what is cut off at the end is left for later.
void read_index(int fd, std::vector<wire::LogIndexEntry>& into) {
  std::uint64_t known = into.size() * sizeof(wire::LogIndexEntry);
  std::uint64_t size = size_of(fd);
  if (size <= known) return;
  std::string bytes = read_at(fd, known, static_cast<std::size_t>(size - known));
  std::size_t entries = bytes.size() / sizeof(wire::LogIndexEntry);
  for (std::size_t i = 0; i < entries; ++i) {
    wire::LogIndexEntry entry;
    std::copy_n(bytes.data() + i * sizeof entry, sizeof entry, reinterpret_cast<char*>(&entry));
    into.push_back(entry);
  }
}

// Walks back from the end of a file over the starts of lines.
class BackwardNewlines {
 public:
  BackwardNewlines(int fd, std::uint64_t size) : fd_(fd), left_(size) {}
  // The offset of the previous newline; nothing at the beginning.
  std::optional<std::uint64_t> next() {
    for (;;) {
      auto found = chunk_.rfind('\n');
      if (found != std::string::npos) {
        chunk_.resize(found);
        return left_ + found;
      }
      if (left_ == 0) return std::nullopt;
      auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(left_, kChunkBytes));
      left_ -= bytes;
      chunk_ = read_at(fd_, left_, bytes);
      if (chunk_.empty()) return std::nullopt;
    }
  }

 private:
  int fd_;
  std::uint64_t left_;
  std::string chunk_;
};

}  // namespace

LogStream::LogStream(std::string folder) : folder_(std::move(folder)) {}

std::string LogStream::path_of(std::uint64_t number, std::string_view suffix) const {
  return folder_ + "/" + wire::log_file_name(number, suffix).data();
}

std::vector<std::uint64_t> LogStream::segments() const {
  std::vector<std::uint64_t> numbers;
  DIR* folder = opendir(folder_.c_str());
  if (folder == nullptr) return numbers;
  while (const dirent* entry = readdir(folder)) {
    std::string_view name(entry->d_name);
    auto number = wire::log_file_number(name);
    if (number && name.substr(8) == ".log") numbers.push_back(*number);
  }
  closedir(folder);
  std::ranges::sort(numbers);
  return numbers;
}

bool LogStream::open_segment(std::uint64_t number, std::uint64_t offset) {
  os::UniqueFd file = open_to_read(path_of(number, ".log"));
  if (!file) return false;
  file_ = std::move(file);
  index_file_ = open_to_read(path_of(number, ".idx"));
  segment_ = number;
  open_ = true;
  index_.clear();
  chunk_.clear();
  chunk_used_ = 0;
  chunk_offset_ = offset;
  return true;
}

bool LogStream::advance() {
  for (std::uint64_t number : segments()) {
    if (open_ && number <= segment_) continue;
    // What stood between is gone: the line that began in front of the gap has no end.
    bool gap = open_ && number != segment_ + 1;
    if (!open_segment(number, 0)) continue;
    if (gap) skipping_ = false;
    gap_ = gap_ || gap;
    return true;
  }
  return false;
}

void LogStream::refresh_index() {
  if (!index_file_) index_file_ = open_to_read(path_of(segment_, ".idx"));
  if (index_file_) read_index(index_file_.get(), index_);
}

std::optional<Instant> LogStream::time_at(std::uint64_t offset) const {
  auto wall_us = wire::log_time_at(index_, offset);
  if (!wall_us) return std::nullopt;
  return Instant(Duration(*wall_us));
}

bool LogStream::fill() {
  chunk_offset_ += chunk_.size();
  chunk_.clear();
  chunk_used_ = 0;
  for (;;) {
    // Whether a later segment exists is asked first: once it does, this one no longer grows.
    std::vector<std::uint64_t> numbers;
    if (open_) {
      chunk_ = read_at(file_.get(), chunk_offset_, kChunkBytes);
      if (chunk_.empty()) numbers = segments();
      bool finished = !numbers.empty() && numbers.back() > segment_;
      if (finished) chunk_ = read_at(file_.get(), chunk_offset_, kChunkBytes);
      if (!chunk_.empty()) {
        refresh_index();
        return true;
      }
      if (!finished) return false;
    }
    if (!advance()) return false;
  }
}

LogLine LogStream::take_pending(bool whole) {
  LogLine line{pending_at_, std::move(pending_), whole};
  pending_.clear();
  if (whole) pending_at_.reset();
  return line;
}

std::optional<LogLine> LogStream::next() {
  for (;;) {
    std::string_view rest = std::string_view(chunk_).substr(chunk_used_);
    if (rest.empty()) {
      if (!fill()) return std::nullopt;
      if (std::exchange(gap_, false) && !pending_.empty()) return take_pending(true);
      continue;
    }
    auto newline = rest.find('\n');
    if (skipping_) {
      chunk_used_ += newline == std::string_view::npos ? rest.size() : newline + 1;
      skipping_ = newline == std::string_view::npos;
      continue;
    }
    if (pending_.empty() && !pending_at_) pending_at_ = time_at(chunk_offset_ + chunk_used_);
    std::size_t room = kLogPieceBytes - pending_.size();
    std::size_t take = std::min({newline, rest.size(), room});
    pending_ += rest.substr(0, take);
    chunk_used_ += take;
    if (take == newline) {
      ++chunk_used_;
      return take_pending(true);
    }
    if (pending_.size() == kLogPieceBytes) return take_pending(false);
  }
}

std::optional<LogLine> LogStream::unfinished() {
  if (pending_.empty()) return std::nullopt;
  return take_pending(true);
}

std::size_t LogStream::seek_last(std::size_t count) {
  std::vector<std::uint64_t> numbers = segments();
  std::size_t starts = 0;
  bool at_end = true;  // nothing follows: a newline here ends the last line and begins none
  std::optional<Place> first;
  for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) {
    os::UniqueFd file = open_to_read(path_of(*number, ".log"));
    if (!file) break;
    std::uint64_t size = size_of(file.get());
    if (!first) first = Place{*number, size};
    BackwardNewlines newlines(file.get(), size);
    while (starts < count) {
      auto newline = newlines.next();
      if (!newline) break;
      bool begins = !(at_end && *newline + 1 == size);
      at_end = false;
      if (!begins) continue;
      ++starts;
      first = Place{*number, *newline + 1};
    }
    if (starts == count) break;
    if (size > 0) at_end = false;
    bool oldest = number + 1 == numbers.rend();
    if (oldest && !at_end) {
      ++starts;
      first = Place{*number, 0};
    }
  }
  if (first) open_segment(first->segment, first->offset);
  return starts;
}

std::optional<LogStream::Place> LogStream::place_since(std::uint64_t number,
                                                       std::int64_t since_us) const {
  std::vector<wire::LogIndexEntry> entries;
  if (os::UniqueFd file = open_to_read(path_of(number, ".idx"))) read_index(file.get(), entries);
  for (const wire::LogIndexEntry& entry : entries) {
    if (entry.wall_us >= since_us) return Place{number, entry.offset};
  }
  struct stat found{};
  bool changed_since = stat(path_of(number, ".log").c_str(), &found) == 0 &&
                       found.st_mtim.tv_sec * 1'000'000 + found.st_mtim.tv_nsec / 1'000 >= since_us;
  if (entries.empty() && changed_since) return Place{number, 0};
  return std::nullopt;
}

void LogStream::seek_since(Instant since) {
  std::vector<std::uint64_t> numbers = segments();
  for (std::uint64_t number : numbers) {
    auto place = place_since(number, since.time_since_epoch().count());
    if (!place || !open_segment(place->segment, place->offset)) continue;
    skip_to_line_start();
    return;
  }
  // Nothing came since: what follows is what comes.
  if (!numbers.empty() && open_segment(numbers.back(), 0)) chunk_offset_ = size_of(file_.get());
}

// Where we are told to begin may be inside a line, also one that began in the segment before.
void LogStream::skip_to_line_start() {
  std::string before;
  if (chunk_offset_ > 0) {
    before = read_at(file_.get(), chunk_offset_ - 1, 1);
  } else if (segment_ > 0) {
    os::UniqueFd file = open_to_read(path_of(segment_ - 1, ".log"));
    std::uint64_t size = file ? size_of(file.get()) : 0;
    if (size > 0) before = read_at(file.get(), size - 1, 1);
  }
  skipping_ = !before.empty() && before != "\n";
}

}  // namespace hammock::cli
