// What a PostgreSQL server (12 to 17) is using up, and where it stops: numbers of sequences,
// transactions and multixacts, and the WAL that replication slots hold back.
//
//   hammock-gauge postgres TIMEOUT_S CONNINFO
//   {"server":"15.18","database":"shop","amounts":[
//     {"kind":"sequence","what":"public.orders.id (integer, by public.orders_id_seq)",
//      "used":2000000000,"most":2147483647},
//     {"kind":"transactions","what":"database shop","used":54000000,"most":2144483647,
//      "quiet_below":300000000},
//     {"kind":"multixacts","what":"database shop","used":1,"most":2144483647,
//      "quiet_below":600000000},
//     {"kind":"slot","what":"standby1 (physical, inactive)","used":16777216,"most":null}],
//    "hidden":0}
//
// sequence: the 20 fullest of the database that is connected to. `most` is the smaller of what the
//   sequence can give and what the integer column that it feeds can hold: the narrowest one that
//   owns it, is its identity, or has it in its default. So a default that makes something else of
//   the number (nextval('s') % 100) counts as feeding the column too. See gauge/postgres_amounts.h
//   for those that descend. Not looked at: sequences that start again at their end (CYCLE), except
//   where their column ends before; temporary ones; unlogged ones on a standby; those that gave
//   nothing yet; and integer columns that no sequence feeds, whose largest value costs a search.
// transactions, multixacts: the ages of the oldest of each database of the server, the 5 oldest of
//   each. `most` is where the server refuses to write (postgres_amounts.h says which constants
//   those are). Below `quiet_below`, one and a half times autovacuum_freeze_max_age (or
//   autovacuum_multixact_freeze_max_age), an age is ordinary. How full the members of multixacts
//   are, the server does not tell.
// slot: bytes of WAL since its restart_lsn, `most` is max_slot_wal_keep_size, null without a limit
//   (and before PostgreSQL 13). A lost slot is told as full.
// hidden: sequences that this user may not read, or that somebody kept locked: how full they are is
//   not known.
//
// TIMEOUT_S, 1 to 3600, is the time to connect (libpq takes at least 2 s, for each address), that
// of each statement, and that after which no more sequences are read. The session is read-only. It
// asks all in one transaction; each 500 further sequences are one more, as a sequence that was read
// stays locked to the end of its transaction, and the server has only so many locks for everybody.
//
// CONNINFO is what libpq takes, `keyword=value` or a postgresql:// URI. One with a password is
// refused: arguments stand in the list of processes. Use passfile=, ~/.pgpass or peer
// authentication. No error shows more of it than host, port, dbname and user.
#pragma once

#include <string>

#include "base/result.h"
#include "gauge/kind.h"

namespace hammock::gauge {

Result<std::string> look_at_postgres(Arguments arguments);
constexpr Kind kPostgres = {"postgres", "TIMEOUT_S CONNINFO", look_at_postgres};

}  // namespace hammock::gauge
