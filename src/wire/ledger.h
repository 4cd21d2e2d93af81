// The ledger: the truth about processes, readable by everybody, even when every process of ours is
// dead.
//
// It is a file of fixed size in the runtime directory, mapped shared: one Header, then `capacity`
// slots. A slot stands for one instance of one service. The keeper alone writes it (and, for one
// word, the child it has just cloned); the brain and the command line read it.
// docs/formats/ledger.md is its page.
//
// Life of a slot:
//
//   Free ──define──▶ Idle ──intent──▶ Starting ──claimed──▶ Running ──exit seen──▶ Idle
//                      ▲                   └──────failed before exec───────────────┘│
//                      └──────────────────────────────────────────────────────────-─┘
//
// * Intent is written before the child exists: generation + 1, phase Starting, life =
//   {generation, 0}.
// * The child writes its own identity: first pidfs_inode (or start_ticks, where the kernel
//   has no such inode), then it swaps life from {generation, 0} to {generation, pid}. If the swap
//   fails somebody revoked the start, and the child exits before exec. So whoever finds life == {g,
//   0} and swaps it to {g, kRevoked} knows that no program of that generation will ever run, and
//   whoever finds a pid knows exactly which process it is. The keeper that cloned it makes the same
//   swap once it knows the pid: whoever is first wins, both write the same. A life with a pid
//   therefore has start_ticks, or pidfs_inode, or both.
// * Running begins when the child exists. A child that fails before exec leaves stage and
//   errno in `failure` and exits with 127; its exit record has them.
// * An exit is written to exits[generation % kExitsKept] before phase returns to Idle.
//   Phase returns to Idle when the whole tree of the program is gone, so Running with the
//   exit of its own generation means: the main process ended, what it left behind is being
//   killed. The brain arms at most kReflexTokensMax restarts by reflex, so while it is away
//   no exit is overwritten unseen.
//
// Reading: each slot has a sequence number, odd while its writer is inside; read_slot() copies
// until it gets a copy whose sequence was even and unchanged. A keeper killed inside leaves it odd:
// the reader gives up after a bounded number of tries and says so (`torn`), the next keeper repairs
// it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace hammock::wire {

inline constexpr std::uint64_t kLedgerMagic = 0x3152474c4b4d4d48;  // "HMMKLGR1", little endian
inline constexpr std::uint32_t kLedgerVersion = 2;
inline constexpr std::uint32_t kSlotsMax = 16384;
inline constexpr std::size_t kNameBytes = 64;     // longest service name 63, NUL-terminated
inline constexpr std::size_t kStatusBytes = 112;  // longest STATUS= kept 111, NUL-terminated
inline constexpr std::size_t kErrorNameBytes = 64;
inline constexpr std::size_t kExitBitmapBytes = 32;  // one bit per exit code 0 … 255
inline constexpr std::size_t kExitsKept = 4;
inline constexpr std::uint32_t kReflexTokensMax = 2;
inline constexpr std::uint32_t kRevoked = 0xffffffff;

enum class Phase : std::uint32_t { kFree = 0, kIdle = 1, kStarting = 2, kRunning = 3 };

// Where a start failed before exec. The order is the order of the steps.
enum class Stage : std::uint32_t {
  kNone = 0,
  kClone,
  kClaim,
  kSpec,
  kSession,
  kOutput,
  kSockets,
  kSecrets,
  kDirectory,
  kLimits,
  kPriority,
  kGroups,
  kUser,
  kCapabilities,
  kNoNewPrivileges,
  kExec,
};
std::string_view stage_name(Stage stage);  // "exec", "change user", …

struct ExitRecord {
  std::uint64_t generation = 0;  // 0: this place was never used
  std::int64_t wall_us = 0;      // civil time, microseconds since 1970
  std::int64_t ran_us = 0;       // from exec's release to the exit; -1 unknown
  std::int32_t pid = 0;
  std::int32_t wait_status = 0;   // as waitpid(2) gives it; meaningless when status_known is 0
  std::uint8_t status_known = 0;  // 0 when nobody could learn it: then it is unknown, not good
  std::uint8_t was_ready = 0;
  std::uint8_t by_reflex = 0;  // the keeper restarted the slot at once
  std::uint8_t oom = 0;        // the kernel's memory killer chose this group
  Stage stage = Stage::kNone;  // not kNone: it never came to exec
  std::int32_t stage_errno = 0;
  std::uint8_t output_known = 0;  // 0: its pipe may have been gone before it was read to the end
  std::array<std::uint8_t, 3> reserved{};
};
static_assert(sizeof(ExitRecord) == 48 && std::is_trivially_copyable_v<ExitRecord>);

// What the program said of itself through its notify socket or notification descriptor; all of it
// is forgotten at the next start.
struct Said {
  std::int64_t watchdog_us = 0;          // last WATCHDOG=1, CLOCK_BOOTTIME; 0 never
  std::int64_t watchdog_timeout_us = 0;  // WATCHDOG_USEC=; 0 never said
  std::int64_t extend_until_us = 0;      // EXTEND_TIMEOUT_USEC=, as CLOCK_BOOTTIME; 0 never
  std::int64_t reloading_us = 0;         // MONOTONIC_USEC of the last RELOADING=1; 0 never
  std::uint32_t reloads_done = 0;        // READY=1 that ended a RELOADING=1
  std::int32_t main_pid = 0;             // MAINPID=; 0 the child itself
  std::int32_t error_number = 0;         // ERRNO=
  std::uint8_t ready = 0;
  std::uint8_t stopping = 0;
  std::uint8_t reloading = 0;
  std::uint8_t watchdog_trigger = 0;  // WATCHDOG=trigger
  std::uint32_t restart_resets = 0;   // RESTART_RESET=1 seen
  std::uint32_t notify_access = 0;    // NOTIFYACCESS= + 1; 0 never said: as the spec has it
  std::uint64_t progress_done = 0;    // X_PROGRESS=done/total
  std::uint64_t progress_total = 0;   // 0 never said
  std::array<char, kStatusBytes> status{};
  std::array<char, kErrorNameBytes> error_name{};  // BUSERROR= or VARLINKERROR=, NUL-terminated
};

// The part of a slot that read_slot() copies.
struct SlotData {
  std::array<char, kNameBytes> service{};
  std::uint32_t instance = 0;  // 1-based
  Phase phase = Phase::kFree;
  std::uint64_t generation = 0;   // starts ever tried in this slot
  std::uint64_t spec = 0;         // hash of the spec of this generation; R/spec/<hex> holds it
  std::uint64_t start_ticks = 0;  // field 22 of /proc/PID/stat, where there is no such inode
  std::uint64_t pidfs_inode = 0;  // fstat(pidfd).st_ino where the kernel never reuses it; else 0
  std::int64_t started_us = 0;    // CLOCK_BOOTTIME
  std::int64_t started_wall_us = 0;
  std::uint32_t reflex_tokens = 0;
  std::uint32_t reflexes = 0;  // starts by reflex, ever
  std::uint64_t reflex_spec = 0;
  std::array<std::uint8_t, kExitBitmapBytes> no_reflex{};  // exit codes that stop the reflex
  std::uint64_t log_segment = 0;                           // number of the segment being written
  std::int32_t log_errno = 0;  // why its output waits in its pipe; 0: it flows
  std::uint32_t reserved = 0;
  Said said;
  std::array<ExitRecord, kExitsKept> exits{};

  std::string_view name() const { return service.data(); }
};
static_assert(std::is_trivially_copyable_v<SlotData>);

struct Slot {
  std::atomic<std::uint32_t> sequence{0};
  std::uint32_t reserved = 0;
  std::atomic<std::uint64_t> life{0};  // generation << 32 | pid; see make_life()
  std::atomic<std::uint64_t> failure{
      0};  // by the child that fails before exec: stage << 32 | errno
  SlotData data;
  // Last sign of life, CLOCK_MONOTONIC, which stands still while the machine sleeps: its start,
  // output or progress, or when a new keeper began to listen; 0 never. Not under `sequence`.
  std::atomic<std::int64_t> active_us{0};
};
inline constexpr std::size_t kSlotBytes = 704;
static_assert(sizeof(Slot) <= kSlotBytes);

struct Header {
  std::uint64_t magic = kLedgerMagic;
  std::uint32_t version = kLedgerVersion;
  std::uint32_t capacity = 0;
  std::array<char, 40> boot_id{};  // a ledger of another boot describes nobody: its slots are void
  std::atomic<std::int32_t> keeper_pid{0};
  std::atomic<std::uint32_t> keeper_starts{0};  // 1 after the first start
  std::atomic<std::int32_t> brain_pid{0};       // 0 while there is none
  std::atomic<std::uint32_t> brain_starts{0};
  std::atomic<std::int64_t> keeper_started_us{0};  // CLOCK_BOOTTIME
  std::atomic<std::int64_t> brain_started_us{0};
  std::atomic<std::uint32_t> slots_used{0};  // slots beyond this index were never defined
  std::atomic<std::uint32_t> shutting_down{0};
};
inline constexpr std::size_t kHeaderBytes = 4096;
static_assert(sizeof(Header) <= kHeaderBytes);

constexpr std::size_t ledger_bytes(std::uint32_t capacity) {
  return kHeaderBytes + std::size_t{capacity} * kSlotBytes;
}

constexpr std::uint64_t make_life(std::uint64_t generation, std::uint32_t pid) {
  return (generation << 32) | pid;
}
constexpr std::uint32_t life_pid(std::uint64_t life) {
  return static_cast<std::uint32_t>(life);
}
constexpr std::uint32_t life_generation(std::uint64_t life) {
  return static_cast<std::uint32_t>(life >> 32);
}

// A view of a mapped ledger; it owns nothing. `base` must be page-aligned and `bytes` long, and
// must outlive the view.
class Ledger {
 public:
  Ledger() = default;
  Ledger(void* base, std::size_t bytes) : base_(static_cast<std::byte*>(base)), bytes_(bytes) {}

  // Null when the mapped bytes are a ledger we understand, else a short reason for people.
  const char* problem() const;

  Header& header() const { return *reinterpret_cast<Header*>(base_); }
  std::uint32_t capacity() const { return header().capacity; }
  Slot& slot(std::uint32_t index) const;

 private:
  std::byte* base_ = nullptr;
  std::size_t bytes_ = 0;
};

struct SlotCopy {
  SlotData data;
  std::uint64_t life = 0;
  std::int64_t active_us = 0;
  bool torn = false;  // the writer died inside, or did not leave in time: data may be half new
};

// A consistent copy, after at most a thousand tries; else the last copy, with torn set.
SlotCopy read_slot(const Slot& slot);

// Brackets every change of slot.data by the keeper. One writer at a time: the keeper.
class SlotWriter {
 public:
  explicit SlotWriter(Slot& slot);
  ~SlotWriter();
  SlotWriter(const SlotWriter&) = delete;
  SlotWriter& operator=(const SlotWriter&) = delete;
  SlotData* operator->() { return &slot_.data; }

 private:
  Slot& slot_;
};

}  // namespace hammock::wire
