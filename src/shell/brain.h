// The brain: one thread around one epoll set. It knows everything and decides everything, by the
// core; it may be killed at any instant, and the next one goes on from the journal, the ledger and
// the applied configuration.
//
//   gather   hints of the keeper → slots read from the ledger, ended checks, commands, deadlines
//   decide   engine::step, for each event
//   record   the facts of the turn, in one transaction; promises are on the disk when it returns
//   perform  the orders of the turn: to the keeper, checks, replies
//
// Bounds: kHintsPerTurn hints a turn, kOrdersQueuedMax queued orders, kChecksMax checks, the
// control socket's own. There is no tick: one timer, armed for the nearest deadline.
#pragma once

#include <sys/types.h>

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "core/engine/engine.h"
#include "os/ledger_file.h"
#include "os/poll.h"
#include "os/unique_fd.h"
#include "shell/checks.h"
#include "shell/control.h"
#include "shell/courier_link.h"
#include "shell/holds.h"
#include "shell/keeper_process.h"
#include "shell/link.h"
#include "shell/log.h"
#include "shell/management_api.h"
#include "shell/management_json.h"
#include "shell/observe.h"
#include "shell/ping_api.h"
#include "shell/pings.h"
#include "shell/pipes.h"
#include "shell/plan.h"
#include "shell/probe_errand.h"
#include "shell/programs.h"
#include "shell/rolls.h"
#include "shell/spec_files.h"
#include "shell/store.h"
#include "shell/timebomb_judge.h"
#include "shell/timebomb_outing.h"
#include "shell/upward.h"

namespace hammock::shell {

// What an epoll event belongs to; numbers from kCheckFirst on are checks, those from kProbeFirst on
// commands of probes.
enum Tag : std::uint64_t {
  kTagTimer = 1,
  kTagSignals,
  kTagLink,
  kTagControl,
  kTagClock,
  kTagPings,
  kTagCourier,
  kCheckFirst,
  kProbeFirst = std::uint64_t{1} << 62,
  kGaugeFirst = std::uint64_t{1} << 63
};

// In the numbers of errands: they are of time bombs, and not of probes.
inline constexpr std::uint64_t kTimebombId = std::uint64_t{1} << 61;

// Answers of the courier gather for so long.
inline constexpr Duration kAnswersGather = std::chrono::milliseconds(5);

struct BrainOptions {
  std::string runtime;  // R
  std::string state;    // S
  std::string config;   // the configuration file
};

class Brain {
 public:
  explicit Brain(BrainOptions options);
  Brain(const Brain&) = delete;
  Brain& operator=(const Brain&) = delete;

  // Until everything was stopped (0), another brain or keeper has the directories (75), or the
  // system refuses something that is needed to begin (71).
  int run();

 private:
  // brain.cc: start and loop
  Result<void> begin();
  Result<void> open_descriptors();
  void recall();
  void turn();
  bool has_more() const;
  void gather();
  void notice_suspend();
  void let_events_gather(std::span<const epoll_event> events);
  void dispatch(const epoll_event& event);
  void take_signals();
  void decide_and_perform();
  void note(const service::Fact& fact);
  void note(const job::Fact& fact);
  void note(const heartbeat::Fact& fact);
  void note(const probe::Fact& fact);
  void note(const timebomb::Fact& fact);
  void note_stuck(const job::TryStopAsked& stop);
  void run_deadlines();
  void arm();
  std::optional<Steady> next_deadline() const;
  void expire_some_logs();
  void speak_upward();
  void give_holds_upward();

  // brain_link.cc: the keeper
  void open_link(os::UniqueFd socket);
  void receive_hints();
  void watch_link();
  void take_hint(ReceivedHint hint);
  void refused(const wire::HintMessage& hint);
  void greeted();
  void lost_keeper();
  void restart_keeper();
  void keeper_exited(int wait_status);
  void look(std::uint32_t slot);
  void keep_pipes();
  void acknowledge();
  void note_segments();
  void bind_sockets();
  bool ensure_sockets(const ServicePlan& service);
  void obstructed(const std::string& service, const std::string& why);
  bool ensure_socket(const ServicePlan& service, std::uint32_t index);
  void release_sockets();
  void send_holds();
  void remove_unused_specs();
  bool is_by_up() const;
  void remember_up() const;

  // brain_perform.cc: orders
  void perform(const engine::Order& order);
  void perform(const service::Order& order);
  void define(const service::Define& order);
  void define_more();
  void forget(const service::Forget& order);
  void spawn(const service::Spawn& order);
  void arm_slot(const service::Arm& order);
  void to_slot(wire::Order order, const service::Target& target, std::int64_t value);
  void run_command(const service::RunCommand& order);
  void reply(const service::Reply& order);
  void leave(std::int32_t code);
  void refuse(const service::Target& target, service::KeeperOrder order, int reason);

  // brain_control.cc: what is asked of us
  void take_calls();
  void answer_call(const Control::Asked& asked);
  void answer_runs(web::ExchangeId exchange, const RunsAsked& asked);
  void answer_events(web::ExchangeId exchange, const EventsAsked& events);
  void take_command(web::ExchangeId exchange, const CommandAsked& command, std::uint32_t user);
  void publish_events();
  void flush_samples();
  void add_obstacle(service::ServiceReport& service) const;
  void add_obstacle(job::Report& job) const;
  TaskProgress progress_of(const std::vector<job::Report>& jobs) const;
  std::string output_trouble() const;
  HouseReport house_report(std::vector<service::ServiceReport> services) const;

  // brain_pings.cc: heartbeats
  bool wants_pings() const;
  Result<bool> listen_for_pings();
  void keep_listening();
  std::optional<std::string> pinged_by(const PingAsked& asked) const;
  bool takes_pings() const;
  void tell_listening(bool waited);
  bool has_key(const BySlug& by) const;
  bool can_record();
  void take_pings();
  void take_local_ping(web::ExchangeId exchange, PingHereAsked asked, std::uint32_t user);
  void answer_pings(std::span<const engine::Fact> facts);
  void answer_pings_asked(web::ExchangeId exchange, const PingsAsked& asked);

  // brain_management.cc: the management API
  struct ApiWaiting {  // for the reply to a command
    web::ExchangeId exchange = 0;
    CheckView view;
    web::Request request;
    std::string name{};                       // of the heartbeat
    int status = 200;                         // when all is well
    std::optional<std::string> last_words{};  // of one that is removed
    int tries = 0;                            // how often it was refused
  };
  void take_api(web::ExchangeId exchange, web::Request request, int tries = 0);
  std::optional<heartbeat::Report> find_report(std::string_view id) const;
  web::Response checks_answer(const ChecksAsked& asked, const CheckView& view) const;
  web::Response check_answer(std::string_view id, const CheckView& view) const;
  web::Response check_pings_answer(const CheckPingsAsked& asked, const CheckView& view);
  web::Response ping_body_answer(const PingBodyAsked& asked);
  web::Response flips_answer(const FlipsAsked& asked);
  // What is wrong with it; nothing: the answer comes later.
  std::optional<web::Response> give_check(const CheckGiven& given, ApiWaiting waiting);
  std::optional<web::Response> command_check(const CheckCommand& command, ApiWaiting waiting);
  std::string await_api(ApiWaiting waiting);
  bool answer_api(const service::Reply& reply);
  void give_uuids();
  std::vector<schedule::Zone> zones_of_made() const;

  // brain_probes.cc: probes
  void perform(const probe::Order& order);
  void look_at(const probe::Ask& ask);
  void watch_courier(int fd, bool for_writing);
  void run_probe(const probe::Ask& ask, Duration within);
  void unanswered(std::uint64_t id, const std::string& why);
  void answered(std::uint64_t id, Judged judged, std::string numbers);
  void read_courier();
  void flush_rolls();
  void tell_of_rolls();
  void take_probes();
  void answer_probe_history(web::ExchangeId exchange, const ProbeHistoryAsked& asked);

  // brain_timebombs.cc: time bombs
  void perform(const timebomb::Order& order);
  void look_at(const timebomb::Look& look);
  void leave_look(const timebomb::Leave& leave);
  void seen(const timebomb::Look& look, timebomb::Sighting sighting);
  void go_on(std::uint64_t look, Outing::Step step);
  void errand_ended(Told told);
  void gauge_ended(std::uint64_t look, const ProgramEnd& end);
  Beside beside_of(const timebomb::Setup& setup) const;
  void remember(const timebomb::Setup& setup, Amount& amount);

  // brain_config.cc: the configuration
  void configure_at_start();
  // What to do with a file by which a program that runs could not be started again.
  enum class IfBlocked : std::uint8_t { kRefuse, kAccept };
  bool use_file(const std::string& command, IfBlocked if_blocked);
  bool use_copy(const std::string& digest);
  Result<void> keep_copies(const Plan& plan, std::string_view text);
  bool has_program(std::string_view service) const;
  void apply_file(const std::string& command);
  void offer(Plan plan, const std::string& command);
  void applied(const service::ConfigurationApplied& fact);
  void try_blocked_again();
  void plan_unblocking();
  void unblock_if_due();

  const service::State& services() const { return std::get<service::State>(state_); }
  void happened(service::Event event) { events_.emplace_back(std::move(event)); }
  void happened(job::Event event) { events_.emplace_back(std::move(event)); }
  void happened(heartbeat::Event event) { events_.emplace_back(std::move(event)); }
  void happened(probe::Event event) { events_.emplace_back(std::move(event)); }
  void happened(timebomb::Event event) { events_.emplace_back(std::move(event)); }

  BrainOptions options_;
  Binaries binaries_;
  Log log_;
  Upward upward_;
  os::UniqueFd lock_;
  os::Epoll epoll_;
  os::UniqueFd timer_;
  os::UniqueFd signals_;
  os::UniqueFd clock_;  // readable when somebody sets the clock
  os::LedgerFile ledger_file_;
  wire::Ledger ledger_;
  std::string boot_id_;

  Now now_{};                      // of this turn
  std::int64_t last_turn_us_ = 0;  // for a hint or a deadline
  int turns_in_a_row_ = 0;
  Duration monotonic_behind_{};  // of this turn
  engine::State state_;
  std::vector<engine::Event> events_;  // of the next decision
  bool recorded_ = true;               // the facts of this turn are in the journal

  std::optional<Store> store_;
  SlotBook slots_;
  HoldBook holds_;
  Pipes pipes_;
  Link link_;
  bool link_writable_awaited_ = false;
  bool keeper_ready_ = false;                   // the greeting is over: orders are taken
  std::unordered_set<std::uint32_t> defining_;  // slots of which the keeper has not told yet
  std::deque<service::Define> to_define_;       // when it has told of some
  bool first_greeting_ = true;
  pid_t keeper_child_ = 0;  // a keeper that we started
  std::optional<Steady> keeper_retry_;
  unsigned keeper_failures_ = 0;
  std::optional<Steady> look_again_;  // at torn slots
  std::vector<wire::Hint> to_acknowledge_;
  std::optional<Steady> settle_at_;
  std::optional<Steady> unblock_at_;  // when blocked jobs are looked at again
  Duration unblock_wait_{};

  Checks checks_;
  Control control_;
  Pings pings_;
  std::string pings_trouble_;  // why nobody can ping; empty: they can, or need not
  std::optional<Steady> pings_retry_at_;
  Duration pings_wait_{};
  // Pings among the events of this turn, in their order.
  struct Unanswered {
    web::ExchangeId exchange = 0;
    std::optional<Dialect> dialect;  // none: it came on the control socket
  };
  std::vector<Unanswered> unanswered_;
  void answer_ping(const Unanswered& one, PingOutcome outcome, std::uint64_t number);
  struct EarlyPing {
    web::ExchangeId exchange = 0;
    PingHereAsked asked;
    std::uint32_t user = 0;
  };
  std::vector<EarlyPing> early_pings_;  // it is not known yet what is configured
  std::unordered_map<std::string, ApiWaiting> api_waiting_;  // by the id of the command
  std::uint64_t api_commands_ = 0;
  Rolls rolls_;
  std::optional<CourierLink> courier_;  // from the beginning on
  std::optional<Steady> courier_read_at_;
  std::uint32_t courier_events_ = 0;
  Programs programs_;  // commands of probes
  Programs gauges_;    // what looks at time bombs; apart, so that one cannot starve the other
  struct Asked {
    probe::Ask ask;
    Shared<probe::Setup> setup;  // as it was then; of a witness nothing
  };
  std::unordered_map<std::uint64_t, Asked> asked_;  // by its number
  // Looks at time bombs that are under way, by their number; each as it was configured then.
  struct OutLooking {
    timebomb::Look look;
    Outing outing;
  };
  std::unordered_map<std::uint64_t, OutLooking> outings_;
  std::uint64_t errands_ = 0;
  std::unordered_map<std::uint64_t, std::uint64_t> errands_of_;  // looks, by the courier's number
  struct ProgramLooking {
    timebomb::Look look;
    Shared<timebomb::Setup> setup;
  };
  std::unordered_map<std::uint64_t, ProgramLooking> looking_;
  bool listens_ = false;     // as it was told last
  bool came_by_up_ = false;  // this brain is the first of a `hammock up`
  SpecFiles specs_;
  AppliedCopies copies_;
  resolve::HostFacts host_;
  Plan plan_;
  std::optional<Plan> offered_;                       // not yet applied by the core
  std::vector<Shared<job::Setup>> jobs_;              // of the offered one
  std::vector<Shared<heartbeat::Setup>> heartbeats_;  // of the offered one
  std::vector<Shared<probe::Setup>> probes_;          // of the offered one
  std::vector<Shared<timebomb::Setup>> timebombs_;    // of the offered one
  std::vector<std::string> notes_;                    // what is not as it should be, for status
  std::unordered_map<std::string, std::string>
      obstacles_;  // by service: why the shell cannot start it, as said in the log
  std::vector<SegmentChange> log_checks_;

  std::optional<Steady> armed_;  // what the timer is set to
  std::optional<Steady> watchdog_at_;
  Duration watchdog_every_{};
  std::optional<Steady> upward_at_;
  std::optional<Steady> holds_upward_at_;  // the manager could not take them: try again then
  std::optional<std::int32_t> leaving_;    // the exit code of the house
  Steady leave_by_{};
  std::optional<int> exit_code_;  // of the brain
};

}  // namespace hammock::shell
