// A keeper under test: the real binary in a temporary folder, with this test in the place of its
// brain.
//
// The keeper starts "the brain", which is this very test program once more (argv[1] == "brain"): it
// hands its end of the link to the test over R/test.sock, and lives until the test lets go or kills
// it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "os/channel.h"
#include "os/ledger_file.h"
#include "os/unique_fd.h"
#include "wire/ledger.h"
#include "wire/link.h"
#include "wire/spec.h"

namespace hammock::keeper {

// The life of the process that the keeper takes for the brain.
int brain_main(int count, char** values);

// keeper_programs.cc: the programs that the tests run. They pause for ever after what they are to
// do.
int program_main(int count, char** values);

struct Hint {
  wire::HintMessage message;
  os::UniqueFd fd;
};

class Rig {
 public:
  Rig();
  ~Rig();
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  void start_keeper();  // with a brain of its own
  void adopt();         // as a brain that lives would, after the keeper died
  void kill_keeper();   // -9, and waits for its end
  int wait_keeper();    // its exit code
  void accept_brain();  // takes the link of the brain that the keeper started
  // Takes the keeper's greeting, and greets back; held go first, and come before HoldsDone.
  void greet(bool holds_done = true);

  void send(const wire::OrderMessage& order, int fd = -1);
  void define(std::uint32_t slot, const std::string& service, std::uint32_t instance = 1);
  std::uint64_t write_spec(const wire::Spec& spec);
  wire::OrderMessage order(wire::Order kind, std::uint32_t slot, std::int64_t value = 0);
  void spawn(std::uint32_t slot, const wire::Spec& spec);
  // Starts it and waits until it runs; its pid.
  // Of a program that goes on: one that has ended before it was looked at was never seen running.
  pid_t run(std::uint32_t slot, const wire::Spec& spec);
  pid_t main_of(std::uint32_t slot);  // its main process, once it has one
  void signal(std::uint32_t slot, int number);
  void arm(std::uint32_t slot, const wire::Spec& spec, int tokens, std::vector<int> no_reflex = {});
  void ping();  // everything ordered before is done

  // Waits (10 s at most) until it is true; hints that come meanwhile are kept in `hints`.
  bool until(const std::function<bool()>& is_true, int most_ms = 10'000);
  std::optional<Hint> wait_hint(wire::Hint kind);
  wire::SlotCopy slot(std::uint32_t index);
  wire::SlotCopy wait_exit(std::uint32_t slot, std::uint64_t generation);
  const wire::ExitRecord exit_of(std::uint32_t slot, std::uint64_t generation);
  std::string log(const std::string& service, std::uint32_t instance = 1);
  bool wait_log(const std::string& service, const std::string& text);
  std::string path(const std::string& name) const { return runtime + "/" + name; }

  std::string base;
  std::string runtime;
  std::string state;
  pid_t keeper = 0;
  pid_t brain = 0;
  std::vector<Hint> hints;
  os::UniqueFd link;
  os::UniqueFd brain_life;  // closed: the brain ends
  bool as_user = false;

 private:
  void receive_hints(int timeout_ms);
  void spawn_keeper(int link_fd);
  int kill_marked();
  std::optional<os::LedgerFile> ledger_;
  os::UniqueFd listener_;
};

wire::Spec shell_spec(const std::string& script);
// This test program as `program MODE ARGUMENT…`.
wire::Spec program_spec(std::vector<std::string> mode);
bool process_lives(pid_t pid);
// SIGKILL to exactly this process; 0 and below would mean whole groups.
void kill_process(pid_t pid);

}  // namespace hammock::keeper
