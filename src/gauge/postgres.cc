#include "gauge/postgres.h"

#include <fmt/core.h>
#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <span>
#include <vector>

#include "base/text.h"
#include "gauge/postgres_amounts.h"
#include "os/clock.h"

namespace hammock::gauge {
namespace {

constexpr std::uint64_t kTimeoutMostS = 3600;
constexpr std::size_t kSequencesShown = 20;
constexpr std::size_t kSequencesAtOnce = 500;  // of the 6400 locks that a server has at least
constexpr int kLockTimeoutMs = 200;

// Catalogs only, so that nothing which somebody has locked can hold it up.
constexpr const char* kSequences = R"(
  WITH fed AS (
    SELECT objid AS sequence, refobjid AS relation, refobjsubid AS number
      FROM pg_depend
     WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass
       AND deptype IN ('a', 'i') AND refobjsubid > 0
    UNION
    SELECT d.refobjid, f.adrelid, f.adnum
      FROM pg_depend d JOIN pg_attrdef f ON f.oid = d.objid
     WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass
  ), narrowest AS (
    SELECT DISTINCT ON (fed.sequence) fed.sequence, i.typlen AS bytes,
           format('%I.%I.%I (%s, by ', n.nspname, c.relname, a.attname,
                  format_type(i.oid, NULL)) AS name
      FROM fed
      JOIN pg_attribute a ON a.attrelid = fed.relation AND a.attnum = fed.number
      JOIN pg_class c ON c.oid = fed.relation
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_type t ON t.oid = a.atttypid
      JOIN pg_type i ON i.oid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
     WHERE i.oid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
     ORDER BY fed.sequence, i.typlen, n.nspname, c.relname, a.attname
  )
  SELECT s.seqrelid, has_sequence_privilege(s.seqrelid, 'SELECT, USAGE'),
         coalesce(f.name, '') || format('%I.%I', n.nspname, c.relname)
           || CASE WHEN f.name IS NULL THEN ' (sequence)' ELSE ')' END,
         s.seqmin, s.seqmax, s.seqincrement > 0, coalesce(f.bytes, 8)
    FROM pg_sequence s
    JOIN pg_class c ON c.oid = s.seqrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN narrowest f ON f.sequence = s.seqrelid
   WHERE c.relpersistence <> 't' AND NOT (c.relpersistence = 'u' AND pg_is_in_recovery())
     AND NOT (s.seqcycle AND CASE WHEN s.seqincrement > 0
                THEN s.seqmax <= power(2::numeric, 8 * coalesce(f.bytes, 8) - 1) - 1
                ELSE s.seqmin >= -power(2::numeric, 8 * coalesce(f.bytes, 8) - 1) END)
   ORDER BY s.seqrelid)";

constexpr const char* kServer = R"(
  SELECT current_setting('server_version'), current_database(),
         current_setting('autovacuum_freeze_max_age'),
         current_setting('autovacuum_multixact_freeze_max_age'))";

constexpr const char* kTransactions =
    "SELECT format('database %I', datname), age(datfrozenxid) FROM pg_database"
    " ORDER BY 2 DESC, 1 LIMIT 5";
constexpr const char* kMultixacts =
    "SELECT format('database %I', datname), mxid_age(datminmxid) FROM pg_database"
    " ORDER BY 2 DESC, 1 LIMIT 5";

// wal_status and the setting are not there before version 13.
constexpr const char* kSlots = R"(
  SELECT slot_name, slot_type, active, coalesce(to_jsonb(s) ->> 'wal_status', ''),
         coalesce(trunc(pg_wal_lsn_diff(
           CASE WHEN pg_is_in_recovery()
                THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
           restart_lsn)), 0),
         nullif(pg_size_bytes(current_setting('max_slot_wal_keep_size', true)), -1)
    FROM pg_replication_slots s ORDER BY slot_name)";

struct Closer {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using Connection = std::unique_ptr<PGconn, Closer>;

struct Option {
  std::string keyword;
  std::string value;
};

Result<std::vector<Option>> read_conninfo(std::string_view text) {
  const std::string conninfo(text);
  char* why = nullptr;
  const std::unique_ptr<PQconninfoOption, Closer> given(PQconninfoParse(conninfo.c_str(), &why));
  // Its words quote what it does not understand, which could be a password.
  const std::unique_ptr<char, decltype(&PQfreemem)> owner(why, PQfreemem);
  if (!given) {
    return fail(ErrorCode::kInvalid,
                "postgres: CONNINFO is neither a list of keyword=value nor a postgresql:// URI as "
                "libpq understands them; `psql` with the same CONNINFO says where");
  }
  std::vector<Option> options;
  for (const PQconninfoOption* one = given.get(); one->keyword != nullptr; ++one) {
    if (one->val == nullptr) continue;
    const std::string_view keyword = one->keyword;
    if (keyword == "password" || keyword == "sslpassword") {
      return fail(ErrorCode::kInvalid,
                  fmt::format("postgres: CONNINFO has a {}, which everybody on this machine would "
                              "see in the list of processes; use passfile=FILE, ~/.pgpass or peer "
                              "authentication instead",
                              keyword));
    }
    options.push_back({one->keyword, one->val});
  }
  return options;
}

std::vector<std::string> not_to_be_shown(const std::vector<Option>& options) {
  std::vector<std::string> values;
  for (const Option& option : options) {
    const bool is_shown = option.keyword == "host" || option.keyword == "hostaddr" ||
                          option.keyword == "port" || option.keyword == "dbname" ||
                          option.keyword == "user";
    if (!is_shown && !option.value.empty()) values.push_back(option.value);
  }
  return values;
}

std::string_view shown(const char* text) {
  return text != nullptr ? text : "?";
}

Result<Connection> connect(const std::vector<Option>& given, std::uint64_t timeout_s) {
  std::string options;
  std::vector<Option> all;
  for (const Option& option : given) {
    if (option.keyword == "options")
      options = option.value + " ";
    else
      all.push_back(option);
  }
  // Of two with one name libpq takes the later.
  all.push_back({"application_name", "hammock-gauge"});
  all.push_back({"client_encoding", "UTF8"});
  all.push_back({"connect_timeout", std::to_string(timeout_s)});
  all.push_back({"options", fmt::format("{}-c default_transaction_read_only=on"
                                        " -c search_path=pg_catalog"
                                        " -c statement_timeout={} -c lock_timeout={}",
                                        options, timeout_s * 1000, kLockTimeoutMs)});
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const Option& option : all) {
    keywords.push_back(option.keyword.c_str());
    values.push_back(option.value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  Connection connection(PQconnectdbParams(keywords.data(), values.data(), 0));
  if (!connection) return fail(ErrorCode::kSystem, "connect: no memory");
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    const char* hint = PQconnectionNeedsPassword(connection.get()) != 0
                           ? "; give it in ~/.pgpass or passfile=FILE, readable by its owner alone"
                           : "";
    return fail(
        ErrorCode::kUnavailable,
        fmt::format("connect to database {} as {}: {}{}", shown(PQdb(connection.get())),
                    shown(PQuser(connection.get())),
                    without_secrets(PQerrorMessage(connection.get()), not_to_be_shown(given)),
                    hint));
  }
  PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
  return connection;
}

// The rows of an answer, as text.
class Rows {
 public:
  explicit Rows(PGresult* result) : result_(result) {}

  int size() const { return PQntuples(result_.get()); }
  std::string text(int row, int column) const {
    return PQgetvalue(result_.get(), row, column);  // empty for null
  }
  bool is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
  bool is_true(int row, int column) const { return text(row, column) == "t"; }
  std::int64_t number(int row, int column) const {
    const std::string digits = text(row, column);
    std::int64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
  }

 private:
  std::unique_ptr<PGresult, Closer> result_;
};

Result<Rows> ask(const Connection& connection, const std::string& sql) {
  PGresult* result = PQexec(connection.get(), sql.c_str());
  Rows rows(result);
  const auto status = PQresultStatus(result);
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return rows;
  // Without the lines below it, which repeat the statement.
  const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  return fail(ErrorCode::kUnavailable,
              without_secrets(primary != nullptr ? primary : PQerrorMessage(connection.get()), {}));
}

struct Readable {
  std::string oid;
  std::string what;
  Sequence sequence;
};

// Reads how far sequences are, in a transaction that has begun.
class SequenceReader {
 public:
  SequenceReader(const Connection& connection, std::int64_t deadline_us)
      : connection_(connection), deadline_us_(deadline_us) {}

  Result<void> read(std::span<const Readable> sequences) {
    for (std::size_t at = 0; at < sequences.size(); at += kSequencesAtOnce) {
      if (at > 0) HAMMOCK_TRY(again("COMMIT"));
      const auto some = sequences.subspan(at);
      HAMMOCK_TRY(read_some(some.first(std::min(some.size(), kSequencesAtOnce))));
    }
    return {};
  }
  std::vector<Amount> amounts() const { return amounts_; }
  std::size_t hidden() const { return hidden_; }

 private:
  Result<void> again(std::string_view end) {
    const auto begun = ask(connection_, fmt::format("{}; BEGIN READ ONLY", end));
    if (!begun) return std::unexpected(begun.error());
    return {};
  }

  // One that was dropped meanwhile, or that is locked, spoils the answer for all: then by halves.
  Result<void> read_some(std::span<const Readable> some) {
    if (some.empty()) return {};
    if (os::steady_us() > deadline_us_) {
      hidden_ += some.size();
      return {};
    }
    std::string oids;
    for (const Readable& one : some) {
      if (!oids.empty()) oids += ',';
      oids += one.oid;
    }
    const auto rows =
        ask(connection_, fmt::format("SELECT pg_sequence_last_value(o) FROM unnest('{{{}}}'::oid[])"
                                     " WITH ORDINALITY AS u(o, n) ORDER BY n",
                                     oids));
    if (rows) {
      for (std::size_t i = 0; i < some.size(); ++i)
        take(some[i], *rows, static_cast<int>(i));
      return {};
    }
    HAMMOCK_TRY(again("ROLLBACK"));
    if (some.size() > 1) {
      HAMMOCK_TRY(read_some(some.first(some.size() / 2)));
      return read_some(some.subspan(some.size() / 2));
    }
    const auto left =
        ask(connection_, fmt::format("SELECT FROM pg_class WHERE oid = {}", some[0].oid));
    if (!left) return std::unexpected(left.error());
    hidden_ += static_cast<std::size_t>(left->size());
    return {};
  }

  void take(const Readable& one, const Rows& rows, int row) {
    if (rows.is_null(row, 0)) return;  // it gave nothing yet
    Amount amount{"sequence", one.what, 0, std::nullopt, std::nullopt};
    count_sequence(one.sequence, rows.number(row, 0), amount);
    amounts_.push_back(std::move(amount));
  }

  const Connection& connection_;
  std::int64_t deadline_us_;
  std::vector<Amount> amounts_;
  std::size_t hidden_ = 0;
};

Result<void> look_at_ages(const Connection& connection, std::vector<Amount>& amounts,
                          std::string_view kind, const char* sql, std::int64_t freeze_age) {
  const auto rows = ask(connection, sql);
  if (!rows) return within(fmt::format("ask for the ages of {}", kind), rows.error());
  const int version = PQserverVersion(connection.get());
  const std::int64_t most =
      kind == "transactions" ? transactions_most(version) : multixacts_most(version);
  for (int i = 0; i < rows->size(); ++i) {
    amounts.push_back(
        {kind, rows->text(i, 0), rows->number(i, 1), most, ordinary_age(freeze_age, most)});
  }
  return {};
}

Result<void> look_at_slots(const Connection& connection, std::vector<Amount>& amounts) {
  const auto rows = ask(connection, kSlots);
  if (!rows) return within("ask for the replication slots", rows.error());
  for (int i = 0; i < rows->size(); ++i) {
    Slot slot{rows->text(i, 0), rows->text(i, 1),   rows->is_true(i, 2),
              rows->text(i, 3), rows->number(i, 4), std::nullopt};
    if (!rows->is_null(i, 5)) slot.most = rows->number(i, 5);
    amounts.push_back(count_slot(slot));
  }
  return {};
}

Result<std::string> look_at(const Connection& connection, std::int64_t deadline_us) {
  if (const auto begun = ask(connection, "BEGIN READ ONLY"); !begun)
    return within("begin a transaction", begun.error());
  const auto server = ask(connection, kServer);
  if (!server) return within("ask what server it is", server.error());
  Amounts seen;
  seen.server = split(server->text(0, 0), ' ').front();
  seen.database = server->text(0, 1);
  std::vector<Amount> others;
  HAMMOCK_TRY(
      look_at_ages(connection, others, "transactions", kTransactions, server->number(0, 2)));
  HAMMOCK_TRY(look_at_ages(connection, others, "multixacts", kMultixacts, server->number(0, 3)));
  HAMMOCK_TRY(look_at_slots(connection, others));

  const auto rows = ask(connection, kSequences);
  if (!rows) return within("ask for the sequences", rows.error());
  std::vector<Readable> sequences;
  for (int i = 0; i < rows->size(); ++i) {
    if (rows->is_null(i, 1)) continue;  // it is gone
    if (!rows->is_true(i, 1)) {
      ++seen.hidden;
      continue;
    }
    sequences.push_back({rows->text(i, 0), rows->text(i, 2),
                         Sequence{rows->number(i, 3), rows->number(i, 4), rows->is_true(i, 5),
                                  static_cast<int>(rows->number(i, 6))}});
  }
  SequenceReader reader(connection, deadline_us);
  if (const auto read = reader.read(sequences); !read)
    return within("read the sequences", read.error());
  seen.amounts = fullest(reader.amounts(), kSequencesShown);
  seen.amounts.insert(seen.amounts.end(), others.begin(), others.end());
  seen.hidden += reader.hidden();
  return to_json(seen);
}

}  // namespace

Result<std::string> look_at_postgres(Arguments arguments) {
  if (arguments.size() != 2) {
    return fail(ErrorCode::kInvalid,
                fmt::format("postgres: expected TIMEOUT_S and CONNINFO, got {} "
                            "arguments",
                            arguments.size()));
  }
  const auto timeout = parse_decimal(arguments[0]);
  if (!timeout || *timeout == 0 || *timeout > kTimeoutMostS) {
    return fail(ErrorCode::kInvalid,
                fmt::format("postgres: expected TIMEOUT_S first, from 1 to {}", kTimeoutMostS));
  }
  const auto given = read_conninfo(arguments[1]);
  if (!given) return std::unexpected(given.error());
  const std::int64_t deadline_us =
      os::steady_us() + static_cast<std::int64_t>(*timeout) * 1'000'000;
  const auto connection = connect(*given, *timeout);
  if (!connection) return std::unexpected(connection.error());
  auto seen = look_at(*connection, deadline_us);
  if (!seen) {
    return within(fmt::format("database {} at {}, port {}", shown(PQdb(connection->get())),
                              shown(PQhost(connection->get())), shown(PQport(connection->get()))),
                  seen.error());
  }
  return seen;
}

}  // namespace hammock::gauge
