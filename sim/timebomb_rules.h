// What must hold of time bombs, whatever dies: each rung is told of once for each thing that goes
// off, when a reading says so and at once; what could not be read is never shown as good.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/engine/engine.h"
#include "sim/bombs.h"

namespace hammock::sim {

class TimebombRules {
 public:
  explicit TimebombRules(std::function<void(std::string)> broken) : broken_(std::move(broken)) {}

  void configured(std::span<const timebomb::Setup> setups);
  // The next decision is about this.
  void looked(const timebomb::Looked& looked) { given_ = looked; }
  // `clock` is of the whole life.
  void clock_set(Steady clock) { set_at_ = clock; }
  void decided(const engine::Decision& decision, Now now, Steady clock);
  // What the journal has is all that there is, in another process.
  void replay(std::span<const engine::Fact> journal, Steady clock);
  // Having decided, nobody is left who has to be told something.
  void check_sleep(const timebomb::State& state, Now now, Steady clock);
  // All is calm, and every look was answered.
  void check_end(const timebomb::State& state, const Bombs& bombs, Now now);

 private:
  struct Book {
    std::optional<timebomb::Reading> reading;  // the newest
    std::optional<timebomb::Reading> kept;     // in the journal
    std::map<std::string, Duration> told;      // the lowest rung, by the identity
    std::optional<std::string> ringing;        // it was told of, and not that it is over
    bool unknown = false;
    Steady read_at{};          // by the clock of the whole life
    bool has_looked = false;   // a look has ended in this life of the brain
    std::uint32_t failed = 0;  // looks in a row
    std::uint32_t calm = 0;    // looks in a row that saw the same thing out of sight
    std::uint64_t asked = 0;   // the look that is waited for …
    Steady asked_until{};      // … until then
  };
  bool accept(const timebomb::Looked& looked);
  void see(Book& book, const std::string& name, const timebomb::Reading& reading);
  void note_order(const timebomb::Look& look);
  void take(const timebomb::Fact& fact);
  void take_told(Book& book, const std::string& name, Duration rung);
  void take_defused(Book& book, const std::string& name);
  void take_eased(Book& book, const timebomb::TimebombEased& eased);
  void take_unknown(Book& book, const std::string& name);
  void take_known(Book& book, const std::string& name);
  void check_news(const Book& book, const std::string& name, Instant goes_off, Duration rung);
  void check_text(const Book& book, const std::string& name, std::string_view told);
  void check_read(const Book& book, const std::string& name);
  void check_told(const Book& book, const std::string& name);
  void check_over(const Book& book, const std::string& name);
  void check_shown(const timebomb::Report& report);
  bool is_eased(const Book& book, const std::string& name, Duration told) const;
  std::optional<Duration> reached(const Book& book, const std::string& name) const;

  std::function<void(std::string)> broken_;
  std::map<std::string, Book, std::less<>> books_;
  std::map<std::string, timebomb::Config, std::less<>> configs_;
  std::optional<timebomb::Looked> given_;
  bool open_ = false;
  bool replays_ = false;
  Now now_{};  // of the decision
  Steady clock_{};
  Steady set_at_{};    // when the wall clock was
  Steady began_at_{};  // when this process knew what the journal has
};

}  // namespace hammock::sim
