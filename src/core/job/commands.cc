#include "core/job/commands.h"

#include <algorithm>

#include "core/job/due.h"

namespace hammock::job {
namespace {

void reply(Draft& draft, const std::string& id, service::ReplyKind kind, std::string message) {
  draft.order(service::Reply{id, kind, std::move(message)});
}

void answer(Draft& draft, const CommandGiven& given) {
  reply(draft, given.id, service::ReplyKind::kDone, draft.job(given.job).answered.back().message);
}

void run_asked(Draft& draft, const CommandGiven& given) {
  const Job& job = draft.job(given.job);
  const Instant now = draft.now().wall;
  if (!job.run && job.waiting == 0) {
    open_run(draft, given.job, Trigger::kCommand, now, given.id, given.by);
    return answer(draft, given);
  }
  switch (job.setup->config.overlap) {
    case Overlap::kSkip:
      return reply(draft, given.id, service::ReplyKind::kRefused,
                   "run " + std::to_string(job.last_number) + " of " + given.job +
                       " is not over, and its overlap is \"skip\"");
    case Overlap::kQueue:
      if (job.waiting >= kWaitingMost) {
        return reply(draft, given.id, service::ReplyKind::kRefused,
                     std::to_string(job.waiting) + " runs of " + given.job + " wait already");
      }
      draft.record(QueueSet{given.job, job.waiting + 1, Trigger::kCommand, now, given.id});
      return answer(draft, given);
    case Overlap::kReplace:
      if (job.run && !job.run->stopping) stop_run(draft, given.job, StopReason::kReplaced);
      draft.record(QueueSet{given.job, 1, Trigger::kCommand, now, given.id});
      return answer(draft, given);
  }
}

}  // namespace

void command_given(Draft& draft, const CommandGiven& given) {
  const Job* job = draft.find(given.job);
  auto refuse = [&](std::string why) {
    reply(draft, given.id, service::ReplyKind::kRefused, std::move(why));
  };
  if (!draft.state().known) return refuse("Hammock is starting; ask again");
  if (job == nullptr || !job->configured) return refuse("no job is called '" + given.job + "'");
  auto known = std::ranges::find(job->answered, given.id, &Answered::id);
  if (known != job->answered.end()) {
    return reply(draft, given.id, service::ReplyKind::kDone, known->message);
  }
  draft.enqueue(given.job);
  switch (given.verb) {
    case Verb::kRun:
      if (!draft.open()) return refuse("Hammock is starting or stopping; ask again");
      return run_asked(draft, given);
    case Verb::kStop:
      if (!job->run) return refuse(given.job + " has no run to stop");
      stop_run(draft, given.job, StopReason::kCommand, given.id, given.by);
      return answer(draft, given);
    case Verb::kSkip:
      if (std::holds_alternative<ToCompletion>(job->setup->config.when)) {
        return refuse(given.job + " has no times that could be skipped");
      }
      draft.record(SkipSet{given.job, std::min(given.count, kSkipMost), given.id, given.by});
      return answer(draft, given);
  }
}

}  // namespace hammock::job
