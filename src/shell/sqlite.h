// A thin, owning face of SQLite's C interface (https://www.sqlite.org/c3ref/intro.html): a
// connection, prepared statements, one transaction. sqlite.cc is the only file that sees sqlite3.h.
//
// Errors: kCorrupt when the bytes of the file are not a sound database, kSystem for everything else
// (disk full, read-only, busy). A Statement must not outlive its Database.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace hammock::shell {

class Statement {
 public:
  // Parameters are numbered from 1. A text must live until the next reset().
  Statement& bind(int parameter, std::int64_t number);
  Statement& bind(int parameter, std::string_view text);
  // True: a row is there to be read. False: done.
  Result<bool> step();
  // Runs to the end, ignoring rows, and makes the statement ready for new parameters.
  Result<void> run();
  void reset();
  // Columns are numbered from 0; the text lives until the next step() or reset().
  std::int64_t number(int column) const;
  std::string_view text(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

enum class Soundness { kSound, kUnfinished };

class Database {
 public:
  // Creates the file when it is missing, with mode 0600.
  static Result<Database> open(const std::string& path);

  // One or more statements without parameters.
  Result<void> execute(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  // The first column of the first row of a query, 0 when there is none.
  Result<std::int64_t> ask(const char* sql);
  // "PRAGMA quick_check", given up after about `steps` steps of SQLite's machine, so that a large
  // journal does not delay a start.
  Result<Soundness> quick_check(int steps);

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  explicit Database(sqlite3* connection) : connection_(connection) {}
  std::unique_ptr<sqlite3, Close> connection_;
};

// BEGIN IMMEDIATE … COMMIT; rolled back when it goes out of scope uncommitted.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Result<void> commit();
  ~Transaction();
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;
};

}  // namespace hammock::shell
