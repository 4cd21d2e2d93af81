// What the three kinds of errands have in common. An errand begins when it is made, calls `done`
// once, from the loop, and is given up by its destruction. At any time it can tell its trace and
// the stage at which it stands.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "os/clock.h"
#include "wire/courier.h"

namespace hammock::courier {

using Outcome = decltype(wire::Answer::what);
using Done = std::function<void(Outcome)>;

// What an Answer says beside its outcome; phases.total is left to the caller.
struct Trace {
  wire::Phases phases;
  std::string remote;
  std::optional<wire::TlsFacts> tls;
};

// When it began, and until when it must have ended.
struct Times {
  Steady began;
  Steady deadline;
  // Read at once, not once a turn: a turn may do the arithmetic of many handshakes.
  Duration since_began() const { return os::read_clocks().steady - began; }
};

}  // namespace hammock::courier
