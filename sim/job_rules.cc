// Runs, their tries, and the programs that these are.
#include "sim/job_rules.h"

#include <algorithm>

#include "base/text.h"

namespace hammock::sim {

using job::Outcome;

namespace {

constexpr std::int32_t kExpectedStatus = 75 << 8;

bool is_failure(Outcome outcome) {
  return outcome == Outcome::kFailed || outcome == Outcome::kTimedOut ||
         outcome == Outcome::kUnknown;
}

bool is_to_completion(const job::Setup& setup) {
  return std::holds_alternative<job::ToCompletion>(setup.config.when);
}

std::uint32_t most_of(const job::Config& config) {
  return config.tasks > 0 ? config.parallel : 1;
}

std::uint32_t count_out(const auto& tasks) {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(tasks, [](const auto& task) { return task.out; }));
}

}  // namespace

void JobRules::replay(const std::vector<engine::Fact>& journal) {
  now_.reset();
  books_.clear();
  commands_.clear();
  known_ = false;
  for (const engine::Fact& fact : journal)
    note(fact);
}

void JobRules::decided(const std::vector<engine::Fact>& facts, Now now) {
  now_ = now;
  for (const engine::Fact& fact : facts)
    note(fact);
}

void JobRules::note(const engine::Fact& fact) {
  if (const auto* of_service = std::get_if<service::Fact>(&fact)) {
    const auto* started = std::get_if<service::BrainStarted>(of_service);
    if (started == nullptr || !started->another_boot) return;
    for (auto& [name, book] : books_) {
      if (!book.run) continue;
      for (Task& task : book.run->tasks)
        task.retry_at.reset();
    }
    return;
  }
  const auto* of_job = std::get_if<job::Fact>(&fact);
  if (of_job == nullptr) return;
  if (const auto* configured = std::get_if<job::JobsConfigured>(of_job)) return note(*configured);
  std::visit(
      [&]<class Some>(const Some& it) {
        if constexpr (requires(Book& book) { note(book, it); }) {
          Book& book = books_[it.job];
          require(known_, it.job, "something was decided before it was known what is configured");
          if (!std::is_same_v<Some, job::RunOpened>)
            require(!book.dequeued, it.job, "a run was taken from the queue and not opened");
          if (!std::is_same_v<Some, job::QueueSet>)
            require(!book.catch_up, it.job, "what is to be caught up with was not queued");
          note(book, it);
        }
      },
      *of_job);
}

void JobRules::note(const job::JobsConfigured& fact) {
  known_ = true;
  for (auto& [name, book] : books_)
    book.setup.reset();
  for (const Shared<job::Setup>& setup : fact.jobs) {
    const std::string& name = setup->config.name;
    Book& book = books_[name];
    book.setup = setup;
    const std::uint32_t most = most_[name] = most_of(setup->config);
    const bool is_at_work = at_work_[name] > 0 || (book.run && count_out(book.run->tasks) > 0);
    most_since_[name] = is_at_work ? std::max(most, most_since_[name]) : most;
  }
}

void JobRules::note(Book& book, const job::RunOpened& fact) {
  require(!book.run, fact.job, "a run was opened while another is open");
  require(fact.number > book.last_number, fact.job, "a number was given to a second run");
  if (live() && book.setup) {
    const job::Setup& setup = *book.setup;
    require(fact.tasks == setup.config.tasks, fact.job, "a run with another number of tasks");
    const bool is_due = fact.trigger == job::Trigger::kSchedule;
    if (book.dequeued)
      require(fact.due == *book.dequeued, fact.job, "another run was opened than was queued");
    else if (is_due)
      take_due(book, fact.job, fact.due);
    else
      require(fact.trigger == job::Trigger::kNewcomer || !fact.command.empty(), fact.job,
              "a run was opened that nobody asked for");
    if (fact.trigger == job::Trigger::kNewcomer && !book.dequeued) {
      require(is_to_completion(setup) && setup.start_hash != book.settled, fact.job,
              "it has run to its end, and was begun again");
    }
  } else {
    require(false, fact.job, "a run was opened of a job that is not configured");
  }
  if (fact.trigger == job::Trigger::kSchedule)
    book.considered = std::max(book.considered, fact.due);
  book.dequeued.reset();
  once(fact.command);
  book.last_number = fact.number;
  book.run =
      Run{fact, now_ ? std::optional(now_->wall) : std::nullopt, fact.hash, false, false, {}};
  book.run->tasks.resize(std::max<std::uint32_t>(1, fact.tasks));
}

void JobRules::check_needs(const std::string& job, const job::Setup& setup) {
  for (const std::string& need : setup.config.needs) {
    const Book& other = books_[need];
    require(!other.run && other.waiting == 0, job, "was begun while " + need + " is at work");
    require(other.last == Outcome::kSucceeded, job,
            "was begun though " + need + " did not succeed");
  }
}

void JobRules::note(Book& book, const job::TryBegan& fact) {
  if (!book.run || book.run->opened.number != fact.number || fact.task >= book.run->tasks.size()) {
    return require(false, fact.job, "a try of a run that is not open");
  }
  Run& run = *book.run;
  Task& task = run.tasks[fact.task];
  const bool is_array = run.opened.tasks > 0;
  const bool is_under_way =
      is_array && std::ranges::any_of(run.tasks, [](const Task& it) { return it.attempt > 0; });
  require(!task.outcome, fact.job, "a task was begun again after its end");
  require(!task.out, fact.job, "a second try was begun while the first is at work");
  require(!run.stopping, fact.job, "a try was begun of a run that is being stopped");
  require(fact.attempt == task.attempt + 1, fact.job, "a try was left out");
  require(book.setup.has_value(), fact.job, "a try of a job that is not configured");
  if (live() && book.setup) {
    const job::Setup& setup = *book.setup;
    require(!task.retry_at || *task.retry_at <= now_->steady, fact.job,
            "a try before its wait is over");
    require(count_out(run.tasks) < (is_array ? setup.config.parallel : 1), fact.job,
            "more at a time than may be");
    require(!is_array || run.opened.hash == setup.start_hash, fact.job,
            "a task of another configuration than the first");
    if (!is_under_way) check_needs(fact.job, setup);
    if (count_out(run.tasks) == 0 && at_work_[fact.job] == 0) {
      most_since_[fact.job] = most_[fact.job];
    }
  }
  task.attempt = fact.attempt;
  task.out = true;
  task.retry_at.reset();
  if (!is_array) run.hash = fact.hash;
}

JobRules::Task* JobRules::task_at_work(Book& book, const std::string& job, std::uint64_t number,
                                       std::uint32_t task, std::uint32_t attempt) {
  const bool is_there = book.run && book.run->opened.number == number &&
                        task < book.run->tasks.size() && book.run->tasks[task].out &&
                        book.run->tasks[task].attempt == attempt;
  require(is_there, job, "something happened to a try that is not at work");
  return is_there ? &book.run->tasks[task] : nullptr;
}

void JobRules::note(Book& book, const job::TryStarted& fact) {
  task_at_work(book, fact.job, fact.number, fact.task, fact.attempt);
}

void JobRules::note(Book& book, const job::TryStopAsked& fact) {
  task_at_work(book, fact.job, fact.number, fact.task, fact.attempt);
}

void JobRules::note(Book& book, const job::TryEnded& fact) {
  Task* task = task_at_work(book, fact.job, fact.number, fact.task, fact.attempt);
  if (task == nullptr) return;
  check_process(fact.job, fact.task, *book.run, fact.attempt, fact.outcome);
  task->out = false;
  task->retry_at = fact.retry_at;
  if (is_failure(fact.outcome)) ++task->failures;
  require(fact.failures == task->failures, fact.job, "its failures were counted wrongly");
  if (!live() || !book.setup) return;
  const job::Setup& setup = *book.setup;
  require(!is_failure(fact.outcome) || task->failures < setup.config.retry.tries, fact.job,
          "it shall be tried more often than may be");
  require(is_failure(fact.outcome) || fact.outcome == Outcome::kStopped, fact.job,
          "a try after a success");
}

void JobRules::note(Book& book, const job::TaskEnded& fact) {
  Task* task = task_at_work(book, fact.job, fact.number, fact.task, fact.attempts);
  if (task == nullptr) return;
  require(book.run->opened.tasks > 0, fact.job, "a task ended, and it is no array");
  check_process(fact.job, fact.task, *book.run, fact.attempts, fact.outcome);
  check_ending(book, fact.job, *task, fact.outcome, fact.exit_class);
  task->out = false;
  task->outcome = fact.outcome;
}

void JobRules::note(Book& book, const job::RunStopAsked& fact) {
  once(fact.command);
  if (!book.run || book.run->opened.number != fact.number) {
    return require(false, fact.job, "a stop of a run that is not open");
  }
  book.run->stopping = true;
  book.run->gives_way =
      fact.reason == job::StopReason::kReplaced || fact.reason == job::StopReason::kChanged;
}

void JobRules::note(Book& book, const job::RunEnded& fact) {
  if (!book.run || book.run->opened.number != fact.number) {
    return require(false, fact.job, "the end of a run that is not open");
  }
  const Run& run = *book.run;
  const bool is_array = run.opened.tasks > 0;
  const auto succeeded =
      static_cast<std::uint32_t>(std::ranges::count(run.tasks, std::optional(Outcome::kSucceeded),
                                                    [](const Task& task) { return task.outcome; }));
  if (is_array) {
    const bool all_over =
        std::ranges::all_of(run.tasks, [](const Task& task) { return task.outcome.has_value(); });
    require(count_out(run.tasks) == 0, fact.job, "an array ended while a task is at work");
    require(all_over || run.stopping || !book.setup, fact.job, "an array ended before its tasks");
    require(fact.succeeded == succeeded, fact.job, "its tasks were counted wrongly");
    require((fact.outcome == Outcome::kSucceeded) == (succeeded == run.tasks.size()), fact.job,
            "an array has succeeded when all its tasks have");
  } else if (const Task& task = run.tasks[0]; task.out) {
    check_process(fact.job, 0, run, task.attempt, fact.outcome);
    check_ending(book, fact.job, task, fact.outcome, fact.exit_class);
  } else {
    require(run.stopping || !book.setup, fact.job, "a run ended that nobody had begun");
  }
  // What gave way has to be done still, if it comes back.
  const bool gave_way = (run.gives_way || !book.setup) && fact.outcome != Outcome::kSucceeded;
  if (live()) {
    require((fact.hash == 0) == gave_way, fact.job, "it is not known whether it is done");
  }
  const bool is_same = fact.hash == 0 || run.hash == 0 || fact.hash == run.hash;
  require(is_same, fact.job, "it ended as another than it began");
  if (fact.hash != 0) book.settled = fact.hash;
  book.last = fact.outcome;
  book.run.reset();
}

void JobRules::check_ending(const Book& book, const std::string& job, const Task& task,
                            Outcome outcome, service::ExitClass exit_class) {
  if (!live() || !book.setup || book.run->stopping) return;
  const job::Setup& setup = *book.setup;
  if (is_failure(outcome) && exit_class != service::ExitClass::kConfig) {
    require(task.failures + 1 >= setup.config.retry.tries, job, "it was given up too early");
  }
  const bool goes_on = book.run->opened.tasks > 0 || is_to_completion(setup);
  require(outcome != Outcome::kStopped || !goes_on, job, "what was interrupted did not go on");
  require(outcome != Outcome::kReplaced, job, "it was replaced by nothing");
}

// What is said to have ended does not run; what has succeeded ran and ended well.
void JobRules::check_process(const std::string& job, std::uint32_t task, const Run& run,
                             std::uint32_t attempt, Outcome outcome) {
  if (!live()) return;
  auto found = processes_.find({job, task, run.opened.number, attempt});
  const bool is_known = found != processes_.end();
  require(!is_known || !found->second.alive, job, "its end was recorded while it runs");
  if (outcome != Outcome::kSucceeded) return;
  const std::int32_t status = is_known ? found->second.wait_status : -1;
  require(status == 0 || status == kExpectedStatus, job, "it is said to have succeeded");
}

JobRules::Standing JobRules::standing_of(const Try& which) const {
  auto found = books_.find(which.job);
  if (found == books_.end() || which.number > found->second.last_number) return Standing::kUnknown;
  const std::optional<Run>& run = found->second.run;
  if (!run || run->opened.number != which.number || which.task >= run->tasks.size()) {
    return Standing::kOver;
  }
  const Task& task = run->tasks[which.task];
  if (which.attempt > task.attempt) return Standing::kUnknown;
  return which.attempt == task.attempt && task.out ? Standing::kOpen : Standing::kOver;
}

void JobRules::program_began(const service::SlotView& view, const std::string& id) {
  const std::string job = view.service.substr(4);
  const std::size_t slash = id.find('/');
  const Try which{job, view.instance - 1, parse_decimal(id.substr(0, slash)).value_or(0),
                  parse_decimal(id.substr(slash + 1)).value_or(0)};
  const Standing standing = standing_of(which);
  if (standing == Standing::kOver) broken_("try " + id + " of job " + job + " began after its end");
  if (standing == Standing::kUnknown)
    broken_("try " + id + " of job " + job + " began, and is in no journal");
  auto [place, is_first] = processes_.try_emplace(which);
  if (!is_first) broken_("try " + id + " of job " + job + " was started twice");
  place->second = Process{};
  if (++at_work_[job] > most_since_[job]) {
    broken_("job " + job + ": " + std::to_string(at_work_[job]) + " programs at a time");
  }
}

void JobRules::program_ended(const service::SlotView& view, std::int32_t wait_status) {
  if (!view.service.starts_with("job.")) return;
  const std::string job = view.service.substr(4);
  for (auto& [which, process] : processes_) {
    if (which.job != job || which.task + 1 != view.instance || !process.alive) continue;
    process = {false, wait_status};
    --at_work_[job];
  }
}

// What the journal does not know to be over begins again.
void JobRules::booted(const std::vector<engine::Fact>& journal) {
  replay(journal);
  at_work_.clear();
  std::erase_if(processes_,
                [this](const auto& one) { return standing_of(one.first) != Standing::kOver; });
}

std::optional<Instant> JobRules::opened(const std::string& job) const {
  auto found = books_.find(job);
  if (found == books_.end() || !found->second.run) return std::nullopt;
  return found->second.run->at;
}

}  // namespace hammock::sim
