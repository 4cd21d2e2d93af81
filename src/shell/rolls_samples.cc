// Samples of what fills.
#include <algorithm>

#include "shell/rolls.h"

namespace hammock::shell {

// What is of another identity, or has not been seen for so long, is forgotten on the way: of time
// bombs that are no more as well.
Result<std::int64_t> Rolls::series_number(const SeriesKey& key, Instant newest) {
  const std::int64_t now_us = newest.time_since_epoch().count();
  for (const char* forget :
       {"DELETE FROM samples WHERE series IN (SELECT id FROM series WHERE "
        "timebomb = ?1 AND identity <> ?2 OR newest_us < ?3)",
        "DELETE FROM series WHERE timebomb = ?1 AND identity <> ?2 OR newest_us < ?3"}) {
    auto old = database_->prepare(forget);
    if (!old) return std::unexpected(old.error());
    old->bind(1, key.timebomb).bind(2, key.identity).bind(3, now_us - kSeriesKept.count());
    HAMMOCK_TRY(old->run());
  }
  auto insert = database_->prepare(
      "INSERT INTO series (timebomb, identity, what, newest_us) VALUES (?1, ?2, ?3, ?4) "
      "ON CONFLICT DO UPDATE SET newest_us = excluded.newest_us");
  if (!insert) return std::unexpected(insert.error());
  HAMMOCK_TRY(
      insert->bind(1, key.timebomb).bind(2, key.identity).bind(3, key.what).bind(4, now_us).run());
  auto select = database_->prepare("SELECT id FROM series WHERE timebomb = ?1 AND what = ?2");
  if (!select) return std::unexpected(select.error());
  auto row = select->bind(1, key.timebomb).bind(2, key.what).step();
  if (!row) return std::unexpected(row.error());
  return select->number(0);
}

Result<std::vector<forecast::Sample>> Rolls::add_sample(const SeriesKey& key,
                                                        const forecast::Sample& sample) {
  auto samples = keep_sample(key, sample);
  if (samples || samples.error().code != ErrorCode::kCorrupt) return samples;
  move_aside(samples.error());
  return keep_sample(key, sample);
}

Result<std::vector<forecast::Sample>> Rolls::keep_sample(const SeriesKey& key,
                                                         const forecast::Sample& sample) {
  HAMMOCK_TRY(open());
  auto transaction = Transaction::begin(*database_);
  if (!transaction) return std::unexpected(transaction.error());
  auto series = series_number(key, sample.at);
  if (!series) return std::unexpected(series.error());
  const std::int64_t at_us = sample.at.time_since_epoch().count();
  // Left by a clock that was ahead; it would be the newest for as long as that was.
  auto later = database_->prepare("DELETE FROM samples WHERE series = ?1 AND at_us > ?2");
  if (!later) return std::unexpected(later.error());
  HAMMOCK_TRY(later->bind(1, *series).bind(2, at_us).run());
  auto add = database_->prepare("INSERT OR REPLACE INTO samples VALUES (?1, ?2, ?3)");
  if (!add) return std::unexpected(add.error());
  HAMMOCK_TRY(
      add->bind(1, *series).bind(2, at_us).bind(3, static_cast<std::int64_t>(sample.used)).run());
  auto trim = database_->prepare(
      "DELETE FROM samples WHERE series = ?1 AND at_us <= (SELECT at_us FROM samples "
      "WHERE series = ?1 ORDER BY at_us DESC LIMIT 1 OFFSET ?2)");
  if (!trim) return std::unexpected(trim.error());
  HAMMOCK_TRY(trim->bind(1, *series).bind(2, static_cast<std::int64_t>(kSamplesKept)).run());
  auto all = database_->prepare("SELECT at_us, used FROM samples WHERE series = ? ORDER BY at_us");
  if (!all) return std::unexpected(all.error());
  all->bind(1, *series);
  std::vector<forecast::Sample> samples;
  for (;;) {
    auto row = all->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    samples.push_back(
        {Instant(Duration(all->number(0))), static_cast<std::uint64_t>(all->number(1))});
  }
  all->reset();
  HAMMOCK_TRY(transaction->commit());
  return samples;
}

}  // namespace hammock::shell
