// Observation: the ledger as the core wants to see it.
//
// The translation of one slot is pure. A SlotBook remembers which slot belongs to which instance,
// and how each slot looked when it was read last, so that a hint about a slot that has not changed
// costs nothing and tells nobody.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/time.h"
#include "core/service/events.h"
#include "wire/ledger.h"

namespace hammock::shell {

// `monotonic_behind` is CLOCK_BOOTTIME minus CLOCK_MONOTONIC: sd_notify counts on the latter.
service::SlotView view_of(std::uint32_t slot, const wire::SlotCopy& copy,
                          Duration monotonic_behind);

// An instance whose log has a new segment (or an old one that nobody has looked at yet).
struct SegmentChange {
  std::string service;
  std::uint32_t instance = 0;
  std::uint64_t writing = 0;
};

class SlotBook {
 public:
  // Every used slot, read at once; forgets what was known before. A torn slot is left out, and is
  // in torn() until it was read well.
  std::vector<service::SlotView> read_all(const wire::Ledger& ledger, Duration monotonic_behind);

  // What changed in a slot since it was read last: SlotSeen, SlotGone, or nothing.
  std::optional<service::Event> look(const wire::Ledger& ledger, std::uint32_t slot,
                                     Duration monotonic_behind);
  // Reads it although nothing changed. A slot that is not there gives SlotGone, a torn one nothing.
  std::optional<service::Event> look_again(const wire::Ledger& ledger, std::string_view service,
                                           std::uint32_t instance, Duration monotonic_behind);

  std::optional<std::uint32_t> find(std::string_view service, std::uint32_t instance) const;
  // The slot of the instance: the one it has, or the lowest free one, which is then reserved for
  // it. Nothing when the ledger is full.
  std::optional<std::uint32_t> reserve(const wire::Ledger& ledger, std::string_view service,
                                       std::uint32_t instance);
  // The keeper refused to define it: it is free again.
  void release(std::uint32_t slot);

  // The service and instance of a slot; empty when it is free.
  std::pair<std::string_view, std::uint32_t> owner(std::uint32_t slot) const;
  // Since the last call.
  std::vector<SegmentChange> take_segment_changes();

  // Slots whose writer was inside when we looked: look at them again soon.
  const std::vector<std::uint32_t>& torn() const { return torn_; }

 private:
  struct Known {
    std::string service;  // empty: free
    std::uint32_t instance = 0;
    std::uint32_t sequence = 0;
    std::uint64_t segment = 0;
    bool defined = false;  // false: reserved, not in the ledger yet
  };
  void learn(std::uint32_t slot, std::string_view service, std::uint32_t instance);
  void forget(std::uint32_t slot);
  void mark_torn(std::uint32_t slot, bool is_torn);

  std::vector<Known> known_;                               // by slot, as many as were in use
  std::unordered_map<std::string, std::uint32_t> by_key_;  // "web/1" → slot
  std::vector<std::uint32_t> torn_;
  std::vector<SegmentChange> segments_;
  std::uint32_t lowest_free_ = 0;  // no slot below it is free
};

}  // namespace hammock::shell
