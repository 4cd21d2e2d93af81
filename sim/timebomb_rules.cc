#include "sim/timebomb_rules.h"

#include <algorithm>

#include "core/timebomb/ladder.h"

namespace hammock::sim {
namespace {

using namespace std::chrono_literals;
using timebomb::Reading;
using timebomb::Shown;

const timebomb::Fact* of_timebomb(const engine::Fact& fact) {
  return std::get_if<timebomb::Fact>(&fact);
}

}  // namespace

void TimebombRules::configured(std::span<const timebomb::Setup> setups) {
  for (const timebomb::Setup& setup : setups)
    configs_[setup.config.name] = setup.config;
}

// Written again here on purpose, so that a mistake in the room's own ladder is seen.
std::optional<Duration> TimebombRules::reached(const Book& book, const std::string& name) const {
  if (!book.reading || !book.reading->goes_off) return std::nullopt;
  const Duration left = *book.reading->goes_off - now_.wall;
  if (left <= 0s) return 0s;
  std::optional<Duration> lowest;
  for (Duration rung : *configs_.find(name)->second.warn_before) {
    if (left <= rung) lowest = rung;  // the longest stands first
  }
  return lowest;
}

bool TimebombRules::is_eased(const Book& book, const std::string& name, Duration told) const {
  const std::optional<Duration> rung = reached(book, name);
  if (!rung || *rung <= told) return false;
  const Duration least = configs_.find(name)->second.warn_before->back();
  return (*book.reading->goes_off - now_.wall) / 2 > std::max(told, least);
}

// An answer that nobody waits for any more is none.
bool TimebombRules::accept(const timebomb::Looked& looked) {
  Book& book = books_[looked.timebomb];
  if (book.asked != looked.id || looked.id == 0) return false;
  book.asked = 0;
  book.has_looked = true;
  if (const auto* reading = std::get_if<Reading>(&looked.told)) {
    see(book, looked.timebomb, *reading);
  } else {
    const bool is_early = std::get<timebomb::Unread>(looked.told).is_early;
    book.failed = is_early ? 0 : book.failed + 1;
  }
  return true;
}

void TimebombRules::see(Book& book, const std::string& name, const Reading& reading) {
  if (book.reading && book.reading->identity != reading.identity) book.calm = 0;
  book.reading = reading;
  book.read_at = clock_;
  book.failed = 0;
  book.calm = reached(book, name) ? 0 : book.calm + 1;
}

void TimebombRules::note_order(const timebomb::Look& look) {
  Book& book = books_[look.timebomb];
  if (book.asked != 0) broken_(look.timebomb + " is looked at, and a look is out");
  book.asked = look.id;
  book.asked_until = clock_ + configs_[look.timebomb].timeout + timebomb::kAnswerLate;
}

void TimebombRules::decided(const engine::Decision& decision, Now now, Steady clock) {
  now_ = now;
  clock_ = clock;
  for (auto& [name, book] : books_) {
    if (book.asked == 0 || clock < book.asked_until) continue;
    book.asked = 0;
    book.has_looked = true;
    ++book.failed;
  }
  const std::optional<timebomb::Looked> given = given_;
  const bool is_read = given && accept(*given) && std::holds_alternative<Reading>(given->told);
  for (const engine::Fact& fact : decision.facts) {
    if (const timebomb::Fact* some = of_timebomb(fact)) take(*some);
  }
  for (const engine::Order& order : decision.orders) {
    const auto* some = std::get_if<timebomb::Order>(&order);
    if (some == nullptr) continue;
    if (const auto* look = std::get_if<timebomb::Look>(some)) note_order(*look);
  }
  if (is_read) {
    const Book& book = books_[given->timebomb];
    check_read(book, given->timebomb);
    check_told(book, given->timebomb);
    check_over(book, given->timebomb);
  }
  given_.reset();
}

void TimebombRules::take(const timebomb::Fact& fact) {
  if (const auto* stood = std::get_if<timebomb::HouseStood>(&fact)) {
    open_ = stood->open;
    for (auto& [name, book] : books_)
      book.asked = 0;
    return;
  }
  const std::string name(timebomb::timebomb_of(fact));
  if (name.empty() || std::holds_alternative<timebomb::TimebombMoved>(fact)) return;
  if (std::holds_alternative<timebomb::TimebombDefined>(fact)) {
    if (!books_.emplace(name, Book{}).second) broken_(name + " was defined again");
    return;
  }
  Book& book = books_[name];
  if (const auto* read = std::get_if<timebomb::TimebombRead>(&fact)) {
    Reading kept;
    kept.identity = read->identity;
    if (read->goes_off != Instant{}) kept.goes_off = read->goes_off;
    kept.evidence = read->evidence;
    if (replays_) book.reading = kept;
    if (kept != book.reading) broken_(name + ": what is remembered is not what was read");
    book.kept = std::move(kept);
  } else if (const auto* warned = std::get_if<timebomb::TimebombWarned>(&fact)) {
    check_news(book, name, warned->goes_off, warned->before);
    take_told(book, name, warned->before);
    check_text(book, name, warned->told);
  } else if (const auto* off = std::get_if<timebomb::TimebombWentOff>(&fact)) {
    check_news(book, name, off->goes_off, 0s);
    take_told(book, name, 0s);
    check_text(book, name, off->told);
  } else if (const auto* defused = std::get_if<timebomb::TimebombDefused>(&fact)) {
    take_defused(book, name);
    check_text(book, name, defused->told);
  } else if (const auto* eased = std::get_if<timebomb::TimebombEased>(&fact)) {
    take_eased(book, *eased);
    check_text(book, name, eased->told);
  } else if (std::holds_alternative<timebomb::TimebombUnknown>(fact)) {
    take_unknown(book, name);
  } else {
    take_known(book, name);
  }
}

void TimebombRules::check_news(const Book& book, const std::string& name, Instant goes_off,
                               Duration rung) {
  if (replays_) return;
  if (!book.reading || book.reading->goes_off != goes_off)
    broken_(name + ": it was told of a date that nobody read");
  if (reached(book, name) != rung)
    broken_(name + ": it was told of " + format_duration(rung) + ", which is not where it is");
}

void TimebombRules::take_told(Book& book, const std::string& name, Duration rung) {
  if (!replays_ && !book.has_looked) broken_(name + " was told of before it was looked at");
  if (!book.reading) return broken_(name + ": it was told of what nobody read");
  const std::string& identity = book.reading->identity;
  auto before = book.told.find(identity);
  if (before != book.told.end() && rung >= before->second) {
    broken_(identity + ": " + format_duration(rung) + " was told after " +
            format_duration(before->second));
  }
  book.told[identity] = rung;
  book.ringing = identity;
}

void TimebombRules::take_defused(Book& book, const std::string& name) {
  if (!book.ringing || !book.reading)
    return broken_(name + " was defused, and nobody had been told of it");
  const bool is_same = *book.ringing == book.reading->identity;
  if (is_same) book.told.erase(*book.ringing);
  book.ringing.reset();
  if (replays_) return;
  if (reached(book, name)) broken_(name + " was defused, and it is near");
  if (is_same && book.calm < timebomb::kCalmLooks) broken_(name + " was defused too early");
}

// Either it is farther away, or so far that what was told of it is forgotten.
void TimebombRules::take_eased(Book& book, const timebomb::TimebombEased& eased) {
  const std::string& name = eased.timebomb;
  auto before = book.reading ? book.told.find(book.reading->identity) : book.told.end();
  if (before == book.told.end())
    return broken_(name + " was eased, and nobody had been told of it");
  const timebomb::Tally tally = timebomb::read_told(eased.told);
  const timebomb::Told* now_told = find(tally, timebomb::hash_of(before->first));
  if (now_told == nullptr) {
    if (!replays_ && (reached(book, name) || book.calm < timebomb::kCalmLooks))
      broken_(name + " was forgotten, and it is in sight");
    book.told.erase(before);
    return;
  }
  if (!replays_ && (!is_eased(book, name, before->second) || reached(book, name) != now_told->rung))
    broken_(name + " was eased, and it is not");
  before->second = now_told->rung;
  if (book.ringing) book.ringing = before->first;
}

void TimebombRules::take_unknown(Book& book, const std::string& name) {
  if (book.unknown) broken_(name + ": that it is unknown was told twice");
  book.unknown = true;
  if (replays_) return;
  if (book.failed < timebomb::kUnknownLooks) broken_(name + " is unknown after too few looks");
  const bool is_by_clock = book.read_at > std::max(set_at_, began_at_);
  if (is_by_clock && clock_ - book.read_at <= timebomb::trust_of(configs_[name]))
    broken_(name + " is unknown, and it was read not long ago");
}

void TimebombRules::take_known(Book& book, const std::string& name) {
  if (!book.unknown) broken_(name + " is known, and it was never unknown");
  book.unknown = false;
  if (!replays_ && (!book.reading || book.read_at != clock_))
    broken_(name + " is known, and nobody read it");
}

// What the next process knows of what was told is what this one means.
void TimebombRules::check_text(const Book& book, const std::string& name, std::string_view told) {
  const timebomb::Tally tally = timebomb::read_told(told);
  bool is_same = tally.told.size() == book.told.size() && tally.is_ringing == !!book.ringing;
  for (const auto& [identity, rung] : book.told) {
    const timebomb::Told* one = find(tally, timebomb::hash_of(identity));
    is_same = is_same && one != nullptr && one->rung == rung;
  }
  if (book.ringing && !tally.told.empty())
    is_same = is_same && tally.told.back().hash == timebomb::hash_of(*book.ringing);
  if (!is_same) broken_(name + ": '" + std::string(told) + "' is not what was told");
}

// What the next process knows of the reading is nearly what this one does.
void TimebombRules::check_read(const Book& book, const std::string& name) {
  const bool is_same = book.kept && book.kept->identity == book.reading->identity &&
                       book.kept->goes_off.has_value() == book.reading->goes_off.has_value();
  if (!is_same) return broken_(name + ": what was read is not remembered");
  if (!book.reading->goes_off) return;
  const Duration left = std::chrono::abs(*book.reading->goes_off - now_.wall);
  if (std::chrono::abs(*book.reading->goes_off - *book.kept->goes_off) >
      std::max(Duration(1h), left / 20))
    broken_(name + ": that its date has moved is not remembered");
}

void TimebombRules::check_told(const Book& book, const std::string& name) {
  const std::optional<Duration> rung = reached(book, name);
  if (!rung) return;
  auto told = book.told.find(book.reading->identity);
  if (told == book.told.end() || told->second > *rung) {
    if (book.has_looked) broken_(name + ": nobody was told of " + format_duration(*rung));
    return;
  }
  if (is_eased(book, name, told->second))
    broken_(name + " is far away again, and what was told of it stands");
}

void TimebombRules::check_over(const Book& book, const std::string& name) {
  if (reached(book, name)) return;
  if (book.ringing && *book.ringing != book.reading->identity)
    broken_(name + " is another one, and nobody was told that it is over");
  if (book.told.contains(book.reading->identity) && book.calm >= timebomb::kCalmLooks)
    broken_(name + " is out of sight, and what was told of it stands");
}

void TimebombRules::replay(std::span<const engine::Fact> journal, Steady clock) {
  const std::map<std::string, Book, std::less<>> before = std::exchange(books_, {});
  given_.reset();
  open_ = false;
  began_at_ = clock;
  replays_ = true;
  for (const engine::Fact& fact : journal) {
    if (const timebomb::Fact* some = of_timebomb(fact)) take(*some);
  }
  replays_ = false;
  for (auto& [name, book] : books_) {
    auto old = before.find(name);
    if (old != before.end()) book.read_at = old->second.read_at;
  }
}

void TimebombRules::check_shown(const timebomb::Report& report) {
  const std::string& name = report.name;
  const Book& book = books_[name];
  const Duration trust = timebomb::trust_of(configs_[name]) + configs_[name].every;
  const Steady seen = std::max({book.read_at, set_at_, began_at_});
  if (report.reading != book.reading) broken_(name + ": what is shown is not what was read");
  auto told = book.reading ? book.told.find(book.reading->identity) : book.told.end();
  if (report.told.has_value() != (told != book.told.end()) ||
      (report.told && *report.told != told->second))
    broken_(name + ": what is shown as told is not what was told");
  if (report.shown == Shown::kNew) {
    if (book.reading || book.unknown) broken_(name + " is shown as new, and it is not");
    return;
  }
  if (report.shown == Shown::kUnknown) {
    if (book.reading && !book.unknown && book.read_at == seen && clock_ - seen <= trust)
      broken_(name + " is shown as unknown, and it was read not long ago");
    return;
  }
  if (!book.reading || book.unknown || clock_ - seen > trust)
    return broken_(name + " is shown as " + std::string(text_of(report.shown)) +
                   ", and it is unknown");
  const std::optional<Duration> rung = reached(book, name);
  const Shown truth = !rung ? Shown::kQuiet : *rung == 0s ? Shown::kGoneOff : Shown::kTicking;
  if (report.shown != truth)
    broken_(name + " is shown as " + std::string(text_of(report.shown)) + ", and it is " +
            std::string(text_of(truth)));
}

void TimebombRules::check_sleep(const timebomb::State& state, Now now, Steady clock) {
  now_ = now;
  clock_ = clock;
  for (const timebomb::Report& report : timebomb::report(state, now)) {
    check_shown(report);
    if (open_) check_told(books_[report.name], report.name);
  }
}

void TimebombRules::check_end(const timebomb::State& state, const Bombs& bombs, Now now) {
  now_ = now;
  if (timebomb::report(state, now).size() != configs_.size())
    broken_("not every time bomb is known");
  for (const timebomb::Report& report : timebomb::report(state, now)) {
    const Shown truth = bombs.truth(report.name);
    const Book& book = books_[report.name];
    if (report.shown != truth)
      broken_(report.name + " is shown as " + std::string(text_of(report.shown)) + ", and it is " +
              std::string(text_of(truth)) + " in the calm");
    if (book.unknown != (truth == Shown::kUnknown))
      broken_(report.name + ": whether it is unknown was not told in the calm");
    check_told(book, report.name);
  }
}

}  // namespace hammock::sim
