// What of a PostgreSQL server is being used up, as numbers and as text. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hammock::gauge {

struct Amount {
  std::string_view kind;  // "sequence", "transactions", "multixacts", "slot"
  std::string what;       // for people
  std::int64_t used = 0;
  std::optional<std::int64_t> most;         // nothing: without a limit
  std::optional<std::int64_t> quiet_below;  // up to here it is the ordinary run of things

  friend bool operator==(const Amount&, const Amount&) = default;
};

struct Sequence {
  std::int64_t least = 1;  // its own range
  std::int64_t most = 0;
  bool ascends = true;
  int column_bytes = 8;  // of the integer column that it feeds: 2, 4 or 8
};
// How much of its range is gone when it has given `last`. One that ascends counts as people read
// it: `used` is the last number and `most` the largest that both it and its column can hold. One
// that descends, or ends below 1, counts its steps from where its range begins.
void count_sequence(const Sequence& sequence, std::int64_t last, Amount& amount);

// The fullest `count` of them, the fullest first. Each has a limit.
std::vector<Amount> fullest(std::vector<Amount> amounts, std::size_t count);

// Ages at which a server, by its version (150018 is 15.18), gives no new transaction and multixact
// numbers any more until it is vacuumed: 2^31 - 1 from the oldest, less what it keeps in reserve.
// xidStopLimit and multiStopLimit of PostgreSQL: 3 000 000 of each since 14; before it 1 000 000
// transactions and 100 multixacts.
std::int64_t transactions_most(int version);
std::int64_t multixacts_most(int version);

// Autovacuum begins at `freeze_age`, and takes its time: half as much again is ordinary. Never past
// the middle between it and `most`, where a server was told to begin that late.
std::int64_t ordinary_age(std::int64_t freeze_age, std::int64_t most);

// `wal_status` of a slot (empty before PostgreSQL 13), the bytes of WAL since its restart_lsn, and
// how many it may keep. A lost slot counts as full.
struct Slot {
  std::string name;
  std::string type;
  bool is_active = false;
  std::string wal_status;
  std::int64_t retained = 0;
  std::optional<std::int64_t> most;
};
Amount count_slot(const Slot& slot);

struct Amounts {
  std::string server;
  std::string database;
  std::vector<Amount> amounts;
  std::size_t hidden = 0;
};
std::string to_json(const Amounts& amounts);

// A message of libpq or the server on one line, in which nothing is quoted that is a part of one of
// the secrets: they quote the value that they do not like.
std::string without_secrets(std::string_view message, const std::vector<std::string>& secrets);

}  // namespace hammock::gauge
