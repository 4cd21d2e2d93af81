#include "shell/threads.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "os/file.h"
#include "os/folder.h"
#include "os/process.h"

namespace hammock::shell {
namespace {

constexpr std::size_t kFramesShown = 6;

std::string proc_text(const std::string& path) {
  std::array<char, 4096> bytes{};
  ssize_t count = os::read_small(path.c_str(), bytes);
  std::string text(bytes.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  while (text.ends_with('\n'))
    text.pop_back();
  return text;
}

// "[<0>] futex_wait_queue+0x60/0x90" of each line.
std::string frames_of(const std::string& stack) {
  std::string frames;
  std::size_t shown = 0;
  for (std::string_view line : split(stack, '\n')) {
    if (shown++ == kFramesShown) break;
    if (std::size_t name = line.find("] "); name != std::string_view::npos) {
      line.remove_prefix(name + 2);
    }
    line = line.substr(0, line.find('+'));
    if (!frames.empty()) frames += " < ";
    frames += line;
  }
  return frames;
}

std::string thread_line(const std::string& folder, pid_t thread) {
  auto stat = os::proc_stat(thread);
  std::string line = std::to_string(thread) + " " + printable(proc_text(folder + "/comm")) +
                     " state " + std::string(1, stat ? stat->state : '?');
  std::string where = frames_of(proc_text(folder + "/stack"));
  if (where.empty()) where = proc_text(folder + "/wchan");
  if (!where.empty() && where != "0") line += " in " + printable(where);
  return line;
}

}  // namespace

std::vector<std::string> threads_of(pid_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid) + "/task";
  std::vector<pid_t> threads;
  os::for_each_entry(folder.c_str(), [&](const char* name, unsigned char) {
    if (auto number = parse_decimal(name)) threads.push_back(static_cast<pid_t>(*number));
  });
  std::ranges::sort(threads);
  std::vector<std::string> lines;
  for (pid_t thread : threads) {
    if (lines.size() == kThreadsShown) break;
    lines.push_back(thread_line(folder + "/" + std::to_string(thread), thread));
  }
  return lines;
}

}  // namespace hammock::shell
