// The simulated world: virtual time, the ledger, a keeper that follows its rules, and programs that
// do not follow any. It knows nothing of the core but its orders and its views of slots.
//
// Time passes only from one planned happening to the next, in the order of (time, planning), so
// that a run depends on its seed alone.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/service/service.h"
#include "sim/random.h"

namespace hammock::sim {

// How a copy of a program will behave, drawn when it starts.
struct Behaviour {
  bool fails_before_exec = false;
  std::optional<Duration> ready_after;  // none: never
  std::optional<Duration> ends_after;   // by itself
  std::int32_t ends_with = 0;           // wait status
  std::optional<Duration> obeys_after;  // its stop signal; none: ignores it
  std::int32_t obeys_with = 15;         // wait status
  bool hangs = false;                   // stops feeding its watchdog
  bool says_stopping = false;
  bool finishes_reloads = true;
};

struct Copy {                // a process
  std::uint64_t serial = 0;  // no other start, of whatever slot, has it
  Behaviour behaviour;
  bool alive = false;
  bool ready = false;
  Steady hung_since;
};

struct Slot {
  service::SlotView view;
  std::array<std::uint8_t, 32> no_reflex{};
  Copy copy;
};

using SlotKey = std::pair<std::string, std::uint32_t>;
using End = std::tuple<std::uint64_t, std::uint32_t, std::uint64_t>;  // boot, slot, generation

class World {
 public:
  // What the world tells: the key of a slot that changed, or an order that was refused. And for the
  // rules: that a program began (its slot as the ledger has it), and how it ended.
  struct Listener {
    std::function<void(const SlotKey&)> changed;
    std::function<void(const service::OrderRefused&)> refused;
    std::function<void(const service::SlotView&)> began;
    std::function<void(const service::SlotView&, std::int32_t wait_status)> ended;
  };

  World(std::uint64_t seed, Listener listener) : random(seed), listener_(std::move(listener)) {}

  // --- time ---
  void after(Duration wait, std::function<void()> happening);
  // False when nothing is planned before the end.
  bool step(Steady end);
  Now now() const { return {wall_, steady()}; }
  // Of the whole life; the steady clock of now() begins anew with each boot.
  Steady clock() const { return steady_; }
  void jump_wall(Duration by) { wall_ += by; }
  // Nothing runs any more, and the ledger is gone. The keeper must be dead.
  void boot();
  std::uint64_t boots() const { return boots_; }

  // --- the keeper ---
  void start_keeper();
  void kill_keeper();
  bool keeper_lives() const { return keeper_lives_; }
  // An order on its way to the keeper; void if that keeper dies before.
  void send(const service::Order& order);
  void drop_orders() { ++link_life_; }

  std::optional<service::SlotView> read(const SlotKey& key) const;
  std::vector<service::SlotView> read_all() const;
  bool truly_ready(const service::Target& target) const;
  void kill_copy(const SlotKey& key);
  const std::map<SlotKey, Slot>& slots() const { return slots_; }

  Random random;
  bool calm = false;                                // programs behave, and the keeper has room
  std::vector<std::string> broken;                  // rules that were broken, as sentences
  std::set<End> ended;                              // every one
  std::map<std::string, service::Config> programs;  // what a service's copies are like

 private:
  struct Planned {
    Steady at;
    std::uint64_t order = 0;
    std::function<void()> happening;
    bool operator<(const Planned& other) const {
      return std::tie(other.at, other.order) < std::tie(at, order);
    }
  };

  void carry_out(const service::Order& order);
  void define(const service::Define& order);
  void forget(const service::Forget& order);
  void spawn(const service::Spawn& order);
  void signal(const service::Target& target, std::int32_t signal);
  void arm(const service::Arm& order);
  Slot* present(const service::Target& target);

  void begin(const SlotKey& key, std::uint64_t spec);
  void exec(const SlotKey& key, std::uint64_t generation);
  void end(const SlotKey& key, std::uint64_t generation, std::int32_t wait_status);
  void reap(const SlotKey& key, std::uint64_t generation, std::optional<std::int32_t> wait_status,
            std::uint32_t stage);
  void later(const SlotKey& key, Duration wait, std::function<void(Slot&)> happening);
  Behaviour draw(const service::Config& config);
  void hint(const SlotKey& key);
  Steady steady() const { return steady_ - booted_; }
  Behaviour draw_to_an_end(const service::Config& config);
  std::uint32_t free_index() const;

  Listener listener_;
  Steady steady_{std::chrono::seconds(1000)};
  Instant wall_{std::chrono::seconds(1'700'000'000)};
  std::uint64_t planned_ = 0;
  std::priority_queue<Planned> plan_;
  bool keeper_lives_ = false;
  std::uint64_t keeper_life_ = 0;
  std::uint64_t link_life_ = 0;  // of the brain's link to the keeper
  Steady link_free_at_;
  Duration booted_{};  // what the steady clock began with
  std::uint64_t boots_ = 1;
  std::uint64_t serials_ = 0;
  std::map<std::uint32_t, std::uint64_t> generations_;  // of slots that were freed
  std::map<SlotKey, Slot> slots_;
};

}  // namespace hammock::sim
