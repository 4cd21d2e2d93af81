#include "cli/ledger_status.h"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <map>

#include "base/signals.h"
#include "os/process.h"

namespace hammock::cli {
namespace {

Instant instant_of(std::int64_t wall_us) {
  return Instant(Duration(wall_us));
}

template <std::size_t kBytes>
std::string text_of(const std::array<char, kBytes>& bytes) {
  return std::string(bytes.data(), strnlen(bytes.data(), kBytes));
}

// A signal that nobody sends to stop a program. Whether another one was asked for, the ledger does
// not say.
bool is_fault(int signal) {
  return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE ||
         signal == SIGSYS || signal == SIGTRAP;
}

// Without the configuration nobody can tell an expected exit from an error, so it is called by what
// it is.
LastExit describe(const wire::ExitRecord& record) {
  LastExit exit;
  exit.at = instant_of(record.wall_us);
  exit.output_known = record.output_known != 0;
  if (record.stage != wire::Stage::kNone) {
    exit.exit_class = "error";
    exit.message = std::string(stage_name(record.stage)) + ": " + std::strerror(record.stage_errno);
  } else if (record.status_known == 0) {
    exit.exit_class = "unknown";
  } else if (WIFSIGNALED(record.wait_status)) {
    const bool fault = is_fault(WTERMSIG(record.wait_status));
    exit.exit_class = record.oom != 0 ? "oom" : fault ? "crash" : "unknown";
    exit.signal = signal_name(WTERMSIG(record.wait_status));
  } else {
    exit.code = WEXITSTATUS(record.wait_status);
    exit.exit_class = record.oom != 0 ? "oom" : *exit.code == 0 ? "clean" : "error";
  }
  return exit;
}

const wire::ExitRecord* last_exit(const wire::SlotData& data) {
  const wire::ExitRecord* last = nullptr;
  for (const wire::ExitRecord& record : data.exits) {
    if (record.generation == 0) continue;
    if (last == nullptr || record.generation > last->generation) last = &record;
  }
  return last;
}

void describe_running(const wire::SlotCopy& slot, bool lives, InstanceStatus& instance) {
  const wire::Said& said = slot.data.said;
  if (!lives) {
    instance.state = "gone";
    instance.reason = "its process has ended, and nobody has recorded how";
    return;
  }
  instance.pid = wire::life_pid(slot.life);
  instance.state = said.stopping != 0    ? "stopping"
                   : said.reloading != 0 ? "reloading"
                   : said.ready != 0     ? "ready"
                                         : "running";
  instance.since = instant_of(slot.data.started_wall_us);
  instance.says = text_of(said.status);
}

InstanceStatus describe(const wire::SlotCopy& slot, ProcessLives process_lives) {
  InstanceStatus instance;
  const wire::SlotData& data = slot.data;
  instance.n = data.instance;
  instance.restarts = data.generation > 0 ? static_cast<std::int64_t>(data.generation) - 1 : 0;
  const wire::ExitRecord* exit = last_exit(data);
  if (exit != nullptr) instance.last_exit = describe(*exit);
  bool lives = program_lives(slot, process_lives);
  if (data.phase == wire::Phase::kRunning || lives) {
    describe_running(slot, lives, instance);
  } else if (data.phase == wire::Phase::kStarting) {
    instance.state = "starting";
  } else {
    instance.state = data.generation == 0 ? "never started" : "ended";
    if (exit != nullptr) instance.since = instant_of(exit->wall_us);
  }
  if (slot.torn) instance.reason = "its entry was being written when the keeper died";
  return instance;
}

template <class Visit>
void for_each_slot(const wire::Ledger& ledger, Visit visit) {
  std::uint32_t used = std::min(ledger.header().slots_used.load(), ledger.capacity());
  for (std::uint32_t index = 0; index < used; ++index) {
    wire::SlotCopy slot = read_slot(ledger.slot(index));
    if (slot.data.phase != wire::Phase::kFree) visit(slot);
  }
}

}  // namespace

bool program_lives(const wire::SlotCopy& slot, ProcessLives process_lives) {
  std::uint32_t pid = wire::life_pid(slot.life);
  bool started =
      slot.data.phase == wire::Phase::kStarting || slot.data.phase == wire::Phase::kRunning;
  if (!started || pid == 0 || pid == wire::kRevoked) return false;
  return process_lives(static_cast<pid_t>(pid), {slot.data.pidfs_inode, slot.data.start_ticks});
}

std::size_t programs_alive(const wire::Ledger& ledger, ProcessLives process_lives) {
  std::size_t count = 0;
  for_each_slot(ledger, [&](const wire::SlotCopy& slot) {
    count += program_lives(slot, process_lives) ? 1 : 0;
  });
  return count;
}

Status status_from_ledger(const wire::Ledger& ledger, ProcessLives process_lives,
                          bool keeper_alive) {
  Status status;
  status.from_ledger = true;
  const wire::Header& header = ledger.header();
  auto restarts = [](std::uint32_t starts) { return starts > 0 ? std::int64_t{starts} - 1 : 0; };
  status.brain.restarts = restarts(header.brain_starts.load());
  status.keeper.restarts = restarts(header.keeper_starts.load());
  if (keeper_alive) status.keeper.pid = header.keeper_pid.load();
  std::map<std::string, ServiceStatus> services;
  for_each_slot(ledger, [&](const wire::SlotCopy& slot) {
    std::string name = text_of(slot.data.service);
    ServiceStatus& service = services[name];
    service.name = name;
    service.instances.push_back(describe(slot, process_lives));
    if (service.instances.back().state == "ready") ++service.ready;
  });
  for (auto& [name, service] : services) {
    // Each service has a spare slot for rolling restarts: it is no instance while it was never
    // used.
    auto unused = [](const InstanceStatus& instance) { return instance.state == "never started"; };
    if (!std::ranges::all_of(service.instances, unused)) std::erase_if(service.instances, unused);
    std::ranges::sort(service.instances, {}, &InstanceStatus::n);
    status.services.push_back(std::move(service));
  }
  return status;
}

}  // namespace hammock::cli
