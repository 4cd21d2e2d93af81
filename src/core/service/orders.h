// What the shell is to do. Orders to the keeper name the generation they were decided on: when the
// slot has moved on, they are void. Orders of one decision are performed in their order, after its
// promises are durable.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "core/service/events.h"
#include "core/service/words.h"

namespace hammock::service {

// The shell finds the slot of (service, instance) in the ledger.
struct Target {
  std::string service;
  std::uint32_t instance = 0;
  std::uint64_t generation = 0;  // seen last
  friend bool operator==(const Target&, const Target&) = default;
};

struct Define {  // give it a free slot, unless it has one; answered by SlotSeen
  std::string service;
  std::uint32_t instance = 0;
};
struct Forget {  // free its slot; answered by SlotGone
  std::string service;
  std::uint32_t instance = 0;
};
struct Spawn {  // start generation + 1 from this spec
  Target target;
  std::uint64_t spec = 0;
};
struct Signal {  // to the main process
  Target target;
  std::int32_t signal = 0;
};
struct SignalGroup {  // to every process of the program
  Target target;
  std::int32_t signal = 0;
};
struct Kill {  // SIGKILL to the whole tree until it is empty
  Target target;
};
struct Arm {  // restarts by reflex from here on; 0 disarms
  Target target;
  std::uint64_t spec = 0;
  std::uint32_t tokens = 0;
  std::array<std::uint8_t, 32>
      no_reflex{};  // bitmap: bit c of byte c/8 = exit code c is not restarted
};
struct DropStored {  // a real stop: forget the descriptors it stored
  std::string service;
  std::uint32_t instance = 0;
};
struct Look {  // read its slot again now; answered by SlotSeen
  std::string service;
  std::uint32_t instance = 0;
};
struct ProbeTcp {  // connect once, at most `within`; answered by CheckEnded{kReady}
  Target target;
  std::string address;
  Duration within{};
};
struct RunCommand {  // in the service's user, folder and environment; at most `within`, then killed
  Target target;
  CheckPurpose purpose{};
  std::vector<std::string> command;
  Duration within{};
};

enum class ReplyKind : std::uint8_t { kAccepted, kProgress, kDone, kFailed, kRefused };
struct Reply {  // to everybody who waits for this command; nobody may
  std::string id;
  ReplyKind kind{};
  std::string message;  // a sentence for people
};
struct ExitHammock {  // everything has ended: the keeper exits with code
  std::int32_t code = 0;
};

using Order = std::variant<Define, Forget, Spawn, Signal, SignalGroup, Kill, Arm, DropStored, Look,
                           ProbeTcp, RunCommand, Reply, ExitHammock>;

std::string_view order_name(const Order& order);
std::string_view reply_word(ReplyKind kind);  // "accepted", "progress", "done", "failed", "refused"

}  // namespace hammock::service
