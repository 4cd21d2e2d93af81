#include "cli/up_detach.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "base/signals.h"
#include "base/text.h"
#include "cli/control.h"
#include "cli/readiness.h"
#include "os/file.h"
#include "os/process.h"

namespace hammock::cli {
namespace {

constexpr int kLookAgainMs = 50;
constexpr std::size_t kTailBytes = 2000;
// What a service is called in the moment between two steps (a reflex restart) is not its fate.
// The first retry comes within the default back-off of 500 ms.
constexpr std::chrono::seconds kFailedFor{2};

Result<os::UniqueFd> open_own_log(const Places& places) {
  std::string path = own_log(places);
  struct stat found{};
  if (stat(path.c_str(), &found) == 0 && found.st_size > static_cast<off_t>(kOwnLogBytesMax) &&
      rename(path.c_str(), (path + ".1").c_str()) != 0) {
    return fail_errno("rename " + path);
  }
  os::UniqueFd file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!file) return fail_errno("open " + path);
  return file;
}

[[noreturn]] void become(const std::vector<std::string>& command, int log, int report) {
  setsid();
  os::UniqueFd nothing(open("/dev/null", O_RDONLY));
  if (nothing) dup2(nothing.get(), STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : command)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execv(arguments.front(), arguments.data());
  int reason = errno;
  os::write_all(report, {reinterpret_cast<const char*>(&reason), sizeof reason});
  _exit(127);
}

// The keeper has ended although it should not: how, and what it said last.
int say_keeper_ended(const Session& session, int status) {
  std::string how = WIFSIGNALED(status) ? "by signal " + signal_name(WTERMSIG(status))
                                        : "with code " + std::to_string(WEXITSTATUS(status));
  if (auto log = os::read_file(own_log(session.places))) {
    std::string_view tail = *log;
    if (tail.size() > kTailBytes) {
      tail.remove_prefix(tail.size() - kTailBytes);
      tail.remove_prefix(std::min(tail.find('\n') + 1, tail.size()));
    }
    for (std::string_view line : split(tail, '\n')) {
      if (!line.empty()) session.err.write("  " + printable(line) + "\n");
    }
  }
  int result = say(
      session, Exit::kAgain,
      "Hammock has ended " + how + "; the lines above are the last of " + own_log(session.places));
  bool own_code = WIFEXITED(status) && WEXITSTATUS(status) != 0;
  return own_code ? WEXITSTATUS(status) : result;
}

int say_not_ready(const Session& session, const Readiness& readiness, std::string_view why) {
  for (const std::string& line : readiness.not_ready) {
    session.err.write(wrapped(line, session.err.look().width, 2));
  }
  return say(session, Exit::kAgain,
             std::string(why) +
                 "; Hammock runs and goes on trying: `hammock status` shows it, "
                 "`hammock logs NAME` what a service said");
}

}  // namespace

std::string own_log(const Places& places) {
  return places.state + "/hammock.log";
}

Result<Detached> start_detached(const Session& session, const std::vector<std::string>& command) {
  auto log = open_own_log(session.places);
  if (!log) return std::unexpected(std::move(log).error());
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("make a pipe");
  os::UniqueFd reader(ends[0]);
  os::UniqueFd writer(ends[1]);
  pid_t pid = fork();
  if (pid < 0) return fail_errno("start a process");
  if (pid == 0) become(command, log->get(), writer.get());
  writer.reset();
  int reason = 0;
  if (os::read_all(reader.get(), {reinterpret_cast<char*>(&reason), sizeof reason}) ==
      sizeof reason) {
    waitpid(pid, nullptr, 0);
    return fail_errno("start " + command.front(), reason);
  }
  return Detached{pid, os::open_pidfd(pid)};
}

std::optional<int> wait_until_ready(const Session& session, const Detached& keeper,
                                    const std::vector<std::string>& services, Duration within) {
  Progress progress(session.out);
  Instant began = wall_now();
  Deadline deadline = deadline_in(std::chrono::ceil<std::chrono::milliseconds>(within));
  Deadline failing_since = Deadline::max();
  Readiness readiness = judge_readiness({}, services, began);
  bool answered = false;  // where there are only jobs, nothing is wanted of one who has not
  for (;;) {
    if (auto status = brain_status(session)) {
      answered = true;
      readiness = judge_readiness(*status, services, began);
    } else if (status.error().code == ErrorCode::kNotPermitted) {
      return say(session, status.error());
    }
    progress.show(readiness.progress);
    auto now = std::chrono::steady_clock::now();
    if (answered && readiness.verdict == Verdict::kReady) {
      progress.clear();
      if (keeper.handle && whole_house(session) != keeper.pid) return std::nullopt;
      if (session.out.look().terminal) session.out.write(readiness.progress + "\n");
      return code(Exit::kDone);
    }
    bool failing = readiness.verdict == Verdict::kFailed;
    failing_since = failing ? std::min(failing_since, now) : Deadline::max();
    bool failed = failing && now - failing_since >= kFailedFor;
    if (failed || now >= deadline) {
      progress.clear();
      return say_not_ready(
          session, readiness,
          failed ? "not everything could be started" : "not everything is ready in time");
    }
    pollfd one{keeper.handle.get(), POLLIN, 0};
    if (poll(&one, keeper.handle ? 1 : 0, kLookAgainMs) > 0) {
      progress.clear();
      int status = 0;
      waitpid(keeper.pid, &status, 0);
      bool found_another = WIFEXITED(status) && WEXITSTATUS(status) == code(Exit::kAgain);
      if (found_another) return std::nullopt;
      return say_keeper_ended(session, status);
    }
  }
}

}  // namespace hammock::cli
