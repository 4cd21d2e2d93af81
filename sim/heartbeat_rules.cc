#include "sim/heartbeat_rules.h"

#include <algorithm>

#include "base/variant.h"

namespace hammock::sim {
namespace {

using namespace std::chrono_literals;

constexpr Duration kNoise = 500ms;  // a clock that is set by less than kClockSetLeast, a few times

const heartbeat::Fact* of_heartbeat(const engine::Fact& fact) {
  return std::get_if<heartbeat::Fact>(&fact);
}

}  // namespace

void HeartbeatRules::take(Book& book, const heartbeat::PingTaken& ping) {
  if (ping.number != book.number + 1) {
    broken_(ping.heartbeat + ": ping " + std::to_string(ping.number) + " came after ping " +
            std::to_string(book.number));
  }
  book.number = ping.number;
}

// Outcomes are counted from when it is up.
void HeartbeatRules::count(Book& book, const heartbeat::PingTaken& ping) {
  const bool is_up = ping.status == heartbeat::Status::kUp;
  if (ping.signal == heartbeat::Signal::kSuccess && book.up) book.outcomes += kGoodOutcome;
  if (ping.signal == heartbeat::Signal::kFail && book.up) book.outcomes += kBadOutcome;
  if (!is_up || !book.up) book.outcomes.clear();
  book.up = is_up;
}

bool HeartbeatRules::is_overdue(const Book& book, const heartbeat::Config& config,
                                Steady clock) const {
  const Duration expected = std::get<heartbeat::Every>(config.when).distance;
  const auto& [ended, began, succeeded] = book.times;
  const bool hangs = began && clock - *began + kNoise >= config.grace;
  const bool is_silent = ended && clock - *ended + kNoise >= expected + config.grace;
  return hangs || is_silent;
}

// Whether one failure more is.
bool HeartbeatRules::is_borne(const Book& book, const heartbeat::Config& config) const {
  if (!book.up) return false;
  const auto& rule = config.fail_after;
  if (rule) return bad_outcomes(book.outcomes + kBadOutcome, rule->n) < rule->k;
  return config.success_within.has_value();
}

void HeartbeatRules::check_fall(const Book& book, const heartbeat::HeartbeatFell& fell,
                                Steady clock) {
  const heartbeat::Config& config = configs_[fell.heartbeat];
  if (fell.lack == heartbeat::Lack::kSuccess) {
    const bool lacks = config.success_within && book.times.succeeded &&
                       clock - *book.times.succeeded + kNoise >= *config.success_within;
    if (!lacks) broken_(fell.heartbeat + " fell, and it had succeeded not long before");
  } else {
    if (!is_overdue(book, config, clock))
      broken_(fell.heartbeat + " fell, and was not silent for long enough");
    if (is_borne(book, config)) broken_(fell.heartbeat + " fell by a failure that is borne");
  }
  if (book.fallen) broken_(fell.heartbeat + " fell, and was down already");
  if (fell.deadline > fell.noticed + kNoise) broken_(fell.heartbeat + " fell too early");
}

void HeartbeatRules::check_miss(Book& book, const heartbeat::HeartbeatMissed& missed,
                                Steady clock) {
  const heartbeat::Config& config = configs_[missed.heartbeat];
  if (!is_overdue(book, config, clock))
    broken_(missed.heartbeat + " missed a ping, and was not silent for long enough");
  if (!is_borne(book, config)) broken_(missed.heartbeat + " missed one too many, and did not fall");
  book.outcomes += kBadOutcome;
  const Steady then = clock - (missed.noticed - missed.deadline) - config.grace;
  if (missed.lack == heartbeat::Lack::kEnd) book.times.began.reset();
  if (missed.expected != Instant{} && book.times.ended)
    book.times.ended = std::max(*book.times.ended, then);
}

void HeartbeatRules::decided(std::span<const engine::Fact> facts, Steady clock) {
  for (const engine::Fact& fact : facts) {
    const heartbeat::Fact* some = of_heartbeat(fact);
    if (some == nullptr) continue;
    if (const auto* configured = std::get_if<heartbeat::HeartbeatsConfigured>(some)) {
      for (const Shared<heartbeat::Setup>& setup : configured->heartbeats)
        configs_[setup->config.name] = setup->config;
    } else if (const auto* ping = std::get_if<heartbeat::PingTaken>(some)) {
      Book& book = books_[ping->heartbeat];
      take(book, *ping);
      book.before = book.times;
      if (ping->signal == heartbeat::Signal::kLog) continue;
      if (ping->signal == heartbeat::Signal::kFail && ping->status == heartbeat::Status::kDown &&
          is_borne(book, configs_[ping->heartbeat]))
        broken_(ping->heartbeat + " is down by a failure that is borne");
      if (ping->signal == heartbeat::Signal::kFail && ping->status == heartbeat::Status::kUp &&
          !is_borne(book, configs_[ping->heartbeat]))
        broken_(ping->heartbeat + " is up after one failure too many");
      if (ping->signal == heartbeat::Signal::kSuccess) book.times.succeeded = clock;
      count(book, *ping);
      if (ping->signal == heartbeat::Signal::kStart)
        book.times.began = clock;
      else
        book.times = {clock, std::nullopt, book.times.succeeded};
      book.with_ping = book.times;
      book.fallen = ping->status == heartbeat::Status::kDown;
    } else if (const auto* fell = std::get_if<heartbeat::HeartbeatFell>(some)) {
      Book& book = books_[fell->heartbeat];
      check_fall(book, *fell, clock);
      book.fallen = true;
      book.up = false;
    } else if (const auto* missed = std::get_if<heartbeat::HeartbeatMissed>(some)) {
      check_miss(books_[missed->heartbeat], *missed, clock);
    }
  }
}

void HeartbeatRules::acknowledged(const std::string& heartbeat) {
  Book& book = books_[heartbeat];
  book.acknowledged = book.number;
}

void HeartbeatRules::replay(std::span<const engine::Fact> journal) {
  std::map<std::string, Book> before = std::exchange(books_, {});
  for (const engine::Fact& fact : journal) {
    const heartbeat::Fact* some = of_heartbeat(fact);
    if (some == nullptr) continue;
    if (const auto* ping = std::get_if<heartbeat::PingTaken>(some)) {
      Book& book = books_[ping->heartbeat];
      take(book, *ping);
      if (ping->signal != heartbeat::Signal::kLog) {
        book.fallen = ping->status == heartbeat::Status::kDown;
        count(book, *ping);
      }
    } else if (const auto* fell = std::get_if<heartbeat::HeartbeatFell>(some)) {
      books_[fell->heartbeat].fallen = true;
      books_[fell->heartbeat].up = false;
    } else if (const auto* missed = std::get_if<heartbeat::HeartbeatMissed>(some)) {
      books_[missed->heartbeat].outcomes += kBadOutcome;
    }
  }
  for (const auto& [name, old] : before) {
    Book& book = books_[name];
    // What the journal has lost is not known at once: a machine may go down after its brain.
    book.before = old.before;
    book.with_ping = book.number < old.number ? old.before : old.with_ping;
    book.times =
        book.number < old.number || book.outcomes != old.outcomes ? book.with_ping : old.times;
    book.acknowledged = old.acknowledged;
    if (book.number < old.acknowledged) {
      broken_(name + ": ping " + std::to_string(old.acknowledged) +
              " was acknowledged, and is not in the journal");
    }
  }
}

void HeartbeatRules::check_sleep(const heartbeat::State& state, Now now) {
  if (!state.known || !state.watching || state.deadlines.empty()) return;
  const auto& [deadline, name] = *state.deadlines.begin();
  const auto wake = heartbeat::next_wake(state);
  const bool sleeps = !wake || *wake > now.steady + kNoise;
  if (deadline < now.wall - kNoise && sleeps) broken_(name + " is overdue, and nobody looks");
}

}  // namespace hammock::sim
