#include "shell/probe_commands.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "shell/command.h"

namespace hammock::shell {
namespace {

using probe::Verdict;

// Exit statuses of the guidelines; the shell's for what cannot be run.
constexpr int kOk = 0;
constexpr int kWarning = 1;
constexpr int kCritical = 2;
constexpr int kUnknown = 3;

constexpr int kReadsAtOnce = 16;

std::optional<Verdict> verdict_of(int wait_status) {
  if (!WIFEXITED(wait_status)) return std::nullopt;
  switch (WEXITSTATUS(wait_status)) {
    case kOk:
      return Verdict::kGood;
    case kWarning:
    case kCritical:
      return Verdict::kBad;
    case kUnknown:
      return Verdict::kUnknown;
    default:
      return std::nullopt;
  }
}

}  // namespace

PluginResult read_plugin(int wait_status, std::string_view output) {
  const std::string_view line = output.substr(0, output.find('\n'));
  const std::size_t bar = line.find('|');
  PluginResult result;
  const auto verdict = verdict_of(wait_status);
  result.verdict = verdict.value_or(Verdict::kUnknown);
  result.message = printable(trim(line.substr(0, bar)).substr(0, kProbeSaysMax));
  if (bar != std::string_view::npos) {
    result.numbers = printable(trim(line.substr(bar + 1)).substr(0, kProbeSaysMax));
  }
  if (!verdict) {
    result.message = "the command is no plugin: " + describe_wait_status(wait_status) +
                     ", expected an exit status from 0 to 3";
  } else if (result.message.empty()) {
    result.message = describe_wait_status(wait_status) + " and said nothing";
  }
  return result;
}

void ProbeCommands::run(std::uint64_t id, const wire::Spec& spec, Duration within, Steady now) {
  waiting_.push_back({id, spec, within});
  start_waiting(now);
}

void ProbeCommands::start_waiting(Steady now) {
  while (!waiting_.empty() && running_.size() < kProbeCommandsMax) {
    start(waiting_.front(), now);
    waiting_.pop_front();
  }
}

void ProbeCommands::start(const Waiting& waiting, Steady now) {
  auto refuse = [&](std::string why) {
    ended_.push_back({waiting.id, {Verdict::kUnknown, std::move(why), {}}, {}});
  };
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return refuse("there is no pipe for it");
  Running running;
  running.output = os::UniqueFd(ends[0]);
  const os::UniqueFd theirs(ends[1]);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);  // ours alone: a command may wait for room
  auto pid = start_command(waiting.spec, theirs.get());
  if (!pid) return refuse("it cannot be started: " + pid.error().message);
  running.id = waiting.id;
  running.pid = *pid;
  running.began = now;
  running.deadline = now + waiting.within;
  watch_(running.output.get(), running.id);
  running_.push_back(std::move(running));
}

// Whatever does not fit is read too, so that the command does not wait for room. One that writes
// without end is read on in the next turn.
void ProbeCommands::drain(Running& running) {
  std::array<char, 16384> buffer;
  for (int i = 0; i < kReadsAtOnce && running.output; ++i) {
    const ssize_t count = ::read(running.output.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return;
    if (count == 0) return running.output.reset();
    const std::size_t room = kProbeOutputMax - running.said.size();
    running.said.append(buffer.data(), std::min(static_cast<std::size_t>(count), room));
  }
}

void ProbeCommands::readable(std::uint64_t id) {
  auto running = std::ranges::find(running_, id, &Running::id);
  if (running != running_.end()) drain(*running);
}

bool ProbeCommands::child_ended(pid_t pid, int wait_status, Steady now) {
  if (std::erase(abandoned_, pid) > 0) return true;
  auto running = std::ranges::find(running_, pid, &Running::pid);
  if (running == running_.end()) return false;
  kill_rest_of_command(pid);  // nobody would ever end it
  drain(*running);
  ended_.push_back({running->id, read_plugin(wait_status, running->said), now - running->began});
  running_.erase(running);
  start_waiting(now);
  return true;
}

void ProbeCommands::expire(Steady now) {
  std::erase_if(running_, [&](Running& running) {
    if (running.deadline > now) return false;
    kill_command(running.pid);
    abandoned_.push_back(running.pid);
    const Duration within = running.deadline - running.began;
    ended_.push_back({running.id,
                      {Verdict::kBad, "it did not end within " + format_duration(within), {}},
                      now - running.began});
    return true;
  });
  start_waiting(now);
}

std::optional<Steady> ProbeCommands::next_deadline() const {
  auto first = std::ranges::min_element(running_, {}, &Running::deadline);
  if (first == running_.end()) return std::nullopt;
  return first->deadline;
}

}  // namespace hammock::shell
