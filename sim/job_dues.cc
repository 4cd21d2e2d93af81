// When jobs are due: each time is dealt with once, and in order.
#include <algorithm>

#include "base/variant.h"
#include "sim/job_rules.h"

namespace hammock::sim {
namespace {

using namespace std::chrono_literals;

// Written again here on purpose, for the few schedules that the simulated operator knows.
Instant due_after(const job::Setup& setup, Instant after) {
  auto in_steps = [&](Duration step, Duration phase) {
    const Duration since = after.time_since_epoch() - phase;
    return Instant((since / step + 1) * step + phase);
  };
  return match(
      setup.config.when, [](const job::ToCompletion&) { return Instant::max(); },
      [&](const job::Every& every) { return after + every.distance; },
      [&](const job::AtTimes& at) {
        if (at.cron.text == "* * * * *") return in_steps(1min, 0us);
        if (at.cron.text == "*/2 * * * *") return in_steps(2min, 0us);
        return in_steps(1h, 30min);
      });
}

constexpr Duration kLate = 1min;
constexpr std::uint32_t kCountedMost = 1000;
constexpr std::uint32_t kQueueMost = 100;

}  // namespace

void JobRules::take_due(Book& book, const std::string& job, Instant due) {
  if (!live() || !book.setup) return;
  require(due == due_after(*book.setup, book.considered), job,
          "a due time was left out or doubled");
  require(due <= now_->wall, job, "it was run before it was due");
  require(due > now_->wall - kLate, job, "what was missed was not taken for missed");
}

void JobRules::note(Book& book, const job::ScheduleBegan& fact) {
  if (live()) {
    const bool was_put_back = book.considered > now_->wall + 3h;
    require(fact.schedule != book.schedule || was_put_back, fact.job, "a schedule began anew");
  }
  book.schedule = fact.schedule;
  book.considered = fact.at;
}

void JobRules::note(Book& book, const job::DuePassed& fact) {
  take_due(book, fact.job, fact.due);
  const bool is_busy = book.run || book.waiting > 0;
  switch (fact.reason) {
    case job::PassReason::kBusy:
      require(is_busy, fact.job, "it was passed for nothing");
      break;
    case job::PassReason::kSkipped:
      require(book.skip == fact.skip + 1, fact.job, "more was skipped than was asked for");
      break;
    case job::PassReason::kQueueFull:
      require(book.waiting == kQueueMost, fact.job, "its queue is not full");
      break;
  }
  book.skip = fact.skip;
  book.considered = fact.due;
}

void JobRules::note(Book& book, const job::DuesMissed& fact) {
  if (live() && book.setup) {
    Instant last = book.considered;
    for (std::uint32_t i = 0; i < fact.count; ++i)
      last = due_after(*book.setup, last);
    require(fact.last == last || fact.count == kCountedMost, fact.job,
            "what was missed was counted wrongly");
    const Instant late = now_->wall - kLate;
    require(fact.last <= late, fact.job, "it was not too late");
    require(due_after(*book.setup, fact.last) > late, fact.job, "more was missed");
    const job::Setup& setup = *book.setup;
    const std::uint32_t again = std::min(setup.config.catch_up, fact.count);
    if (again > 0) book.catch_up = again;
  }
  book.considered = fact.last;
}

bool JobRules::is_another_array(const Run& run, const job::Setup& setup) {
  const std::uint32_t tasks = run.opened.tasks;
  return tasks != setup.config.tasks || (tasks > 0 && run.hash != setup.start_hash);
}

void JobRules::note(Book& book, const job::QueueSet& fact) {
  const bool is_due = fact.trigger == job::Trigger::kSchedule && fact.due > book.considered;
  const std::uint32_t longer = std::min(book.waiting + 1, kQueueMost);
  once(fact.command);
  if (live() && book.setup) {
    const job::Setup& setup = *book.setup;
    const bool replaces = setup.config.overlap == job::Overlap::kReplace;
    if (book.catch_up) {
      require(fact.waiting == std::min(book.waiting + *book.catch_up, kQueueMost), fact.job,
              "another number is caught up with than was said");
    } else if (is_due || !fact.command.empty()) {
      if (is_due) take_due(book, fact.job, fact.due);
      require(fact.waiting == (replaces ? 1 : longer), fact.job, "its queue was set wrongly");
      require(setup.config.overlap != job::Overlap::kSkip, fact.job, "it has no queue");
    } else if (fact.waiting + 1 == book.waiting) {
      book.dequeued = fact.due;
    } else {
      const bool queues = setup.config.overlap == job::Overlap::kQueue;
      const bool is_another = book.run && is_another_array(*book.run, setup);
      const bool has_room = book.waiting == 0 || queues;
      require(is_another && has_room && fact.waiting == longer, fact.job,
              "its queue was set for nothing");
    }
  }
  book.catch_up.reset();
  book.waiting = fact.waiting;
  if (is_due) book.considered = fact.due;
}

void JobRules::note(Book& book, const job::SkipSet& fact) {
  once(fact.command);
  book.skip = fact.count;
}

void JobRules::check_dues(Now now) {
  now_ = now;
  for (const auto& [name, book] : books_) {
    if (!book.setup) continue;
    require(due_after(*book.setup, book.considered) > now.wall, name, "nobody saw that it is due");
  }
}

void JobRules::once(const std::string& command) {
  if (command.empty() || commands_.insert(command).second) return;
  broken_("command " + command + " was carried out twice");
}

}  // namespace hammock::sim
