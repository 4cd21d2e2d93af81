// The store: facts of the core into the journal, and back at the start. Promises and what else is
// prompt go with their turn, in one transaction with everything before them; samples gather for
// kSampleLag, so that keeping the books does not delay what they are about.
//
// It goes on without a journal: facts wait (up to kFactsWaiting, then the oldest are dropped and
// counted), it tries again, and says what is wrong in trouble(). Nothing can be promised meanwhile.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/engine/engine.h"
#include "shell/journal.h"

namespace hammock::shell {

inline constexpr std::size_t kFactsWaiting = 5'000;
inline constexpr Duration kSampleLag = std::chrono::milliseconds(500);
inline constexpr std::size_t kSamplesMost = 5'000;  // then at once
inline constexpr Duration kStoreRetry = std::chrono::seconds(2);
// Replayed at the start, besides what is remembered by key: enough for counters to be right, few
// enough for a start to be quick.
inline constexpr std::int64_t kFactsReplayed = 5'000;

// The journal's form of facts; moments are left out. Pure.
Batch batch_of(std::span<const engine::Fact> facts, Instant at);
// What comes later may make the journal forget what came before. Pure.
void append(Batch& batch, Batch later);

class Store {
 public:
  Store(std::string path, std::string boot_id)
      : path_(std::move(path)), boot_id_(std::move(boot_id)) {}

  // What must be said loudly: "…set aside as…", or why there is no journal.
  std::vector<std::string> open(Now now);
  // What the core must apply() to know what it knew, oldest first: call once, after open(). Without
  // a journal nothing is. After an error what came before it was applied.
  Result<void> replay(const std::function<void(const engine::Fact&)>& apply);

  // The facts of a turn. False: they wait, and promises among them were not kept.
  bool record(std::span<const engine::Fact> facts, Now now);
  // The samples that gather; call at next_flush(). False: they wait for a journal.
  bool flush(Now now);
  std::optional<Steady> next_flush() const { return next_flush_; }
  // Whether a promise can be kept now.
  Result<void> prove(Now now);
  // Tries again what waits; call at next_try().
  void retry(Now now);
  std::optional<Steady> next_try() const { return next_try_; }
  // Why nothing can be promised; empty when all is well.
  const std::string& trouble() const { return trouble_; }

  Result<std::vector<FactRow>> facts_after(std::int64_t after, std::size_t limit);
  // The newest runs of the job that have ended, the newest first.
  Result<std::vector<FactRow>> runs_of(std::string_view job, std::size_t limit);
  // The newest pings of the heartbeat, the newest first.
  Result<std::vector<FactRow>> pings_of(std::string_view heartbeat, std::size_t limit,
                                        std::uint64_t skip = 0);
  Result<std::vector<FactRow>> flips_of(std::string_view heartbeat, Instant from, Instant to,
                                        std::size_t limit);
  // When the probe fell and rose, the newest first.
  Result<std::vector<FactRow>> changes_of(std::string_view probe, std::size_t limit);
  std::int64_t newest() const { return newest_; }

 private:
  bool write(Batch batch, Now now);
  void failed(const Error& error, Now now);
  void expire(Now now);

  std::string path_;
  std::string boot_id_;
  std::optional<Journal> journal_;
  Batch samples_;  // not tried yet
  Batch waiting_;  // could not be written
  std::uint64_t dropped_ = 0;
  std::int64_t newest_ = 0;
  std::size_t since_expiry_ = 0;
  std::string trouble_;
  std::optional<Steady> next_flush_;
  std::optional<Steady> next_try_;
};

}  // namespace hammock::shell
