// The house under simulation: the real engine as the brain, a journal, faults between decide,
// record and perform, an operator with commands and configurations, and the rules that are checked
// after every step.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/engine/engine.h"
#include "sim/bombs.h"
#include "sim/heartbeat_rules.h"
#include "sim/job_rules.h"
#include "sim/network.h"
#include "sim/timebomb_rules.h"
#include "sim/world.h"

namespace hammock::sim {

// The fact as this one of the service room; null when it is another.
template <class Some>
const Some* fact_as(const engine::Fact& fact) {
  const auto* of_service = std::get_if<service::Fact>(&fact);
  return of_service == nullptr ? nullptr : std::get_if<Some>(of_service);
}

// What an operator wrote down.
struct Document {
  std::vector<service::Setup> services;
  std::vector<job::Setup> jobs;
};

struct Outcome {
  std::uint64_t trace = 0;  // hash of everything that happened
  std::uint64_t decisions = 0;
  std::vector<std::string> broken;  // empty: every rule held
};

// One whole life: some chaos, then calm, then an end. With `print`, every step on standard error.
Outcome run_seed(std::uint64_t seed, bool print);

class House {
 public:
  House(std::uint64_t seed, bool print);
  Outcome live();

 private:
  struct Asked {  // a command, as its client sees it
    std::string what;
    engine::Event given;
    std::string digest;  // of the document that is to be applied; empty: another command
    bool final = false;
  };

  // The brain.
  void start_brain();
  void kill_brain();
  void rise();
  void offer(const std::string& digest, const std::string& command, const char* what);
  void give_jobs();
  void draw_tolerance(heartbeat::Config& config);
  void draw_heartbeats();
  void give_heartbeats();
  void ping_later(std::size_t which);
  void send_ping(std::size_t which);
  void give_probes();
  void try_target(const probe::Ask& ask);
  void give_timebombs();
  void look_at(const timebomb::Look& look);
  void wait_for_looks();
  void replay_rules();
  void feed(const engine::Event& event, const char* what);
  void record(const std::vector<engine::Fact>& facts, bool& died);
  void perform(const engine::Order& order);
  void perform(const service::Order& order);
  void answer_check(const service::Target& target, service::CheckPurpose purpose, bool tcp);
  void plan_wake();
  void flush();

  // The operator, and fate.
  Document draw_configuration();
  service::Setup draw_setup(std::size_t number);
  job::Setup draw_job(const Document& document);
  job::When draw_when();
  void change_services(Document& document);
  void change_jobs(Document& document);
  void change_job(job::Setup& setup);
  void do_something();
  void fault();
  void give_command(service::Verb verb, const std::string& name);
  void give_job_command(job::Verb verb, const std::string& name);
  void send_command(const std::string& id);
  void change_configuration();
  void kill_keeper();
  void boot();
  void lose_last_facts();
  void jump_clock();
  void run_for(Duration time);
  void end_in_calm();
  void run_all_jobs();
  void go_down();
  void end_house();
  void come_up();

  // The rules.
  void check_decision(const engine::Decision& decision);
  void check_signal(const service::Signal& order);
  void check_spawn(const service::Spawn& order);
  void check_sleep();
  void check_jobs_sleep();
  std::map<End, int> recorded_ends() const;
  void check_exits();
  void check_end();
  void check_services_end();
  void check_jobs_end();
  void note_sent(const service::Spawn& order);
  void note_began(const service::SlotView& view);
  void rule_broken(std::string sentence);
  void trace(const std::string& line);

  service::State& room() { return std::get<service::State>(state_); }
  job::State& jobs() { return std::get<job::State>(state_); }

  std::uint64_t seed_;
  bool print_;
  World world_;
  engine::State state_;
  bool brain_lives_ = false;
  std::uint64_t brain_life_ = 0;
  std::uint64_t wakes_ = 0;
  std::vector<engine::Fact> journal_;
  std::vector<engine::Fact> batch_;
  std::vector<std::size_t> unsynced_;  // where each transaction begins that may not outlast it all
  bool flush_planned_ = false;
  std::map<std::string, Document> documents_;
  std::string wanted_digest_;
  std::optional<std::string> applied_;  // its jobs are still to be given
  std::map<std::string, Asked> commands_;
  std::set<End> lost_exits_;
  JobRules job_rules_;
  HeartbeatRules heartbeat_rules_;
  std::vector<heartbeat::Setup> heartbeats_;
  Network network_;
  ProbeRules probe_rules_;
  std::vector<probe::Setup> probes_;
  Bombs bombs_;
  TimebombRules timebomb_rules_;
  std::vector<timebomb::Setup> timebombs_;
  std::pair<std::uint64_t, Steady> lost_looks_;  // of which life, and until when
  std::map<End, std::string> tries_sent_;        // what the brain means to start there
  std::uint64_t commands_ever_ = 0;
  std::uint64_t hash_ever_ = 10;
  bool exited_ = false;
  bool by_up_ = true;
  Outcome outcome_;
};

}  // namespace hammock::sim
