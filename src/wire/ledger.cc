#include "wire/ledger.h"

#include <cstring>

#include "base/assert.h"

namespace hammock::wire {

std::string_view stage_name(Stage stage) {
  switch (stage) {
    case Stage::kNone:
      return "none";
    case Stage::kClone:
      return "clone";
    case Stage::kClaim:
      return "claim the slot";
    case Stage::kSpec:
      return "read the spec";
    case Stage::kSession:
      return "new session";
    case Stage::kOutput:
      return "open the output";
    case Stage::kSockets:
      return "pass sockets";
    case Stage::kDirectory:
      return "change directory";
    case Stage::kLimits:
      return "set limits";
    case Stage::kPriority:
      return "set priority";
    case Stage::kGroups:
      return "change groups";
    case Stage::kUser:
      return "change user";
    case Stage::kCapabilities:
      return "set capabilities";
    case Stage::kNoNewPrivileges:
      return "no new privileges";
    case Stage::kSecrets:
      return "copy secrets";
    case Stage::kExec:
      return "exec";
  }
  return "unknown";
}

const char* Ledger::problem() const {
  if (base_ == nullptr || bytes_ < kHeaderBytes) return "it is too short";
  const Header& h = header();
  if (h.magic != kLedgerMagic) return "it is not a ledger";
  if (h.version != kLedgerVersion) return "it was written by another version";
  if (h.capacity == 0 || h.capacity > kSlotsMax) return "its capacity is out of range";
  if (ledger_bytes(h.capacity) > bytes_) return "it is cut short";
  return nullptr;
}

Slot& Ledger::slot(std::uint32_t index) const {
  HAMMOCK_ASSERT(index < capacity());
  return *reinterpret_cast<Slot*>(base_ + kHeaderBytes + std::size_t{index} * kSlotBytes);
}

SlotCopy read_slot(const Slot& slot) {
  constexpr int kTries = 1000;
  SlotCopy copy;
  for (int i = 0; i < kTries; ++i) {
    std::uint32_t before = slot.sequence.load(std::memory_order_acquire);
    std::memcpy(&copy.data, &slot.data, sizeof copy.data);
    copy.life = slot.life.load(std::memory_order_acquire);
    copy.active_us = slot.active_us.load(std::memory_order_acquire);
    std::atomic_thread_fence(std::memory_order_acquire);
    std::uint32_t after = slot.sequence.load(std::memory_order_relaxed);
    copy.torn = before != after || (before & 1) != 0;
    if (!copy.torn) break;
  }
  // A damaged file must not make a reader run past the text.
  copy.data.service.back() = '\0';
  copy.data.said.status.back() = '\0';
  copy.data.said.error_name.back() = '\0';
  return copy;
}

// The sequence is odd while a writer is inside. One that is odd already was left so by a keeper
// that was killed: it stays odd, and leaving makes it even.
SlotWriter::SlotWriter(Slot& slot) : slot_(slot) {
  std::uint32_t now = slot_.sequence.load(std::memory_order_relaxed);
  slot_.sequence.store(now | 1U, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

SlotWriter::~SlotWriter() {
  std::uint32_t now = slot_.sequence.load(std::memory_order_relaxed);
  slot_.sequence.store(now + 1, std::memory_order_release);
}

}  // namespace hammock::wire
