#include "shell/journal.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace hammock::shell {
namespace {

// Version n of the file is what the first n steps make of an empty one. A step is never edited.
constexpr std::array<const char*, 2> kMigrations = {
    R"(CREATE TABLE boots (id INTEGER PRIMARY KEY, boot TEXT NOT NULL UNIQUE,
  wall INTEGER NOT NULL) STRICT;
CREATE TABLE facts (id INTEGER PRIMARY KEY, wall INTEGER NOT NULL, boot INTEGER NOT NULL,
  room TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, fields TEXT NOT NULL) STRICT;
CREATE TABLE remembered (key TEXT PRIMARY KEY, fact INTEGER NOT NULL, wall INTEGER NOT NULL,
  room TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,
  fields TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE proof (one INTEGER PRIMARY KEY CHECK (one = 1), wall INTEGER NOT NULL) STRICT;)",
    R"(CREATE INDEX facts_about ON facts (kind, subject);
CREATE INDEX heartbeat_flips ON facts (subject) WHERE room = 'heartbeat' AND
  (kind = 'heartbeat fell' OR (kind = 'ping taken' AND
   json_extract(fields, '$.since') = json_extract(fields, '$.at')));)"};

// What was of a heartbeat of the same name is not looked at.
constexpr std::string_view kSinceRemoved =
    " AND id > (SELECT ifnull(max(id), 0) FROM facts WHERE room = 'heartbeat' AND subject = ?1 AND "
    "kind = 'heartbeat removed') ";

// Bounded work: about 10 ms of checking, and the size of one sweep of retention.
constexpr int kCheckSteps = 200'000;
constexpr std::int64_t kExpireRows = 500;
constexpr std::int64_t kCommonLeast = 100;  // of each subject are kept for as long as other facts
constexpr Duration kClockAhead = std::chrono::days(1);

// A small cache: the brain's memory is spent on services. A checkpoint moves at most about 1000
// pages.
constexpr const char* kPragmas =
    "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    "PRAGMA cache_size=-256; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON;"
    "PRAGMA journal_size_limit=4194304; PRAGMA foreign_keys=OFF; PRAGMA mmap_size=0";

Instant instant_of(std::int64_t microseconds) {
  return Instant(Duration(microseconds));
}
std::int64_t micros(Instant instant) {
  return instant.time_since_epoch().count();
}

Result<void> migrate(Database& database) {
  auto version = database.ask("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  auto newest = static_cast<std::int64_t>(kMigrations.size());
  if (*version > newest) {
    return fail(ErrorCode::kInvalid, "journal: it has version " + std::to_string(*version) +
                                         ", written by a newer Hammock; this one knows " +
                                         std::to_string(newest));
  }
  for (std::int64_t step = *version; step < newest; ++step) {
    auto transaction = Transaction::begin(database);
    if (!transaction) return std::unexpected(transaction.error());
    HAMMOCK_TRY(database.execute(kMigrations[static_cast<std::size_t>(step)]));
    HAMMOCK_TRY(database.execute(("PRAGMA user_version=" + std::to_string(step + 1)).c_str()));
    HAMMOCK_TRY(transaction->commit());
  }
  return {};
}

FactRow read_fact(const Statement& query) {
  return {query.number(0),
          instant_of(query.number(1)),
          std::string(query.text(2)),
          std::string(query.text(3)),
          std::string(query.text(4)),
          std::string(query.text(5))};
}

// Every row of a query through `read`.
template <class Row, class Read>
Result<std::vector<Row>> all(Statement& query, Read read) {
  std::vector<Row> rows;
  for (;;) {
    auto row = query.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return rows;
    rows.push_back(read(query));
  }
}

// The -wal and -shm files go with their database: alone they would be replayed into the new one.
Result<std::string> set_aside(const std::string& path, Instant now) {
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  std::string aside = path + ".corrupt-" + std::to_string(seconds);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    if (rename((path + suffix).c_str(), (aside + suffix).c_str()) != 0 && errno != ENOENT) {
      return fail_errno("move " + path + suffix + " to " + aside + suffix);
    }
  }
  return aside;
}

}  // namespace

Result<Journal> Journal::open_sound(const std::string& path, std::string_view boot_id,
                                    Instant now) {
  auto database = Database::open(path);
  if (!database) return std::unexpected(database.error());
  HAMMOCK_TRY(database->execute(kPragmas));
  auto check = database->quick_check(kCheckSteps);
  if (!check) return std::unexpected(check.error());
  HAMMOCK_TRY(migrate(*database));
  Journal journal(std::move(*database));
  HAMMOCK_TRY(journal.prepare(boot_id, now));
  return journal;
}

Result<Journal::Opened> Journal::open(const std::string& path, std::string_view boot_id,
                                      Instant now) {
  auto journal = open_sound(path, boot_id, now);
  if (journal) return Opened{std::move(*journal), std::nullopt};
  if (journal.error().code != ErrorCode::kCorrupt) return std::unexpected(journal.error());
  auto aside = set_aside(path, now);
  if (!aside) return within(journal.error().message, aside.error());
  auto fresh = open_sound(path, boot_id, now);
  if (!fresh) return std::unexpected(fresh.error());
  return Opened{std::move(*fresh), journal.error().message + "; set aside as " + *aside};
}

Result<void> Journal::prepare(std::string_view boot_id, Instant now) {
  auto insert = database_.prepare("INSERT OR IGNORE INTO boots (boot, wall) VALUES (?, ?)");
  if (!insert) return std::unexpected(insert.error());
  HAMMOCK_TRY(insert->bind(1, boot_id).bind(2, micros(now)).run());
  auto select = database_.prepare("SELECT id FROM boots WHERE boot = ?");
  if (!select) return std::unexpected(select.error());
  auto row = select->bind(1, boot_id).step();
  if (!row) return std::unexpected(row.error());
  boot_ = select->number(0);

  auto keep = [&](std::optional<Statement>& into, std::string_view sql) -> Result<void> {
    auto statement = database_.prepare(sql);
    if (!statement) return std::unexpected(statement.error());
    into = std::move(*statement);
    return {};
  };
  HAMMOCK_TRY(keep(add_fact_,
                   "INSERT INTO facts (wall, boot, room, kind, subject, fields) "
                   "VALUES (?, ?, ?, ?, ?, ?)"));
  HAMMOCK_TRY(
      keep(remember_,
           "INSERT OR REPLACE INTO remembered (key, fact, wall, room, kind, subject, fields) "
           "VALUES (?, last_insert_rowid(), ?, ?, ?, ?, ?)"));
  return keep(forget_,
              "DELETE FROM remembered WHERE key = ?1 OR (key > ?1 || '/' AND key < ?1 || '0')");
}

Result<std::int64_t> Journal::write(const Batch& batch) {
  if (batch.empty()) return newest_fact();
  // In WAL mode a FULL commit syncs the whole log, so everything before it lasts as well.
  HAMMOCK_TRY(
      database_.execute(batch.lasting ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL"));
  auto transaction = Transaction::begin(database_);
  if (!transaction) return std::unexpected(transaction.error());
  if (auto written = write_rows(batch); !written) {
    for (auto* statement : {&add_fact_, &remember_, &forget_}) {
      (*statement)->reset();
    }
    return std::unexpected(written.error());
  }
  HAMMOCK_TRY(transaction->commit());
  return newest_fact();
}

Result<void> Journal::write_rows(const Batch& batch) {
  for (const std::string& key : batch.forgotten)
    HAMMOCK_TRY(forget_->bind(1, key).run());
  for (const NewFact& fact : batch.facts) {
    const std::int64_t wall = micros(fact.at);
    add_fact_->bind(1, wall).bind(2, boot_).bind(3, fact.room).bind(4, fact.kind);
    HAMMOCK_TRY(add_fact_->bind(5, fact.subject).bind(6, fact.fields).run());
    if (fact.key.empty()) continue;
    remember_->bind(1, fact.key).bind(2, wall).bind(3, fact.room).bind(4, fact.kind);
    HAMMOCK_TRY(remember_->bind(5, fact.subject).bind(6, fact.fields).run());
  }
  return {};
}

Result<std::vector<FactRow>> Journal::facts_after(std::int64_t after, std::size_t limit) {
  auto query = database_.prepare(
      "SELECT id, wall, room, kind, subject, fields FROM facts WHERE id > ? ORDER BY id LIMIT ?");
  if (!query) return std::unexpected(query.error());
  query->bind(1, after).bind(2, static_cast<std::int64_t>(limit));
  return all<FactRow>(*query, read_fact);
}

Result<std::vector<FactRow>> Journal::facts_about(std::string_view room, std::string_view kind,
                                                  std::string_view subject, std::size_t limit) {
  auto query = database_.prepare(
      "SELECT id, wall, room, kind, subject, fields FROM facts WHERE room = ? AND kind = ? AND "
      "subject = ? ORDER BY id DESC LIMIT ?");
  if (!query) return std::unexpected(query.error());
  query->bind(1, room).bind(2, kind).bind(3, subject).bind(4, static_cast<std::int64_t>(limit));
  return all<FactRow>(*query, read_fact);
}

Result<std::vector<FactRow>> Journal::pings_of(std::string_view heartbeat, std::size_t limit,
                                               std::uint64_t skip) {
  auto query = database_.prepare(
      "SELECT id, wall, room, kind, subject, fields FROM facts INDEXED BY facts_about "
      "WHERE room = 'heartbeat' AND subject = ?1 AND kind = 'ping taken'" +
      std::string(kSinceRemoved) + "ORDER BY id DESC LIMIT ?2 OFFSET ?3");
  if (!query) return std::unexpected(query.error());
  query->bind(1, heartbeat).bind(2, static_cast<std::int64_t>(limit));
  query->bind(3, static_cast<std::int64_t>(skip));
  return all<FactRow>(*query, read_fact);
}

// The condition is that of the index, word for word.
Result<std::vector<FactRow>> Journal::flips_of(std::string_view heartbeat, Instant from, Instant to,
                                               std::size_t limit) {
  auto query = database_.prepare(
      "SELECT id, wall, room, kind, subject, fields FROM facts INDEXED BY heartbeat_flips "
      "WHERE room = 'heartbeat' AND (kind = 'heartbeat fell' OR (kind = 'ping taken' AND "
      "json_extract(fields, '$.since') = json_extract(fields, '$.at'))) AND subject = ?1" +
      std::string(kSinceRemoved) +
      "AND ifnull(json_extract(fields, '$.deadline'), json_extract(fields, '$.since')) "
      "BETWEEN ?2 AND ?3 ORDER BY id DESC LIMIT ?4");
  if (!query) return std::unexpected(query.error());
  query->bind(1, heartbeat).bind(2, micros(from)).bind(3, micros(to));
  query->bind(4, static_cast<std::int64_t>(limit));
  return all<FactRow>(*query, read_fact);
}

Result<std::int64_t> Journal::newest_fact() {
  return database_.ask("SELECT max(id) FROM facts");
}

Result<void> Journal::replay(std::int64_t after,
                             const std::function<void(const Replayed&)>& visit) {
  // A fact that is gone from the history is remembered alone, whatever its id: it may also have
  // been taken from the middle.
  auto query = database_.prepare(
      "SELECT fact AS id, room, kind, fields FROM remembered "
      "WHERE fact <= ?1 OR NOT EXISTS (SELECT 1 FROM facts WHERE facts.id = remembered.fact) "
      "UNION ALL SELECT id, room, kind, fields FROM facts WHERE id > ?1 ORDER BY 1");
  if (!query) return std::unexpected(query.error());
  query->bind(1, after);
  for (;;) {
    auto row = query->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    visit({query->text(1), query->text(2), query->text(3)});
  }
}

Result<void> Journal::prove_writable(Instant now) {
  HAMMOCK_TRY(database_.execute("PRAGMA synchronous=FULL"));
  auto update = database_.prepare("INSERT OR REPLACE INTO proof (one, wall) VALUES (1, ?)");
  if (!update) return std::unexpected(update.error());
  return update->bind(1, micros(now)).run();
}

// Who has the most facts of this kind, and how many more than the next one. All of them are
// counted, so it is remembered until so many are gone.
Result<void> Journal::rank_common(std::string_view kind) {
  auto most = database_.prepare(
      "SELECT subject, count(*) FROM facts WHERE kind = ? GROUP BY subject ORDER BY 2 DESC LIMIT "
      "2");
  if (!most) return std::unexpected(most.error());
  most->bind(1, kind);
  std::int64_t count = 0;
  std::int64_t next = 0;
  for (std::int64_t* into : {&count, &next}) {
    auto row = most->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    if (into == &count) common_subject_ = most->text(0);
    *into = most->number(1);
  }
  const std::int64_t at_once = std::min(count - kCommonLeast, kExpireRows);
  common_spare_ = std::max(count - std::max(next, kCommonLeast), at_once);
  return {};
}

// The oldest facts of the common kind, about whatever has the most of them.
Result<std::int64_t> Journal::expire_common(std::string_view kind) {
  if (common_spare_ <= 0) HAMMOCK_TRY(rank_common(kind));
  if (common_spare_ <= 0) return 0;
  const std::int64_t count = std::min(common_spare_, kExpireRows);
  common_spare_ -= count;
  auto remove = database_.prepare(
      "DELETE FROM facts WHERE id IN (SELECT id FROM facts WHERE kind = ? AND subject = ? "
      "ORDER BY id LIMIT ?)");
  if (!remove) return std::unexpected(remove.error());
  HAMMOCK_TRY(remove->bind(1, kind).bind(2, common_subject_).bind(3, count).run());
  return database_.ask("SELECT changes()");
}

// Those that are too old, or of a clock that was ahead: these would stand before all others for as
// long as it was. `any`: whatever they are. The newest fact always stays, so that ids go on from
// it. Only the oldest are looked at: a condition that is tried on all rows would take as long as
// the journal is full.
Result<std::int64_t> Journal::expire_oldest(Instant now, Duration age, bool any) {
  auto remove = database_.prepare(
      "DELETE FROM facts WHERE id IN (SELECT id FROM (SELECT id, wall FROM facts "
      "WHERE id < (SELECT max(id) FROM facts) ORDER BY id LIMIT ?4) "
      "WHERE wall < ?1 OR wall > ?2 OR ?3)");
  if (!remove) return std::unexpected(remove.error());
  remove->bind(1, micros(now - age)).bind(2, micros(now + kClockAhead)).bind(3, std::int64_t{any});
  HAMMOCK_TRY(remove->bind(4, kExpireRows).run());
  return database_.ask("SELECT changes()");
}

Result<bool> Journal::expire(Instant now, const Retention& retention) {
  auto used = database_.ask(
      "SELECT (SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count)"
      " * (SELECT page_size FROM pragma_page_size)");
  if (!used) return std::unexpected(used.error());
  const bool is_full = *used > retention.bytes;
  auto transaction = Transaction::begin(database_);
  if (!transaction) return std::unexpected(transaction.error());
  Result<std::int64_t> common = 0;
  if (is_full && !retention.common.empty()) common = expire_common(retention.common);
  if (!common) return std::unexpected(common.error());
  auto oldest = expire_oldest(now, retention.age, is_full && *common == 0);
  if (!oldest) return std::unexpected(oldest.error());
  HAMMOCK_TRY(transaction->commit());
  HAMMOCK_TRY(database_.execute("PRAGMA incremental_vacuum(256)"));
  return std::max(*common, *oldest) == kExpireRows;
}

}  // namespace hammock::shell
