// The draft: probes and looks as they will be once the facts decided so far are applied. It copies
// only those that a decision touches. Of this module only.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/probe/probe.h"

namespace hammock::probe {

class Draft {
 public:
  // The state must outlive the draft.
  Draft(const State& state, Now now)
      : state_(state), now_(now), asked_(state.asked), blind_(state.blind) {}

  const State& state() const { return state_; }
  Now now() const { return now_; }

  // Null when it is not configured.
  const Probe* find(std::string_view probe) const;
  // To be changed by whoever goes on with it. It must be configured.
  Run& run(const std::string& probe);
  const Look& look(std::string_view ground) const;
  Look& change_look(const std::string& ground);

  // Since when, by the witnesses.
  const std::map<std::string, Instant, std::less<>>& blind() const { return blind_; }

  // What will be remembered; it is seen by find() at once.
  void say(Fact fact);
  void order(Order order) { decision_.orders.push_back(std::move(order)); }
  // Sends it out; the number of the try or look.
  std::uint64_t ask(Ask ask);

  // How what was touched is now comes after what was said.
  Decision take();

 private:
  Probe& touch(const std::string& probe);

  const State& state_;
  Now now_;
  std::uint64_t asked_;
  std::map<std::string, Probe, std::less<>> probes_;
  std::map<std::string, Look, std::less<>> looks_;
  std::map<std::string, Instant, std::less<>> blind_;
  Decision decision_;
};

// The fold of what is remembered of one probe; nothing for other facts.
void fold_into(Probe& probe, const Fact& fact);

}  // namespace hammock::probe
