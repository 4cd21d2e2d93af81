// What the keeper knows beyond the ledger. All of it is lost when it is killed, and none of it is
// needed by the next one. Every table is fixed; all-zero is the empty state, so that only what is
// used takes memory. A descriptor of 0 means "none": 0, 1 and 2 are always taken.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <expected>

#include "base/bounded.h"
#include "os/fixed_text.h"
#include "os/ledger_file.h"
#include "os/poll.h"
#include "os/unique_fd.h"
#include "wire/ledger.h"
#include "wire/link.h"
#include "wire/notify.h"
#include "wire/spec_view.h"

namespace hammock::keeper {

inline constexpr std::uint32_t kSlots = wire::kSlotsMax;
inline constexpr std::size_t kDyingMax = 64;
inline constexpr std::size_t kHeldMax = 2048;    // sockets and stored descriptors; more are refused
inline constexpr std::size_t kStoredMax = 1024;  // stored ones among them
inline constexpr std::size_t kReplyQueueMax = 128;  // orders are not read while it is almost full
inline constexpr std::size_t kReplyQueueRoom = 8;
inline constexpr std::size_t kEventsPerTurn = 128;
inline constexpr int kDatagramsPerTurn = 64;
inline constexpr int kDatagramsAtEnd = 4096;  // when the program has ended
inline constexpr std::int64_t kDrainBytesAtEnd = 4 << 20;
inline constexpr int kPipeBytes = 1 << 20;
inline constexpr std::int64_t kPaceUs = 1000;          // a busy pipe is left alone this long
inline constexpr std::int64_t kIndexEveryUs = 10'000;  // resolution of a log's times
inline constexpr std::int64_t kBackoffFirstUs = 100'000;
inline constexpr std::int64_t kBackoffMaxUs = 5'000'000;
inline constexpr std::int64_t kReapPatienceUs = 2'000'000;  // for whoever must reap a foreign child
inline constexpr std::int64_t kBrainPatienceUs = 2'000'000;  // between its link's end and its own

// One instance of a service.
struct SlotState {
  int fifo = 0;                    // the program's output, non-blocking
  int log = 0;                     // the segment being written; opened by the first byte
  int index = 0;                   // beside it
  int notify = 0;                  // its notify socket
  int ready_pipe = 0;              // s6-style readiness, until it came
  int pidfd = 0;                   // of a main process that is not our child, or that MAINPID named
  pid_t pid = 0;                   // the main process while it lives
  pid_t session = 0;               // the process that was cloned: names the session of the tree
  std::uint32_t instance_uid = 0;  // the user that the program was started as
  std::uint32_t stored_max = 0;
  int pipe_bytes = 0;  // what the fifo holds
  std::uint64_t start_ticks = 0;
  std::uint64_t log_bytes = 0;
  std::uint64_t segment_bytes = 0;  // begin a new segment past this
  std::uint64_t oom_kills = 0;      // of the cgroup, before this start
  std::int64_t last_index_us = 0;
  std::int64_t check_us = 0;         // when check_slot() is due; 0 never
  std::int64_t output_retry_us = 0;  // the log cannot be written: try again then
  std::int64_t check_backoff_us = 0;
  std::int64_t output_backoff_us = 0;
  std::int64_t reap_until_us = 0;  // a foreign child ended; nobody could say how yet
  std::uint64_t pending_spec = 0;  // start this once the old tree is gone
  std::uint8_t notify_access = 0;
  bool defined = false;
  bool is_child = false;         // of ours: waitid tells how it ended
  bool output_was_held = false;  // when we opened the fifo, somebody else had it open
  bool output_lost = false;      // it ended before we came, and nobody held its output until then
  bool ending = false;           // the main process is gone, its tree perhaps not
  bool killing = false;          // kKill: until the tree is empty
  bool in_leaf = false;          // the program lives in a cgroup of its own
  bool leaf_exists = false;
  bool leaf_spoiled = false;  // cgroup.kill was used: it must be made anew
  bool notify_sent = false;   // the brain has a copy
  bool waiting = false;       // stands in Keeper::waiting
};

struct Held {
  int fd = 0;
  bool sent = false;     // the brain has a copy
  bool watched = false;  // in the epoll set, for its hang-up
  wire::Hold hold;
};

// A process that we sent SIGKILL and that may not have ended yet.
struct Dying {
  int pidfd = 0;
  pid_t pid = 0;
  std::uint32_t slot = 0;
};

struct Link {
  int fd = 0;
  bool hello_sent = false;
  bool holds_sent = false;   // kHoldsDone went out
  bool holds_dirty = false;  // something held has not been sent
  bool blocked = false;      // EPOLLOUT is awaited
  bool throttled = false;    // orders are not read: the answers do not leave
  std::uint32_t changed_count = 0;
  std::bitset<kSlots> changed;
  std::size_t head = 0;
  std::size_t count = 0;
};

struct Brain {
  pid_t pid = 0;
  int pidfd = 0;          // when it is not our child
  bool answered = false;  // it finished its greeting in this life
  std::uint32_t failures = 0;
  std::int64_t start_at_us = 0;  // 0: not waiting to be started
  std::int64_t kill_at_us = 0;   // its link is gone: end it then
};

// What the brain was asked and has not answered; ask.cc.
struct Asked {
  int stop_signal = 0;  // by which it was asked from outside to stop
  bool reload = false;
  bool stop_told = false;  // to this brain
  bool reload_told = false;
  int reload_tellings = 0;
  bool second_chance = false;    // it was late once
  std::int64_t alive_at_us = 0;  // ask then whether it lives; 0: that was asked
  // Answers are awaited until then; 0: none is.
  std::int64_t alive_by_us = 0;  // or its greeting
  std::int64_t stop_by_us = 0;
  std::int64_t reload_by_us = 0;
};

// The large part of the state: all zero in the beginning, so it takes memory page by page, as it is
// used.
struct Tables {
  BoundedVector<std::uint32_t, kSlots> waiting{};
  std::array<pid_t, kSlots> main_pids{};
  std::array<SlotState, kSlots> slots{};
  std::array<Held, kHeldMax> held{};
  std::array<wire::HintMessage, kReplyQueueMax> replies{};
};

struct Keeper {
  Keeper(const os::Path& runtime_directory, const os::Path& state_directory, Tables& tables)
      : runtime(runtime_directory),
        state(state_directory),
        waiting(tables.waiting),
        main_pids(tables.main_pids),
        slots(tables.slots),
        held(tables.held),
        replies(tables.replies) {}

  const os::Path& runtime;
  const os::Path& state;
  os::Path groups;  // the cgroup that holds the programs' leaves; empty where there is none
  bool groups_are_new = false;  // made by this keeper: there is no leaf of an earlier one
  bool group_memory = false;    // it counts memory
  const char* hammock = "";
  const char* config = "";
  std::uint64_t identity = 0;               // of the runtime directory: marks our programs
  std::uint64_t descriptor_soft_limit = 0;  // as we were started: programs get it
  std::uint64_t descriptors_max = 0;        // that we may have
  os::LedgerFile file;
  wire::Ledger ledger;
  os::Epoll epoll;
  os::Epoll outputs;  // the fifos; itself a member of epoll
  os::UniqueFd signals;
  os::UniqueFd runtime_lock;
  os::UniqueFd state_lock;
  bool holds_done = false;  // the brain has given everything back: programs may be started
  bool done = false;
  int exit_value = 0;
  std::int64_t exit_at_us = 0;  // kShutdown: leave then, whether the brain has ended or not
  std::int64_t last_drain_us = 0;
  std::int64_t pace_until_us = 0;  // outputs are left alone until then
  std::size_t held_end = 0;        // entries of held beyond this were never used
  std::size_t stored_count = 0;
  std::uint32_t slots_end = 0;  // the same for slots
  std::array<Dying, kDyingMax> dying{};
  Brain brain;
  Asked asked;
  Link link;
  BoundedVector<std::uint32_t, kSlots>& waiting;  // slots with check_us or output_retry_us
  std::array<pid_t, kSlots>& main_pids;           // of slots; dense, to be searched
  std::array<SlotState, kSlots>& slots;
  std::array<Held, kHeldMax>& held;
  std::array<wire::HintMessage, kReplyQueueMax>& replies;
};

// What an epoll event belongs to: kind << 32 | index.
enum class Source : std::uint32_t {
  kSignals = 1,
  kLink,
  kOutputs,
  kBrainPidfd,
  kFifo,    // slot
  kNotify,  // slot
  kReady,   // slot
  kPidfd,   // slot
  kHeld,    // index in held
};
constexpr std::uint64_t tag(Source source, std::uint32_t index = 0) {
  return std::uint64_t{static_cast<std::uint32_t>(source)} << 32 | index;
}

// One short line for people, on standard error.
template <class... Parts>
void say(const Parts&... parts) {
  os::FixedText<512> line("hammock-keeper: ", parts..., "\n");
  [[maybe_unused]] ssize_t ignored = ::write(2, line.view().data(), line.view().size());
}

// Closes and forgets.
inline void close_fd(int& fd) {
  if (fd > 0) ::close(fd);
  fd = 0;
}

// loop.cc
void wait_until(Keeper& k, std::uint32_t slot, std::int64_t& field, std::int64_t at_us);
// slots.cc
int define_slot(Keeper& k, std::uint32_t slot, std::string_view service, std::uint32_t instance);
int forget_slot(Keeper& k, std::uint32_t slot);
int open_slot(Keeper& k, std::uint32_t slot);  // its fifo and cgroup, after the ledger names it
void forget_secrets(const Keeper& k, std::uint32_t slot);  // the copies that its program had
void set_main(Keeper& k, std::uint32_t slot, pid_t pid);
std::uint32_t slot_of_pid(const Keeper& k, pid_t pid);  // kSlots when it is nobody's
// spawn.cc
struct SpawnReason {
  bool by_reflex = false;
};
void spawn(Keeper& k, std::uint32_t slot, std::uint64_t spec, SpawnReason reason);
// At the very beginning, before a spec is read; false: there is no memory.
bool take_start_memory();
// Or errno. It stays until the next one is read.
std::expected<wire::SpecView, int> read_spec(const Keeper& k, std::uint64_t hash);
// exits.cc
void main_exited(Keeper& k, std::uint32_t slot, int status, bool status_known);
void record_exit(Keeper& k, std::uint32_t slot, int status, bool status_known);
void finish_exit(Keeper& k, std::uint32_t slot);
void foreign_exit(Keeper& k, std::uint32_t slot, std::int64_t now_us);
void reap(Keeper& k);
// tree.cc: everything that a program has become
bool tree_lives(Keeper& k, std::uint32_t slot);
void kill_tree(Keeper& k, std::uint32_t slot, int signal);
bool belongs_to(Keeper& k, std::uint32_t slot, pid_t pid);
// groups.cc: its cgroup, where there is one
void find_groups(Keeper& k);
void leaf_path(const Keeper& k, std::uint32_t slot, os::Path& path);
int make_leaf(Keeper& k, std::uint32_t slot);
bool remove_leaf(Keeper& k, std::uint32_t slot);
void remove_groups(const Keeper& k);
bool leaf_populated(const Keeper& k, std::uint32_t slot);
std::uint64_t leaf_oom_kills(const Keeper& k, std::uint32_t slot);
// output.cc
int open_output(Keeper& k, std::uint32_t slot);
std::int64_t drain_output(Keeper& k, std::uint32_t slot);  // bytes; what comes meanwhile stays
void drain_output_to_end(Keeper& k, std::uint32_t slot);
bool output_waits(const Keeper& k, std::uint32_t slot);  // its log cannot be written now
void retry_output(Keeper& k, std::uint32_t slot);
void drain_outputs(Keeper& k, std::int64_t now_us);
void next_segment(Keeper& k, std::uint32_t slot);
void close_output(Keeper& k, std::uint32_t slot);
// notify.cc
int open_notify(Keeper& k, std::uint32_t slot, std::uint32_t uid);
void watch_notify(Keeper& k, std::uint32_t slot, int fd);
void unwatch_notify(Keeper& k, SlotState& s);
void drain_notify(Keeper& k, std::uint32_t slot, int most = kDatagramsPerTurn);
void notify_path(const Keeper& k, std::uint32_t slot, os::Path& path);
int open_ready(Keeper& k, std::uint32_t slot, bool anew);
void ready_path(const Keeper& k, std::uint32_t slot, os::Path& path);
void drain_ready(Keeper& k, std::uint32_t slot);
// holds.cc
enum class HoldFrom : std::uint8_t { kProgram, kBrain, kManager };
int hold(Keeper& k, const wire::Hold& hold, os::UniqueFd fd, HoldFrom from);
void release(Keeper& k, const wire::Hold& hold);
void drop_stored(Keeper& k, std::uint32_t slot, std::string_view name, bool tell_brain);
void held_event(Keeper& k, std::uint32_t index);
// given.cc
void take_given(Keeper& k);
// link.cc
void open_link(Keeper& k, int fd);
void close_link(Keeper& k);
void receive_orders(Keeper& k);
void flush_link(Keeper& k);
void changed(Keeper& k, std::uint32_t slot);
void reply(Keeper& k, const wire::HintMessage& hint);
// ask.cc
std::int64_t answer_due_us(const Asked& asked);  // 0: no answer is awaited
void forget_answers(Keeper& k);
void expect_greeting(Keeper& k);
void brain_greeted(Keeper& k);
void ask_to_stop(Keeper& k, int signal);
void ask_to_reload(Keeper& k);
void ask_brain(Keeper& k);
void answered(Keeper& k, wire::Hint hint, bool durable);
void check_answers(Keeper& k, std::int64_t now_us);
// orders.cc
void obey(Keeper& k, const wire::OrderMessage& order, os::UniqueFd fd);
// brain_child.cc
void start_brain(Keeper& k);
void link_lost(Keeper& k);
void brain_died(Keeper& k);
// adopt.cc
void adopt_slots(Keeper& k);
void adopt_brain(Keeper& k, int fd);
void renew_notify_sockets(Keeper& k);

}  // namespace hammock::keeper
