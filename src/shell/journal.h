// The journal: what Hammock remembers across its own death, in one SQLite file
// (docs/formats/journal.md).
//
// It is written in batches, one transaction each. A batch that holds a promise (a command accepted)
// is on the disk when write() returns; other batches survive every kill of ours, and may lose their
// newest ones when the machine loses power. Order is kept either way: a lasting batch makes all
// before it last.
//
// What a person must never lose is remembered under a key (the newest fact with that key wins) and
// is not subject to retention; the rest is history and expires.
//
// It is not the truth about processes: that is the ledger. Hammock runs without a journal; then it
// promises nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "shell/sqlite.h"

namespace hammock::shell {

struct NewFact {
  std::string room;     // of the core, that knows what it means
  std::string kind;     // "instance exited"
  std::string subject;  // a service, or empty
  std::string fields;   // a JSON object
  std::string key;      // not empty: remembered under this key until a newer one replaces it
  Instant at{};
  friend bool operator==(const NewFact&, const NewFact&) = default;
};

struct FactRow {
  std::int64_t id = 0;
  Instant at;
  std::string room;
  std::string kind;
  std::string subject;
  std::string fields;
  friend bool operator==(const FactRow&, const FactRow&) = default;
};

struct Batch {
  std::vector<NewFact> facts{};
  std::vector<std::string> forgotten{};  // keys; "web" stands for "web" and everything below "web/"
  bool lasting = false;                  // it holds a promise: on the disk before write() returns

  bool empty() const { return facts.empty() && forgotten.empty(); }
};

// When it is full, facts of the common kind go first, from the subject that has the most of them:
// so one that is noisy pushes out its own past, and not what is known of others.
struct Retention {
  std::string_view common = {};  // none: the oldest go, whatever they are
  std::int64_t bytes = 64 << 20;
  Duration age = std::chrono::days(400);
};

class Journal {
 public:
  struct Opened;
  // Opens or creates the journal at `path` and brings it to the newest version. A damaged file is
  // moved to <path>.corrupt-<seconds since 1970>, and a new one begun; `set_aside` says so. Fails
  // when the folder cannot be written, when the disk is full, or when a newer Hammock wrote the
  // file.
  static Result<Opened> open(const std::string& path, std::string_view boot_id, Instant now);

  // All of the batch or nothing; the id of the newest fact.
  Result<std::int64_t> write(const Batch& batch);

  // Facts with id > after, oldest first, at most `limit`.
  Result<std::vector<FactRow>> facts_after(std::int64_t after, std::size_t limit);
  Result<std::int64_t> newest_fact();
  // The newest facts of one kind about one subject, the newest first.
  Result<std::vector<FactRow>> facts_about(std::string_view room, std::string_view kind,
                                           std::string_view subject, std::size_t limit);
  // The newest pings of a heartbeat, and when it went up or down (the instant itself is within both
  // ends), the newest first. By index; of one that was removed and made again only what came after.
  Result<std::vector<FactRow>> pings_of(std::string_view heartbeat, std::size_t limit,
                                        std::uint64_t skip = 0);
  Result<std::vector<FactRow>> flips_of(std::string_view heartbeat, Instant from, Instant to,
                                        std::size_t limit);
  // Each remembered fact that is older than those with id > after, then these: in the order in
  // which they became true. One at a time: a start waits for this, and fresh memory is what it
  // costs. After an error those before it were visited.
  struct Replayed {  // the views end with the visit
    std::string_view room, kind, fields;
  };
  Result<void> replay(std::int64_t after, const std::function<void(const Replayed&)>& visit);
  // Whether a promise can be kept at this moment: something small is written and lasts.
  Result<void> prove_writable(Instant now);

  // Removes at most a few hundred expired rows; true: more are left.
  Result<bool> expire(Instant now, const Retention& retention);

 private:
  explicit Journal(Database database) : database_(std::move(database)) {}
  static Result<Journal> open_sound(const std::string& path, std::string_view boot_id, Instant now);
  Result<void> prepare(std::string_view boot_id, Instant now);
  Result<void> write_rows(const Batch& batch);
  Result<void> rank_common(std::string_view kind);
  Result<std::int64_t> expire_common(std::string_view kind);
  Result<std::int64_t> expire_oldest(Instant now, Duration age, bool any);

  Database database_;
  std::int64_t boot_ = 0;
  std::string common_subject_;     // whose facts of the common kind go next
  std::int64_t common_spare_ = 0;  // so many of them, before it is looked again who has the most
  std::optional<Statement> add_fact_;
  std::optional<Statement> remember_;
  std::optional<Statement> forget_;
};

struct Journal::Opened {
  Journal journal;
  std::optional<std::string> set_aside;  // "journal: …; set aside as …": say it loudly
};

}  // namespace hammock::shell
