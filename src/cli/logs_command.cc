#include <dirent.h>
#include <poll.h>
#include <sys/inotify.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/log_format.h"
#include "cli/when.h"
#include "os/unique_fd.h"

namespace hammock::cli {
namespace {

constexpr std::size_t kLinesDefault = 100;
// Older kernels do not report what splice(2) writes, so a follower looks by itself now and then.
constexpr int kLookAgainMs = 250;

struct Wanted {
  std::string service;
  std::string folder;  // of the service
  std::optional<std::uint32_t> instance;
  std::optional<std::size_t> lines;  // nothing: all
  std::optional<Instant> since;
  bool follow = false;
};

std::vector<std::uint32_t> instances_of(const std::string& folder) {
  std::vector<std::uint32_t> numbers;
  DIR* directory = opendir(folder.c_str());
  if (directory == nullptr) return numbers;
  while (const dirent* entry = readdir(directory)) {
    auto number = parse_decimal(entry->d_name);
    if (number && *number > 0 && *number < UINT32_MAX) {
      numbers.push_back(static_cast<std::uint32_t>(*number));
    }
  }
  closedir(directory);
  std::ranges::sort(numbers);
  return numbers;
}

// The options, or the sentence that says what is wrong with them.
Result<Wanted> understand(const Session& session, const Invocation& invocation) {
  Wanted wanted;
  wanted.service = *invocation.value("NAME");
  wanted.folder = session.places.logs() + "/" + wanted.service;
  wanted.follow = invocation.flag("follow");
  if (auto text = invocation.value("instance")) {
    auto number = parse_decimal(*text);
    if (!number || *number == 0 || *number >= UINT32_MAX) {
      return fail(ErrorCode::kInvalid,
                  "`--instance` is a number from 1, not `" + printable(*text) + "`");
    }
    wanted.instance = static_cast<std::uint32_t>(*number);
  }
  if (auto text = invocation.value("since")) {
    auto age = parse_duration(*text);
    wanted.since = age ? wall_now() - *age : parse_instant(*text).value_or(Instant::max());
    if (*wanted.since == Instant::max()) {
      return fail(ErrorCode::kInvalid,
                  "`--since` is an age such as 10m, or an instant such as "
                  "2026-11-23T04:00:00Z, not `" +
                      printable(*text) + "`");
    }
  }
  auto lines = invocation.value("lines");
  if (!lines && !wanted.since) wanted.lines = kLinesDefault;
  if (lines && *lines != "all") {
    auto number = parse_decimal(*lines);
    if (!number) {
      return fail(ErrorCode::kInvalid,
                  "`--lines` is a number or `all`, not `" + printable(*lines) + "`");
    }
    wanted.lines = static_cast<std::size_t>(*number);
  }
  return wanted;
}

std::string folder_of(const Wanted& wanted, std::uint32_t instance) {
  return wanted.folder + "/" + std::to_string(instance);
}

std::size_t count_since(const std::string& folder, Instant since) {
  LogStream stream(folder);
  stream.seek_since(since);
  std::size_t count = 0;
  while (auto line = stream.next())
    count += line->whole ? 1 : 0;
  return count + (stream.unfinished() ? 1 : 0);
}

// Adds the instances at their places; returns how many of the first lines are too many.
std::size_t begin(const Wanted& wanted, LogMerge& merge) {
  std::size_t total = 0;
  for (std::uint32_t instance : instances_of(wanted.folder)) {
    if (wanted.instance && *wanted.instance != instance) continue;
    LogStream stream(folder_of(wanted, instance));
    if (wanted.since) {
      stream.seek_since(*wanted.since);
      if (wanted.lines) total += count_since(folder_of(wanted, instance), *wanted.since);
    } else if (wanted.lines) {
      total += stream.seek_last(*wanted.lines);
    }
    merge.add(instance, std::move(stream));
  }
  return wanted.lines && total > *wanted.lines ? total - *wanted.lines : 0;
}

class Output {
 public:
  Output(const Screen& screen, LogWriter& writer, std::size_t skip)
      : screen_(screen), writer_(writer), skip_(skip) {}
  ~Output() { flush(); }
  void take(const MergedLine& line) {
    if (skip_ > 0) {
      skip_ -= line.line.whole ? 1 : 0;
      return;
    }
    buffer_ += writer_.text_of(line);
    if (buffer_.size() >= kBufferBytes) flush();
  }
  void flush() {
    screen_.write(buffer_);
    buffer_.clear();
  }

 private:
  static constexpr std::size_t kBufferBytes = 64 << 10;
  const Screen& screen_;
  LogWriter& writer_;
  std::size_t skip_;
  std::string buffer_;
};

// Wakes up when something changes in the folders, and now and then by itself.
class FolderWatch {
 public:
  FolderWatch() : fd_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {}
  void add(const std::string& folder) {
    inotify_add_watch(fd_.get(), folder.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE);
  }
  void wait() {
    pollfd one{fd_.get(), POLLIN, 0};
    poll(&one, 1, kLookAgainMs);
    std::array<char, 4096> events;
    while (read(fd_.get(), events.data(), events.size()) > 0) {
    }
  }

 private:
  os::UniqueFd fd_;
};

void follow(const Wanted& wanted, LogMerge& merge, LogWriter& writer, Output& output) {
  FolderWatch watch;
  watch.add(wanted.folder);
  for (std::uint32_t instance : instances_of(wanted.folder)) {
    watch.add(folder_of(wanted, instance));
  }
  for (;;) {
    watch.wait();
    for (std::uint32_t instance : instances_of(wanted.folder)) {
      if (merge.has(instance) || (wanted.instance && *wanted.instance != instance)) continue;
      merge.add(instance, LogStream(folder_of(wanted, instance)));
      watch.add(folder_of(wanted, instance));
      if (merge.size() > 1) writer.name_instances();
    }
    while (auto line = merge.next())
      output.take(*line);
    output.flush();
  }
}

int say_no_log(const Session& session, const Wanted& wanted) {
  std::vector<std::string> known = known_services(session);
  if (std::ranges::find(known, wanted.service) == known.end()) {
    return say_unknown_service(session, wanted.service, known);
  }
  return say(session, Exit::kDone, "`" + wanted.service + "` has written nothing yet");
}

}  // namespace

int run_logs(const Session& session, const Invocation& invocation) {
  auto wanted = understand(session, invocation);
  if (!wanted) return say(session, wanted.error());
  if (!is_service_name(wanted->service)) {
    return say_unknown_service(session, wanted->service, known_services(session));
  }
  LogMerge merge;
  std::size_t skip = begin(*wanted, merge);
  if (merge.size() == 0) {
    if (access(wanted->folder.c_str(), R_OK | X_OK) != 0 && errno == EACCES) {
      return say(session, Exit::kNotPermitted,
                 "the logs in " + wanted->folder + " are not yours to read");
    }
    if (wanted->instance && !instances_of(wanted->folder).empty()) {
      return say(session, Exit::kUsage,
                 "`" + wanted->service + "` has no instance " + std::to_string(*wanted->instance));
    }
    if (!wanted->follow) return say_no_log(session, *wanted);
  }
  LogWriter writer(
      {wanted->service, merge.size() > 1, invocation.flag("times"), session.out.look()});
  Output output(session.out, writer, skip);
  while (auto line = merge.next())
    output.take(*line);
  if (wanted->follow) {
    output.flush();
    follow(*wanted, merge, writer, output);
  }
  while (auto line = merge.unfinished())
    output.take(*line);
  return code(Exit::kDone);
}

}  // namespace hammock::cli
