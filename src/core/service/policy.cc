#include "core/service/policy.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/hash.h"
#include "base/signals.h"
#include "core/service/query.h"
#include "core/service/service.h"

namespace hammock::service {
namespace {

constexpr std::int32_t kSignalKill = 9;

struct Ended {
  std::int32_t code = -1;
  std::int32_t signal = 0;
};

// The layout of wait(2)'s status, as the kernel fills it: low seven bits the signal, else the code
// in the next eight.
Ended decode_status(std::int32_t status) {
  std::int32_t signal = status & 0x7f;
  return signal != 0 ? Ended{-1, signal} : Ended{(status >> 8) & 0xff, 0};
}

bool matches(const ExitMatch& match, Ended ended) {
  return match.by_signal ? ended.signal == match.number : ended.code == match.number;
}

const ExpectedExit* find_expected(const Config& config, Ended ended) {
  for (const ExpectedExit& expected : config.expected_exits) {
    if (matches(expected.exit, ended)) return &expected;
  }
  return nullptr;
}

// A program that obeys may also report the signal as 128 + number.
bool is_our_doing(const Config& config, Ended ended) {
  return ended.signal == config.stop.signal || ended.signal == kSignalKill || ended.code == 0 ||
         ended.code == 128 + config.stop.signal;
}

ExitClass class_of(const Config& config, const SlotExit& exit, const Stopping* stop, bool unwanted,
                   Ended ended) {
  if (exit.stage != 0) return ExitClass::kStartFailed;
  if (exit.oom) return ExitClass::kOom;
  if (stop != nullptr && stop->reason == StopReason::kWatchdog) return ExitClass::kWatchdog;
  if (stop != nullptr && stop->reason == StopReason::kStartTimeout) return ExitClass::kStartTimeout;
  if (stop != nullptr && stop->reason != StopReason::kItself) return ExitClass::kStopped;
  if (!exit.wait_status) return ExitClass::kUnknown;
  if (unwanted && is_our_doing(config, ended)) return ExitClass::kStopped;
  for (const ExitMatch& match : config.no_retry_exits) {
    if (matches(match, ended)) return ExitClass::kConfig;
  }
  if (find_expected(config, ended) != nullptr) return ExitClass::kExpected;
  if (ended.signal != 0) return ExitClass::kCrash;
  return ended.code == 0 ? ExitClass::kClean : ExitClass::kError;
}

}  // namespace

InstanceExited classify(const Config& config, const Instance& instance, const SlotExit& exit,
                        bool unwanted, Steady now) {
  const Stopping* stop =
      instance.stop && instance.stop->generation == exit.generation ? &*instance.stop : nullptr;
  Ended ended = exit.wait_status ? decode_status(*exit.wait_status) : Ended{};
  InstanceExited fact;
  fact.service = config.name;
  fact.instance = instance.number;
  fact.slot = instance.slot.slot;
  fact.generation = exit.generation;
  fact.pid = exit.pid;
  fact.exit_class = class_of(config, exit, stop, unwanted, ended);
  fact.code = ended.code;
  fact.signal = ended.signal;
  fact.status_known = exit.wait_status.has_value();
  fact.output_known = exit.output_known;
  fact.stage = exit.stage_name;
  fact.stage_errno = exit.stage_errno;
  fact.ran = exit.ran.value_or(Duration(-1));
  bool seen_ready = instance.ready == exit.generation;
  bool ran_its_grace =
      std::holds_alternative<ReadyWhenStarted>(config.ready.how) && fact.ran >= kStartedGrace;
  fact.was_ready = seen_ready || exit.was_ready || ran_its_grace;
  fact.was_stable = fact.was_ready && (seen_ready ? now - instance.ready_at : fact.ran) >=
                                          config.restart.stable_after;
  fact.by_reflex = exit.by_reflex;
  fact.last = exit.generation == instance.slot.generation;
  fact.at = exit.at;
  if (fact.exit_class == ExitClass::kExpected) fact.because = find_expected(config, ended)->because;
  return fact;
}

bool is_revoked(const InstanceExited& exit) {
  return exit.exit_class == ExitClass::kStartFailed && exit.stage_errno == ECANCELED;
}

bool is_failure(const InstanceExited& exit) {
  return exit.exit_class != ExitClass::kStopped && !is_revoked(exit);
}

Duration backoff_wait(const RestartPolicy& policy, std::uint64_t seed, const std::string& service,
                      std::uint32_t instance, std::uint64_t generation, std::uint32_t attempt,
                      bool crash_looping) {
  Duration window = std::min(policy.backoff, policy.at_most);
  for (std::uint32_t i = 0; i < attempt && window < policy.at_most; ++i) {
    window = std::min(window * 2, policy.at_most);
  }
  if (crash_looping) window = policy.at_most;
  if (window <= Duration::zero()) return Duration::zero();
  std::array<std::uint64_t, 3> salt = {instance, generation, attempt};
  std::uint64_t hash = fnv1a(service, kFnvOffset ^ seed);
  std::array<char, sizeof(salt)> bytes{};
  std::memcpy(bytes.data(), salt.data(), sizeof(salt));
  hash = fnv1a(std::string_view(bytes.data(), bytes.size()), hash);
  // FNV's last input moves mostly its low bits: mix before taking a remainder (splitmix64's
  // finish).
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9ULL;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebULL;
  hash ^= hash >> 31;
  return Duration(
      static_cast<Duration::rep>(hash % (static_cast<std::uint64_t>(window.count()) + 1)));
}

std::uint32_t reflex_tokens(const Setup& setup, const Instance& instance, bool shall_run) {
  const Config& config = setup.config;
  bool allowed = shall_run && !config.essential && !config.on_demand && is_ready(instance) &&
                 !outdated(instance, setup) && instance.failures == 0 && !instance.failed_config;
  // The keeper's list holds codes only, so a signal that forbids a retry forbids reflexes.
  for (const ExitMatch& match : config.no_retry_exits)
    allowed = allowed && !match.by_signal;
  return allowed ? 1 : 0;
}

std::array<std::uint8_t, 32> no_reflex_codes(const Config& config) {
  std::array<std::uint8_t, 32> bits{};
  bits[0] = 1;
  for (const ExitMatch& match : config.no_retry_exits) {
    if (match.by_signal || match.number < 0 || match.number > 255) continue;
    auto number = static_cast<std::size_t>(match.number);
    bits[number / 8] = static_cast<std::uint8_t>(bits[number / 8] | (1U << (number % 8)));
  }
  return bits;
}

std::string describe_exit(const InstanceExited& exit) {
  if (!exit.stage.empty()) return exit.stage + ": " + std::strerror(exit.stage_errno);
  if (exit.exit_class == ExitClass::kStartTimeout) return "not ready in time";
  if (exit.exit_class == ExitClass::kWatchdog) return "did not feed its watchdog";
  if (exit.exit_class == ExitClass::kOom) return "out of memory";
  if (!exit.status_known) return "ended, nobody knows how";
  if (exit.signal != 0) return "signal " + signal_name(exit.signal);
  return "exit code " + std::to_string(exit.code);
}

}  // namespace hammock::service
