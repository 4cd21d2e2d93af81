#include "shell/programs.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "shell/command.h"

namespace hammock::shell {
namespace {

constexpr int kReadsAtOnce = 16;

}  // namespace

void Programs::run(std::uint64_t id, const wire::Spec& spec, Duration within, Steady now,
                   Reads reads) {
  waiting_.push_back({id, spec, within, reads});
  start_waiting(now);
}

void Programs::leave(std::uint64_t id, Steady now) {
  std::erase_if(waiting_, [&](const Waiting& waiting) { return waiting.id == id; });
  std::erase_if(running_, [&](const Running& running) {
    if (running.id != id) return false;
    kill_command(running.pid);
    abandoned_.push_back(running.pid);
    return true;
  });
  start_waiting(now);
}

void Programs::start_waiting(Steady now) {
  while (!waiting_.empty() && running_.size() < kProgramsMax) {
    start(waiting_.front(), now);
    waiting_.pop_front();
  }
}

void Programs::start(const Waiting& waiting, Steady now) {
  auto refuse = [&](std::string why) {
    ended_.push_back({waiting.id, NotStarted{std::move(why)}, {}});
  };
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return refuse("there is no pipe for it");
  Running running;
  running.output = os::UniqueFd(ends[0]);
  const os::UniqueFd theirs(ends[1]);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);  // ours alone: a program may wait for room
  auto pid = start_command(waiting.spec, theirs.get(), waiting.reads == Reads::kBoth);
  if (!pid) return refuse("it cannot be started: " + pid.error().message);
  running.id = waiting.id;
  running.pid = *pid;
  running.began = now;
  running.deadline = now + waiting.within;
  watch_(running.output.get(), running.id);
  running_.push_back(std::move(running));
}

// Whatever does not fit is read too, so that the program does not wait for room. One that writes
// without end is read on in the next turn.
void Programs::drain(Running& running) {
  std::array<char, 16384> buffer;
  for (int i = 0; i < kReadsAtOnce && running.output; ++i) {
    const ssize_t count = ::read(running.output.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return;
    if (count == 0) return running.output.reset();
    const std::size_t room = kProgramOutputMax - running.said.size();
    running.said.append(buffer.data(), std::min(static_cast<std::size_t>(count), room));
  }
}

void Programs::readable(std::uint64_t id) {
  auto running = std::ranges::find(running_, id, &Running::id);
  if (running != running_.end()) drain(*running);
}

bool Programs::child_ended(pid_t pid, int wait_status, Steady now) {
  if (std::erase(abandoned_, pid) > 0) return true;
  auto running = std::ranges::find(running_, pid, &Running::pid);
  if (running == running_.end()) return false;
  kill_rest_of_command(pid);  // nobody would ever end it
  drain(*running);
  ended_.push_back(
      {running->id, Exited{wait_status, std::move(running->said)}, now - running->began});
  running_.erase(running);
  start_waiting(now);
  return true;
}

void Programs::expire(Steady now) {
  std::erase_if(running_, [&](Running& running) {
    if (running.deadline > now) return false;
    kill_command(running.pid);
    abandoned_.push_back(running.pid);
    ended_.push_back({running.id, Overdue{running.deadline - running.began}, now - running.began});
    return true;
  });
  start_waiting(now);
}

std::optional<Steady> Programs::next_deadline() const {
  auto first = std::ranges::min_element(running_, {}, &Running::deadline);
  if (first == running_.end()) return std::nullopt;
  return first->deadline;
}

}  // namespace hammock::shell
