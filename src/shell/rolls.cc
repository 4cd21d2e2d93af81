#include "shell/rolls.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace hammock::shell {
namespace {

using probe::Roll;

constexpr std::int64_t kVersion = 2;
constexpr Duration kRetry = std::chrono::seconds(30);

constexpr const char* kPragmas =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-512;"
    "PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=4194304; PRAGMA mmap_size=0";
// What is written together lies together: the same minute of all probes.
constexpr const char* kTables =
    "CREATE TABLE IF NOT EXISTS probes (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE IF NOT EXISTS rolls (probe INTEGER NOT NULL, tier INTEGER NOT NULL,"
    " slot INTEGER NOT NULL, period INTEGER NOT NULL, up_ms INTEGER NOT NULL,"
    " down_ms INTEGER NOT NULL, good INTEGER NOT NULL, bad INTEGER NOT NULL,"
    " took_us INTEGER NOT NULL, took_most_us INTEGER NOT NULL,"
    " PRIMARY KEY (tier, slot, probe)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS series (id INTEGER PRIMARY KEY, timebomb TEXT NOT NULL,"
    " identity TEXT NOT NULL, what TEXT NOT NULL, newest_us INTEGER NOT NULL,"
    " UNIQUE (timebomb, what)) STRICT;"
    "CREATE TABLE IF NOT EXISTS samples (series INTEGER NOT NULL, at_us INTEGER NOT NULL,"
    " used INTEGER NOT NULL, PRIMARY KEY (series, at_us)) STRICT, WITHOUT ROWID;"
    "PRAGMA user_version=2";

// A period that the slot holds already grows, a newer one takes its place, an older one came too
// late.
constexpr std::string_view kAdd =
    "INSERT INTO rolls VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO UPDATE SET "
    "up_ms = excluded.up_ms + iif(period = excluded.period, up_ms, 0), "
    "down_ms = excluded.down_ms + iif(period = excluded.period, down_ms, 0), "
    "good = excluded.good + iif(period = excluded.period, good, 0), "
    "bad = excluded.bad + iif(period = excluded.period, bad, 0), "
    "took_us = excluded.took_us + iif(period = excluded.period, took_us, 0), "
    "took_most_us = max(excluded.took_most_us, iif(period = excluded.period, took_most_us, 0)), "
    "period = excluded.period WHERE excluded.period >= period";

struct Ring {
  Tier tier;
  Duration length;
  std::uint32_t kept;
};
constexpr std::array<Ring, 3> kRings = {{
    {Tier::kMinute, std::chrono::minutes(1), probe::kMinutesKept},
    {Tier::kHour, std::chrono::hours(1), probe::kHoursKept},
    {Tier::kDay, std::chrono::days(1), probe::kDaysKept},
}};

std::int64_t period_of(Instant at, Duration length) {
  const Duration since = at.time_since_epoch();
  return since / length - (since % length < Duration::zero() ? 1 : 0);
}

std::int64_t milliseconds(Duration time) {
  return std::chrono::round<std::chrono::milliseconds>(time).count();
}

std::int64_t slot_of(std::int64_t period, std::int64_t kept) {
  return (period % kept + kept) % kept;
}

// The row that the statement stands at, of a period of that length.
Roll read_roll(const Statement& row, Duration length) {
  Roll roll;
  roll.begin = Instant(row.number(0) * length);
  roll.up = std::chrono::milliseconds(row.number(1));
  roll.down = std::chrono::milliseconds(row.number(2));
  roll.good = static_cast<std::uint32_t>(row.number(3));
  roll.bad = static_cast<std::uint32_t>(row.number(4));
  roll.took = Duration(row.number(5));
  roll.took_most = Duration(row.number(6));
  return roll;
}

Result<void> add(Statement& add, std::int64_t probe, const Ring& ring, const Roll& roll) {
  const std::int64_t period = period_of(roll.begin, ring.length);
  const std::int64_t kept = ring.kept;
  add.bind(1, probe).bind(2, static_cast<std::int64_t>(ring.tier));
  add.bind(3, slot_of(period, kept)).bind(4, period);
  add.bind(5, milliseconds(roll.up)).bind(6, milliseconds(roll.down));
  add.bind(7, std::int64_t{roll.good}).bind(8, std::int64_t{roll.bad});
  return add.bind(9, roll.took.count()).bind(10, roll.took_most.count()).run();
}

Result<Database> open_sound(const std::string& path) {
  auto database = Database::open(path);
  if (!database) return std::unexpected(database.error());
  HAMMOCK_TRY(database->execute(kPragmas));
  auto version = database->ask("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  if (*version > kVersion) {
    return fail(ErrorCode::kInvalid, "rolls: a newer Hammock wrote them");
  }
  if (*version < kVersion) {
    auto transaction = Transaction::begin(*database);
    if (!transaction) return std::unexpected(transaction.error());
    HAMMOCK_TRY(database->execute(kTables));
    HAMMOCK_TRY(transaction->commit());
  }
  return database;
}

}  // namespace

// Whoever wants to look at it finds it.
void Rolls::move_aside(const Error& error) {
  database_.reset();
  for (const char* suffix : {"", "-wal", "-shm"})
    std::rename((path_ + suffix).c_str(), (path_ + ".corrupt" + suffix).c_str());
  alarms_.push_back("what was seen over time was damaged (" + error.message +
                    "), and begins anew; " + path_ + ".corrupt is what was there");
}

Result<void> Rolls::open() {
  if (database_) return {};
  auto opened = open_sound(path_);
  if (!opened && opened.error().code == ErrorCode::kCorrupt) {
    move_aside(opened.error());
    opened = open_sound(path_);
  }
  if (!opened) return std::unexpected(opened.error());
  database_ = std::move(*opened);
  return {};
}

void Rolls::add(std::string_view probe, const Roll& roll, Now now) {
  if (waiting_.size() >= kRollsWaiting) waiting_.erase(waiting_.begin());
  waiting_.push_back({std::string(probe), roll});
  if (!next_flush_) next_flush_ = now.steady + kRollsLag;
  if (waiting_.size() % kRollsAtOnce == 0 && trouble_.empty()) flush(now);
}

void Rolls::flush(Now now) {
  next_flush_.reset();
  if (waiting_.empty()) return;
  auto written = open();
  if (written) written = write(waiting_);
  if (written) {
    waiting_.clear();
    trouble_.clear();
    return;
  }
  if (written.error().code == ErrorCode::kCorrupt) move_aside(written.error());
  trouble_ = "what is seen over time cannot be written: " + written.error().message;
  next_flush_ = now.steady + kRetry;
}

Result<std::int64_t> Rolls::number_of(std::string_view probe) {
  auto insert = database_->prepare("INSERT OR IGNORE INTO probes (name) VALUES (?)");
  if (!insert) return std::unexpected(insert.error());
  HAMMOCK_TRY(insert->bind(1, probe).run());
  auto select = database_->prepare("SELECT id FROM probes WHERE name = ?");
  if (!select) return std::unexpected(select.error());
  auto row = select->bind(1, probe).step();
  if (!row) return std::unexpected(row.error());
  return select->number(0);
}

Result<void> Rolls::write(std::span<const Waiting> rolls) {
  auto transaction = Transaction::begin(*database_);
  if (!transaction) return std::unexpected(transaction.error());
  auto statement = database_->prepare(kAdd);
  if (!statement) return std::unexpected(statement.error());
  std::map<std::string_view, std::int64_t> numbers;
  for (const Waiting& one : rolls) {
    auto [known, is_new] = numbers.try_emplace(one.probe);
    if (is_new) {
      auto number = number_of(one.probe);
      if (!number) return std::unexpected(number.error());
      known->second = *number;
    }
    for (const Ring& ring : kRings)
      HAMMOCK_TRY(shell::add(*statement, known->second, ring, one.roll));
  }
  return transaction->commit();
}

Result<std::vector<Roll>> Rolls::of(std::string_view probe, Tier tier, Instant from, Instant to) {
  HAMMOCK_TRY(open());
  const Ring& ring = kRings.at(static_cast<std::size_t>(tier));
  auto select = database_->prepare("SELECT id FROM probes WHERE name = ?");
  auto query = database_->prepare(
      "SELECT period, up_ms, down_ms, good, bad, took_us, took_most_us FROM rolls "
      "WHERE tier = ?1 AND slot = ?2 AND probe = ?3");
  if (!select || !query) return std::unexpected(select ? query.error() : select.error());
  auto known = select->bind(1, probe).step();
  if (!known) return std::unexpected(known.error());
  if (!*known) return std::vector<Roll>();
  const std::int64_t number = select->number(0);
  std::vector<Roll> rolls;
  for (std::int64_t slot = 0; slot < ring.kept; ++slot) {
    query->bind(1, static_cast<std::int64_t>(tier)).bind(2, slot).bind(3, number);
    auto row = query->step();
    if (!row) return std::unexpected(row.error());
    if (*row) rolls.push_back(read_roll(*query, ring.length));
    query->reset();
  }
  std::erase_if(rolls, [&](const Roll& roll) { return roll.begin < from || roll.begin >= to; });
  std::ranges::sort(rolls, {}, &Roll::begin);
  return rolls;
}

}  // namespace hammock::shell
