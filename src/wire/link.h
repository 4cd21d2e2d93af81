// What the brain and the keeper say to each other: fixed-size messages over a SOCK_SEQPACKET pair,
// descriptors beside them (SCM_RIGHTS). docs/formats/link.md is its page.
//
// Messages to the brain are hints: "slot 7 changed; look at the ledger". Messages to the keeper are
// orders. Both sides keep copies of the descriptors whose loss would harm programs (listening
// sockets, notify sockets, stored descriptors), and give them back to whoever was replaced: after
// Hello each side sends Hold for everything it holds, then HoldsDone.
//
// An order that names a generation is void if the slot has moved on: repeating an order is always
// safe.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "wire/ledger.h"

namespace hammock::wire {

inline constexpr std::uint32_t kLinkVersion = 2;
inline constexpr int kLinkFd = 3;  // both processes are started with their end here
inline constexpr std::size_t kHoldNameBytes = 256;

enum class Order : std::uint32_t {
  kHello = 1,  // value = kLinkVersion; the first message
  kHold,       // + descriptor: keep this for hold (a listening socket, or one stored by a program)
  kHoldsDone,  // all Holds after Hello were sent: only now may programs be started
  kRelease,    // forget what is held under hold
  kDefine,     // slot, service, instance: name the slot, open its fifo, log and notify socket
  kForget,     // slot: close and free it; refused while a program runs in it
  kSpawn,      // slot, generation = the one seen last, spec: start generation + 1
  kSignal,     // slot, generation, value = signal, to the main process
  kSignalGroup,  // the same, to every process of the program
  kKill,         // slot, generation: SIGKILL to the whole tree, until it is empty
  kArm,          // slot, generation, spec, value = tokens (0 disarms), no_reflex = exit codes that
                 // must not be restarted by reflex
  kDropStored,   // slot: forget the descriptors that its program stored (a real stop)
  kRotate,       // slot: begin a new log segment
  kShutdown,     // all programs have ended: the keeper exits with value
  kPing,         // value = number; answered by kPong after everything before it was handled
  kTaken,        // value = the Hint (kStopRequested, kReloadRequested, kAlive) that was taken;
                 // generation = 1 when what it asks for is in the journal
};

enum class Hint : std::uint32_t {
  kHello = 101,  // value = kLinkVersion
  kHold,         // + descriptor
  kHoldsDone,
  kChanged,          // slot: its ledger entry changed
  kRefused,          // slot, generation: order `about` was not carried out; value = errno
  kPong,             // value = number
  kStopRequested,    // the keeper got SIGTERM or SIGINT: value = signal. The brain stops everything
  kReloadRequested,  // the keeper got SIGHUP
  kReleased,         // hold: the keeper dropped it (FDSTOREREMOVE, hang-up, kDropStored): do so too
  kAlive,            // do you live? Answered by kTaken
};

// What a held descriptor is; also how a program knows it: LISTEN_FDS in the order of index, then
// the stored ones.
enum class HoldKind : std::uint32_t {
  kNone = 0,    // the message holds nothing
  kListen = 1,  // of a service: index in its `listen`, name for LISTEN_FDNAMES
  kStored = 2,  // of a slot: FDSTORE=1, name from FDNAME
  kNotify = 3,  // of a slot: its bound notify socket
};

struct Hold {
  HoldKind kind = HoldKind::kNone;
  std::uint32_t index = 0;                 // kListen; kStored: the instance
  std::uint32_t slot = 0;                  // kStored, kNotify
  std::uint32_t flags = 0;                 // kStored: 1 = FDPOLL=0
  std::array<char, kNameBytes> service{};  // kListen, kStored
  std::array<char, kHoldNameBytes> name{};
};

struct OrderMessage {
  Order order{};
  std::uint32_t slot = 0;
  std::uint64_t generation = 0;
  std::uint64_t spec = 0;
  std::int64_t value = 0;
  std::uint32_t instance = 0;
  std::uint32_t reserved = 0;
  std::array<char, kNameBytes> service{};
  std::array<std::uint8_t, kExitBitmapBytes> no_reflex{};
  Hold hold;
};
static_assert(std::is_trivially_copyable_v<OrderMessage>);

struct HintMessage {
  Hint hint{};
  std::uint32_t slot = 0;
  std::uint64_t generation = 0;
  std::int64_t value = 0;
  Order about{};
  std::uint32_t reserved = 0;
  Hold hold;
};
static_assert(std::is_trivially_copyable_v<HintMessage>);

}  // namespace hammock::wire
