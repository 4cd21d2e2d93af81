#include "shell/brain.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/hash.h"
#include "base/text.h"
#include "base/variant.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/memory.h"
#include "os/process.h"
#include "shell/segments.h"
#include "shell/shell.h"
#include "wire/hold_name.h"

namespace hammock::shell {
namespace {

constexpr std::size_t kEventsPerWait = 64;
constexpr std::size_t kLogChecksPerTurn = 8;
constexpr Duration kUpwardEvery = std::chrono::seconds(1);
constexpr Duration kSuspendLeast = std::chrono::seconds(1);
constexpr int kRush = 8;
constexpr int kGatherMs = 5;
constexpr std::int64_t kInARowUs = 10'000;
constexpr int kExitBusy = 75;
constexpr int kExitSystem = 71;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Duration behind_steady(const Now& now) {
  return Duration(now.steady.time_since_epoch().count() - os::monotonic_us());
}

// Made by the first brain, and kept for as long as the runtime directory is.
std::string fd_token(const std::string& runtime) {
  const std::string path = runtime + "/fd-token";
  if (auto token = os::read_file(path); token && token->size() == wire::kFdTokenBytes) {
    return *token;
  }
  std::uint64_t random = 0;
  if (getrandom(&random, sizeof random, 0) != sizeof random) return "";
  std::string token = hex64(random);
  return os::write_file(path, token, 0600) ? token : "";
}

std::uint64_t house_seed(const std::string& state, const std::string& boot_id) {
  return fnv1a(boot_id, fnv1a(state));
}

}  // namespace

Brain::Brain(BrainOptions options)
    : options_(std::move(options)),
      log_(2, !environment("JOURNAL_STREAM").empty()),
      upward_("", ""),
      state_(engine::make_state(0)),
      pipes_(options_.runtime),
      checks_([this](int fd, std::uint64_t number) {
        epoll_.add(fd, EPOLLOUT | EPOLLONESHOT, kCheckFirst + number);
        epoll_.change(fd, EPOLLOUT | EPOLLONESHOT, kCheckFirst + number);
      }),
      rolls_(options_.state + "/rolls.db"),
      programs_([this](int fd, std::uint64_t id) { epoll_.add(fd, EPOLLIN, kProbeFirst + id); }),
      gauges_([this](int fd, std::uint64_t id) { epoll_.add(fd, EPOLLIN, kGaugeFirst + id); }),
      specs_(options_.runtime + "/spec"),
      copies_(options_.state + "/applied"),
      host_(resolve::probe_host()) {}

int Brain::run() {
  auto begun = begin();
  if (!begun) {
    log_.say(Level::kError, "cannot begin", {{"why", begun.error().message}});
    return begun.error().code == ErrorCode::kBusy ? kExitBusy : kExitSystem;
  }
  while (!exit_code_)
    turn();
  return *exit_code_;
}

Result<void> Brain::begin() {
  now_ = os::read_clocks();
  monotonic_behind_ = behind_steady(now_);
  umask(022);
  fcntl(wire::kLinkFd, F_SETFD, FD_CLOEXEC);
  auto binaries = find_binaries();
  if (!binaries) return std::unexpected(binaries.error());
  binaries_ = std::move(*binaries);
  courier_.emplace(
      courier::courier_beside(binaries_.keeper),
      [this](int fd, bool for_writing) { watch_courier(fd, for_writing); },
      [this](const std::string& what) {
        log_.say(Level::kWarning, "the courier", {{"what", what}});
      });
  auto lock = os::lock_file(options_.runtime + "/brain.lock");
  if (!lock) return within("another brain is at work", lock.error());
  lock_ = std::move(*lock);
  upward_ = Upward(environment("NOTIFY_SOCKET"), fd_token(options_.runtime));
  auto ledger = os::LedgerFile::read(options_.runtime + "/ledger");
  if (!ledger) return within("the ledger", ledger.error());
  ledger_file_ = std::move(*ledger);
  ledger_ = ledger_file_.ledger();
  keep_pipes();
  boot_id_ = os::boot_id().data();
  if (int error = os::make_folders(options_.state.c_str(), 0750); error != 0) {
    log_.say(Level::kError, "the state directory is not usable",
             {{"folder", options_.state}, {"why", std::strerror(error)}});
  }
  HAMMOCK_TRY(open_descriptors());
  recall();
  configure_at_start();
  open_link(os::UniqueFd(wire::kLinkFd));
  if (auto every = parse_decimal(environment("WATCHDOG_USEC")); every && *every >= 1000) {
    watchdog_every_ = Duration(static_cast<std::int64_t>(*every / 2));
    watchdog_at_ = now_.steady;
  }
  return {};
}

Result<void> Brain::open_descriptors() {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  auto epoll = os::Epoll::make();
  if (!epoll) return std::unexpected(epoll.error());
  epoll_ = std::move(*epoll);
  auto timer = os::make_timer();
  if (!timer) return std::unexpected(timer.error());
  timer_ = std::move(*timer);
  auto signals = os::make_signals({SIGCHLD, SIGHUP, SIGINT});
  if (!signals) return std::unexpected(signals.error());
  signals_ = std::move(*signals);
  HAMMOCK_TRY(control_.open(options_.runtime + "/control", geteuid()));
  auto clock = os::make_clock_watch();
  if (!clock) return std::unexpected(clock.error());
  clock_ = std::move(*clock);
  for (auto [fd, tag] :
       {std::pair(timer_.get(), kTagTimer), std::pair(signals_.get(), kTagSignals),
        std::pair(control_.descriptor(), kTagControl), std::pair(clock_.get(), kTagClock)}) {
    if (int error = epoll_.add(fd, EPOLLIN, tag); error != 0) return fail_errno("epoll_ctl", error);
  }
  return {};
}

// What the journal knows makes the state; a journal that cannot be used makes none, and is no
// reason to let programs down.
void Brain::recall() {
  store_.emplace(options_.state + "/journal.db", boot_id_);
  auto alarm = [&](const std::string& what) {
    log_.say(Level::kError, "journal", {{"what", what}});
    notes_.push_back(what);
  };
  for (const std::string& what : store_->open(now_))
    alarm(what);
  state_ = engine::make_state(house_seed(options_.state, boot_id_));
  auto replayed = store_->replay([&](const engine::Fact& fact) { engine::apply(state_, fact); });
  if (!replayed) {
    alarm(
        replayed.error().message +
        ": what came after this place is not known now; `hammock status` may lack pins and stops");
  }
}

void Brain::turn() {
  gather();
  decide_and_perform();
  define_more();
  acknowledge();
  expire_some_logs();
  speak_upward();
  arm();
}

// What needs no waiting for: it must not come by the timer either, as if it were a deadline.
bool Brain::has_more() const {
  return !events_.empty() || !log_checks_.empty() || control_.patience() == Duration::zero() ||
         pings_.patience() == Duration::zero();
}

void Brain::gather() {
  std::array<epoll_event, kEventsPerWait> events;
  std::size_t count = epoll_.wait(events, has_more() ? 0 : -1);
  let_events_gather(std::span(events).first(count));
  now_ = os::read_clocks();
  notice_suspend();
  for (std::size_t i = 0; i < count; ++i)
    dispatch(events[i]);
  run_deadlines();
  take_calls();
  take_pings();
  for (service::CheckEnded& ended : checks_.take_ended())
    happened(std::move(ended));
  take_probes();
}

// CLOCK_MONOTONIC stands while the machine is suspended, and our deadlines do not.
void Brain::notice_suspend() {
  const Duration before = std::exchange(monotonic_behind_, behind_steady(now_));
  if (monotonic_behind_ - before < kSuspendLeast) return;
  events_.insert(events_.begin(), service::Event(service::Slept{monotonic_behind_ - before}));
  log_.say(Level::kInfo, "the machine was suspended",
           {{"for", format_duration(monotonic_behind_ - before)}});
}

// While a thousand programs start, hints and deadlines come one after another, and a turn for each
// would take the processors from what is started. A few in a row are no rush: a program that waits
// for another starts at once.
void Brain::let_events_gather(std::span<const epoll_event> events) {
  auto of_programs = [](const epoll_event& event) {
    return event.data.u64 == kTagLink || event.data.u64 == kTagTimer;
  };
  if (!std::ranges::any_of(events, of_programs)) return;
  const std::int64_t before_us = std::exchange(last_turn_us_, os::steady_us());
  turns_in_a_row_ = last_turn_us_ - before_us < kInARowUs ? turns_in_a_row_ + 1 : 0;
  if (turns_in_a_row_ > kRush) ::poll(nullptr, 0, kGatherMs);
}

void Brain::dispatch(const epoll_event& event) {
  switch (event.data.u64) {
    case kTagTimer:
      os::drain_timer(timer_.get());
      break;
    case kTagSignals:
      take_signals();
      break;
    case kTagLink:
      if ((event.events & EPOLLOUT) != 0) link_.flush();
      receive_hints();
      break;
    case kTagClock:
      os::clock_was_set(clock_.get());
      happened(job::Wake{.all = true});
      break;
    case kTagCourier:
      courier_read_at_ = now_.steady + kAnswersGather;
      break;
    case kTagControl:
    case kTagPings:
      break;  // their turns come in take_calls() and take_pings(), which every turn makes
    default:
      if (event.data.u64 >= kGaugeFirst)
        gauges_.readable(event.data.u64 - kGaugeFirst);
      else if (event.data.u64 >= kProbeFirst)
        programs_.readable(event.data.u64 - kProbeFirst);
      else
        checks_.writable(event.data.u64 - kCheckFirst);
  }
}

void Brain::take_signals() {
  // A SIGHUP comes from the kernel when the keeper dies while we are stopped. Who wants the file to
  // be read again says so to the keeper, or with `hammock apply`.
  while (os::next_signal(signals_.get()) != 0)
    continue;
  int status = 0;
  while (pid_t pid = waitpid(-1, &status, WNOHANG)) {
    if (pid < 0) break;
    if (pid == keeper_child_)
      keeper_exited(status);
    else if (!checks_.child_ended(pid, status) &&
             !programs_.child_ended(pid, status, now_.steady) &&
             !gauges_.child_ended(pid, status, now_.steady))
      courier_->child_ended(pid, status, now_.steady);
  }
}

void Brain::run_deadlines() {
  checks_.expire(now_.steady);
  read_courier();
  courier_->expire(now_.steady);
  programs_.expire(now_.steady);
  gauges_.expire(now_.steady);
  if (auto wake = engine::next_wake(state_); wake && *wake <= now_.steady)
    happened(service::Wake{});
  if (auto retry = store_->next_try(); retry && *retry <= now_.steady) {
    store_->retry(now_);
    if (store_->trouble().empty()) log_.say(Level::kInfo, "the journal can be written again");
    if (takes_pings() != listens_) tell_listening(false);
  }
  if (auto flush = store_->next_flush(); flush && *flush <= now_.steady) flush_samples();
  if (auto flush = rolls_.next_flush(); flush && *flush <= now_.steady) flush_rolls();
  if (keeper_retry_ && *keeper_retry_ <= now_.steady) restart_keeper();
  if (look_again_ && *look_again_ <= now_.steady) {
    look_again_.reset();
    for (std::uint32_t slot : std::vector(slots_.torn()))
      look(slot);
  }
  unblock_if_due();
  if (pings_retry_at_ && *pings_retry_at_ <= now_.steady) keep_listening();
  if (settle_at_ && *settle_at_ <= now_.steady) {
    settle_at_.reset();
    remove_unused_specs();
    os::give_back_memory();
  }
  if (watchdog_at_ && *watchdog_at_ <= now_.steady) {
    upward_.alive();
    watchdog_at_ = now_.steady + watchdog_every_;
  }
  if (leaving_ && (control_.is_quiet() || leave_by_ <= now_.steady)) leave(*leaving_);
}

void Brain::decide_and_perform() {
  if (events_.empty()) return;
  std::vector<engine::Fact> facts;
  std::vector<engine::Order> orders;
  for (const engine::Event& event : std::exchange(events_, {})) {
    engine::Decision decision = engine::step(state_, event, now_);
    std::ranges::move(decision.facts, std::back_inserter(facts));
    std::ranges::move(decision.orders, std::back_inserter(orders));
  }
  bool had_trouble = !store_->trouble().empty();
  recorded_ = store_->record(facts, now_);
  if (!recorded_ && !had_trouble) log_.say(Level::kError, store_->trouble());
  answer_pings(facts);
  if (takes_pings() != listens_) tell_listening(false);
  for (const engine::Fact& fact : facts)
    std::visit([&](const auto& of_room) { note(of_room); }, fact);
  for (const engine::Order& order : orders)
    perform(order);
  take_probes();  // those that cannot even go out
  publish_events();
}

void Brain::flush_samples() {
  bool had_trouble = !store_->trouble().empty();
  if (!store_->flush(now_) && !had_trouble) log_.say(Level::kError, store_->trouble());
}

// Facts that the shell itself acts on.
std::optional<Steady> Brain::next_deadline() const {
  std::optional<Steady> first;
  auto consider = [&](std::optional<Steady> at) {
    if (at && (!first || *at < *first)) first = at;
  };
  consider(engine::next_wake(state_));
  consider(unblock_at_);
  consider(pings_retry_at_);
  consider(checks_.next_deadline());
  consider(courier_->next_deadline());
  consider(courier_read_at_);
  consider(programs_.next_deadline());
  consider(gauges_.next_deadline());
  consider(store_->next_try());
  consider(store_->next_flush());
  consider(rolls_.next_flush());
  consider(keeper_retry_);
  consider(look_again_);
  consider(watchdog_at_);
  if (keeper_ready_) consider(upward_at_);  // nothing is said without one
  if (keeper_ready_) consider(holds_upward_at_);
  consider(settle_at_);
  if (leaving_) consider(leave_by_);
  for (const auto& patience : {control_.patience(), pings_.patience()}) {
    if (patience && *patience > Duration::zero()) consider(now_.steady + *patience);
  }
  return first;
}

void Brain::arm() {
  auto deadline = next_deadline();
  // The timer goes off once: what is due is armed again, even if it was before.
  if (deadline == armed_ && (!deadline || *deadline > now_.steady)) return;
  armed_ = deadline;
  // 0 would disarm: what is due already gets the earliest time there is.
  std::int64_t at = deadline ? std::max<std::int64_t>(deadline->time_since_epoch().count(), 1) : 0;
  os::arm_timer(timer_.get(), at);
}

void Brain::expire_some_logs() {
  std::ranges::move(slots_.take_segment_changes(), std::back_inserter(log_checks_));
  for (std::size_t i = 0; i < kLogChecksPerTurn && !log_checks_.empty(); ++i) {
    SegmentChange change = std::move(log_checks_.back());
    log_checks_.pop_back();
    const ServicePlan* service = plan_.find(change.service);
    if (service == nullptr) continue;
    expire_logs(options_.state + "/logs/" + change.service + "/" + std::to_string(change.instance),
                change.writing, service->logs.keep_bytes, service->logs.keep_for, now_.wall);
  }
}

void Brain::give_holds_upward() {
  if (holds_upward_at_ && *holds_upward_at_ > now_.steady) return;
  holds_upward_at_.reset();
  const bool told =
      holds_.tell_manager([&](const std::string& name) { return upward_.drop(name); },
                          [&](const wire::Hold& hold, int fd) { return upward_.keep(hold, fd); });
  if (!told) holds_upward_at_ = now_.steady + kUpwardEvery;
}

void Brain::speak_upward() {
  if (!keeper_ready_) return;
  give_holds_upward();
  if (!upward_.is_heard()) return;
  if (upward_at_ && *upward_at_ > now_.steady) return;
  upward_at_.reset();
  std::size_t ready = 0;
  std::vector<service::ServiceReport> reports = service::report(services());
  for (const auto& report : reports)
    ready += report.health == service::Health::kReady ? 1 : 0;
  std::string text =
      std::to_string(ready) + " of " + std::to_string(reports.size()) + " services are ready";
  if (upward_.status(text)) upward_at_ = now_.steady + kUpwardEvery;
}

int run_brain(const std::string& runtime, const std::string& state, const std::string& config) {
  // Crash-only: the end of the process is the only way to take it down, so it is the way here too.
  std::_Exit(std::make_unique<Brain>(BrainOptions{runtime, state, config})->run());
}

}  // namespace hammock::shell
