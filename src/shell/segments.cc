#include "shell/segments.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "wire/log_index.h"

namespace hammock::shell {
namespace {

// One folder holds an instance's files, all named by their segment.
std::vector<Segment> segments_in(const std::string& folder) {
  std::map<std::uint64_t, Segment> segments;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    auto number = wire::log_file_number(entry.path().filename().native());
    struct stat file{};
    if (!number || lstat(entry.path().c_str(), &file) != 0) continue;
    Segment& segment = segments[*number];
    segment.number = *number;
    segment.bytes += static_cast<std::uint64_t>(file.st_size);
    segment.newest = std::max(segment.newest, Instant(std::chrono::seconds(file.st_mtim.tv_sec)));
  }
  std::vector<Segment> list;
  for (const auto& [number, segment] : segments)
    list.push_back(segment);
  return list;
}

}  // namespace

std::vector<std::uint64_t> expired_segments(const std::vector<Segment>& segments,
                                            std::uint64_t writing, std::uint64_t keep_bytes,
                                            std::optional<Duration> keep_for, Instant now) {
  std::uint64_t total = 0;
  for (const Segment& segment : segments)
    total += segment.bytes;
  std::vector<std::uint64_t> expired;
  for (const Segment& segment : segments) {
    if (segment.number >= writing) break;
    bool too_much = total > keep_bytes;
    bool too_old = keep_for && segment.newest + *keep_for < now;
    if (!too_much && !too_old) break;
    expired.push_back(segment.number);
    total -= segment.bytes;
  }
  return expired;
}

void expire_logs(const std::string& folder, std::uint64_t writing, std::uint64_t keep_bytes,
                 std::optional<Duration> keep_for, Instant now) {
  auto expired = expired_segments(segments_in(folder), writing, keep_bytes, keep_for, now);
  if (expired.empty()) return;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    auto number = wire::log_file_number(entry.path().filename().native());
    if (!number || std::ranges::find(expired, *number) == expired.end()) continue;
    std::error_code ignored;  // it will be tried again at the next change of segment
    std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace hammock::shell
