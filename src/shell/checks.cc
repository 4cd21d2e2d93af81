#include "shell/checks.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "shell/command.h"
#include "shell/listen.h"

namespace hammock::shell {

bool Checks::begin(const service::Target& target, service::CheckPurpose purpose, Duration within,
                   Steady now, Check& check) {
  std::erase_if(running_, [&](Check& old) {
    bool replaced = old.answer.service == target.service &&
                    old.answer.instance == target.instance && old.answer.purpose == purpose;
    if (replaced && old.pid != 0) {
      kill_command(old.pid);
      abandoned_.push_back(old.pid);
    }
    return replaced;
  });
  check.number = next_++;
  check.answer.service = target.service;
  check.answer.instance = target.instance;
  check.answer.generation = target.generation;
  check.answer.purpose = purpose;
  check.deadline = now + within;
  if (running_.size() < kChecksMax) return true;
  end(check, false, "too many checks at once");
  return false;
}

void Checks::end(Check& check, bool ok, std::string detail) {
  check.answer.ok = ok;
  check.answer.detail = std::move(detail);
  ended_.push_back(std::move(check.answer));
}

void Checks::connect(const service::ProbeTcp& probe, Steady now) {
  Check check;
  if (!begin(probe.target, service::CheckPurpose::kReady, probe.within, now, check)) return;
  auto socket = begin_connect(probe.address);
  if (!socket) return end(check, false, socket.error().message);
  check.socket = std::move(*socket);
  watch_(check.socket.get(), check.number);
  running_.push_back(std::move(check));
}

void Checks::run(const service::RunCommand& run, const wire::Spec& spec, Steady now, int output) {
  Check check;
  if (!begin(run.target, run.purpose, run.within, now, check)) return;
  auto pid = start_command(spec, output);
  if (!pid) return end(check, false, pid.error().message);
  check.pid = *pid;
  running_.push_back(std::move(check));
}

void Checks::refuse(const service::RunCommand& run, std::string why) {
  service::CheckEnded answer;
  answer.service = run.target.service;
  answer.instance = run.target.instance;
  answer.generation = run.target.generation;
  answer.purpose = run.purpose;
  answer.detail = std::move(why);
  ended_.push_back(std::move(answer));
}

void Checks::writable(std::uint64_t number) {
  auto check = std::ranges::find(running_, number, &Check::number);
  if (check == running_.end() || !check->socket) return;
  int error = connect_result(check->socket.get());
  if (error == EINPROGRESS) return watch_(check->socket.get(), number);
  end(*check, error == 0, error == 0 ? "" : std::string("connect: ") + std::strerror(error));
  running_.erase(check);
}

bool Checks::child_ended(pid_t pid, int wait_status) {
  if (std::erase(abandoned_, pid) > 0) return true;
  auto check = std::ranges::find(running_, pid, &Check::pid);
  if (check == running_.end()) return false;
  end(*check, wait_status == 0, wait_status == 0 ? "" : describe_wait_status(wait_status));
  running_.erase(check);
  return true;
}

void Checks::expire(Steady now) {
  std::erase_if(running_, [&](Check& check) {
    if (check.deadline > now) return false;
    if (check.pid != 0) {
      kill_command(check.pid);
      abandoned_.push_back(check.pid);
    }
    end(check, false, "no answer in time");
    return true;
  });
}

std::optional<Steady> Checks::next_deadline() const {
  auto first = std::ranges::min_element(running_, {}, &Check::deadline);
  if (first == running_.end()) return std::nullopt;
  return first->deadline;
}

std::vector<service::CheckEnded> Checks::take_ended() {
  return std::exchange(ended_, {});
}

}  // namespace hammock::shell
