#include "core/job/success.h"

#include <algorithm>

namespace hammock::job {

std::optional<Instant> success_deadline(const Job& job) {
  if (!job.configured || !job.setup->config.success_every || !job.awaited_every) {
    return std::nullopt;
  }
  return std::max(job.awaited, job.last_success) + *job.awaited_every;
}

void settle_success(Draft& draft, const std::string& name) {
  const Job& job = draft.job(name);
  const std::optional<Duration> every =
      job.configured ? job.setup->config.success_every : std::nullopt;
  const Instant now = draft.now().wall;
  const Instant since = std::max(job.awaited, job.last_success);
  const bool is_ahead = every && since > now + kClockBack;
  if (every != job.awaited_every || is_ahead) {
    const bool goes_on = job.awaited_every && !is_ahead;
    draft.record(SuccessAwaited{name, goes_on ? since : now, every.value_or(Duration::zero())});
  }
  auto deadline = success_deadline(draft.job(name));
  if (!deadline || now < *deadline || job.late_said == *deadline) return;
  draft.record(SuccessLate{name, *deadline, job.last_success});
}

}  // namespace hammock::job
