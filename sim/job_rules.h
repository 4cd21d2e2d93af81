// What must hold of jobs, whatever dies. The rules keep books of their own, from the facts alone
// and from what programs really do, and look into the state of the core nowhere: a mistake in it is
// no mistake here.
//
// What a brain did not get into the journal never was: with each brain the books begin anew from
// the journal. What programs did stands for ever, but for those that went down with the machine.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine/engine.h"

namespace hammock::sim {

class JobRules {
 public:
  explicit JobRules(std::function<void(std::string)> broken) : broken_(std::move(broken)) {}

  // Another brain reads the journal.
  void replay(const std::vector<engine::Fact>& journal);
  void decided(const std::vector<engine::Fact>& facts, Now now);
  // What is due up to now is dealt with. The house must be open.
  void check_dues(Now now);
  // The try `id` of this slot's program came to exec.
  void program_began(const service::SlotView& view, const std::string& id);
  void program_ended(const service::SlotView& view, std::int32_t wait_status);
  void booted(const std::vector<engine::Fact>& journal);
  // When the present run of a job was opened; none: it has none, or an earlier brain opened it.
  std::optional<Instant> opened(const std::string& job) const;

 private:
  struct Task {
    std::uint32_t attempt = 0;
    std::uint32_t failures = 0;
    bool out = false;
    std::optional<job::Outcome> outcome;
    std::optional<Steady> retry_at;
  };
  struct Run {
    job::RunOpened opened;
    std::optional<Instant> at;
    std::uint64_t hash = 0;
    bool stopping = false;
    bool gives_way = false;  // to the next run, or to another configuration
    std::vector<Task> tasks;
  };
  struct Book {                               // of a job
    std::optional<Shared<job::Setup>> setup;  // none: it is not configured, or nobody said so yet
    std::string schedule;
    Instant considered{};
    std::uint32_t waiting = 0;
    std::uint32_t skip = 0;
    std::optional<Instant> dequeued;        // the next fact opens this run
    std::optional<std::uint32_t> catch_up;  // the next fact makes so many wait
    std::uint64_t last_number = 0;
    std::uint64_t settled = 0;
    std::optional<job::Outcome> last;
    std::optional<Run> run;
  };
  struct Try {
    std::string job;
    std::uint32_t task = 0;
    std::uint64_t number = 0;
    std::uint64_t attempt = 0;
    auto operator<=>(const Try&) const = default;
  };
  enum class Standing { kUnknown, kOpen, kOver };
  struct Process {
    bool alive = true;
    std::int32_t wait_status = 0;
  };

  void note(const engine::Fact& fact);
  void note(const job::JobsConfigured& fact);
  void note(Book& book, const job::ScheduleBegan& fact);
  void note(Book& book, const job::DuePassed& fact);
  void note(Book& book, const job::DuesMissed& fact);
  void note(Book& book, const job::QueueSet& fact);
  void note(Book& book, const job::SkipSet& fact);
  void note(Book& book, const job::RunOpened& fact);
  void note(Book& book, const job::TryBegan& fact);
  void note(Book& book, const job::TryStarted& fact);
  void note(Book& book, const job::TryEnded& fact);
  void note(Book& book, const job::TryStopAsked& fact);
  void note(Book& book, const job::TaskEnded& fact);
  void note(Book& book, const job::RunStopAsked& fact);
  void note(Book& book, const job::RunEnded& fact);

  void take_due(Book& book, const std::string& job, Instant due);
  void check_needs(const std::string& job, const job::Setup& setup);
  Task* task_at_work(Book& book, const std::string& job, std::uint64_t number, std::uint32_t task,
                     std::uint32_t attempt);
  // Of a task that is over: that no try is left.
  static bool is_another_array(const Run& run, const job::Setup& setup);
  void check_ending(const Book& book, const std::string& job, const Task& task,
                    job::Outcome outcome, service::ExitClass exit_class);
  void check_process(const std::string& job, std::uint32_t task, const Run& run,
                     std::uint32_t attempt, job::Outcome outcome);
  void once(const std::string& command);
  Standing standing_of(const Try& which) const;
  // Whether what is told now is decided now, and not read again.
  bool live() const { return now_.has_value(); }
  void require(bool holds, const std::string& job, std::string_view sentence) {
    if (live() && !holds) broken_("job " + job + ": " + std::string(sentence));
  }

  std::function<void(std::string)> broken_;
  std::optional<Now> now_;
  bool known_ = false;  // it was said what is configured
  std::map<std::string, Book> books_;
  std::set<std::string> commands_;
  std::map<Try, Process> processes_;
  std::map<std::string, std::uint32_t> at_work_;     // programs of a job that run
  std::map<std::string, std::uint32_t> most_;        // that may, as configured last
  std::map<std::string, std::uint32_t> most_since_;  // the most that was, since one runs
};

}  // namespace hammock::sim
