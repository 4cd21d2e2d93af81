#include "shell/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/assert.h"

namespace hammock::shell {
namespace {

constexpr int kBusyMilliseconds = 100;  // somebody else's tool may hold the write lock that long

std::unexpected<Error> failure(sqlite3* connection, std::string_view attempt) {
  int code = sqlite3_errcode(connection);
  bool corrupt = code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
  Error error{corrupt                    ? ErrorCode::kCorrupt
              : code == SQLITE_INTERRUPT ? ErrorCode::kBusy
                                         : ErrorCode::kSystem,
              std::string(attempt), sqlite3_system_errno(connection)};
  error.message += ": ";
  error.message += sqlite3_errmsg(connection);
  return std::unexpected(std::move(error));
}

// A progress handler whose answer, not zero, interrupts the statement.
int stop_now(void*) {
  return 1;
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Statement& Statement::bind(int parameter, std::int64_t number) {
  HAMMOCK_ASSERT(sqlite3_bind_int64(statement_.get(), parameter, number) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  HAMMOCK_ASSERT(sqlite3_bind_text64(statement_.get(), parameter, text.data(), text.size(),
                                     SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK);
  return *this;
}

Result<bool> Statement::step() {
  int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  auto error = failure(sqlite3_db_handle(statement_.get()), "journal");
  reset();
  return error;
}

Result<void> Statement::run() {
  for (;;) {
    auto row = step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
  }
  reset();
  return {};
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::text(int column) const {
  const unsigned char* bytes = sqlite3_column_text(statement_.get(), column);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

void Database::Close::operator()(sqlite3* connection) const {
  sqlite3_close(connection);
}

Result<Database> Database::open(const std::string& path) {
  // SQLite would create it with the umask's mode; its -wal and -shm take the mode of the database.
  int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0 && errno != EROFS && errno != EACCES) return fail_errno("open " + path);
  if (file >= 0) close(file);
  sqlite3* connection = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                             nullptr);
  Database database(connection);
  if (code != SQLITE_OK) return failure(connection, "open " + path);
  sqlite3_extended_result_codes(connection, 0);
  sqlite3_busy_timeout(connection, kBusyMilliseconds);
  return database;
}

Result<void> Database::execute(const char* sql) {
  if (sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return failure(connection_.get(), "journal");
  }
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return failure(connection_.get(), "journal");
  return Statement(statement);
}

Result<std::int64_t> Database::ask(const char* sql) {
  auto query = prepare(sql);
  if (!query) return std::unexpected(query.error());
  auto row = query->step();
  if (!row) return std::unexpected(row.error());
  return *row ? query->number(0) : 0;
}

Result<Soundness> Database::quick_check(int steps) {
  auto query = prepare("PRAGMA quick_check(1)");
  if (!query) return std::unexpected(query.error());
  sqlite3_progress_handler(connection_.get(), steps, stop_now, nullptr);
  auto row = query->step();
  sqlite3_progress_handler(connection_.get(), 0, nullptr, nullptr);
  if (!row) {
    if (row.error().code == ErrorCode::kBusy) return Soundness::kUnfinished;
    return std::unexpected(row.error());
  }
  if (*row && query->text(0) == "ok") return Soundness::kSound;
  return fail(ErrorCode::kCorrupt, "journal: " + std::string(query->text(0)));
}

Result<Transaction> Transaction::begin(Database& database) {
  HAMMOCK_TRY(database.execute("BEGIN IMMEDIATE"));
  return Transaction(&database);
}

Result<void> Transaction::commit() {
  HAMMOCK_TRY(database_->execute("COMMIT"));
  database_ = nullptr;
  return {};
}

Transaction::~Transaction() {
  // SQLite may have rolled back by itself (disk full): then this fails, and nothing is lost by it.
  if (database_ != nullptr) (void)database_->execute("ROLLBACK");
}

}  // namespace hammock::shell
