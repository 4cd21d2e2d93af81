#include "core/probe/probe.h"

namespace hammock::probe {
namespace {

std::optional<Instant> unless_never(Instant at) {
  return at == Instant{} ? std::nullopt : std::optional(at);
}

// Nobody has looked for so long that the newest result says nothing any more.
bool is_stale(const Probe& probe, Steady now) {
  const Config& config = probe.setup->config;
  const Duration longest =
      config.every * kStandsMost + config.timeout * (config.retries + 1) + kWitnessWithin * 2;
  return now - probe.run.seen_at > longest;
}

Shown shown(const Probe& probe, Steady now) {
  if (probe.down) return Shown::kDown;
  if (probe.run.seen_at == Steady{}) return probe.outcomes.empty() ? Shown::kNew : Shown::kFailing;
  if (probe.run.verdict == Verdict::kUnknown || is_stale(probe, now)) return Shown::kUnknown;
  return probe.run.verdict == Verdict::kBad ? Shown::kFailing : Shown::kUp;
}

}  // namespace

Roll running_roll(const State& state, std::string_view probe) {
  auto found = state.probes.find(probe);
  return found != state.probes.end() ? found->second.run.roll : Roll();
}

std::vector<Report> report(const State& state, Now now) {
  std::vector<Report> reports;
  reports.reserve(state.order.size());
  for (const std::string& name : state.order) {
    const Probe& probe = state.probes.find(name)->second;
    Report one;
    one.name = name;
    one.setup = probe.setup;
    one.shown = shown(probe, now.steady);
    one.since = one.shown == Shown::kDown      ? unless_never(probe.down_since)
                : one.shown == Shown::kFailing ? unless_never(probe.bad_since)
                                               : std::nullopt;
    one.verdict = probe.run.verdict;
    if (probe.run.seen_at != Steady{}) one.seen = probe.run.seen;
    one.took = probe.run.took;
    const bool tells = probe.run.seen_at != Steady{};
    one.message = tells ? probe.run.said : probe.message;
    one.numbers = probe.run.numbers;
    reports.push_back(std::move(one));
  }
  return reports;
}

}  // namespace hammock::probe
