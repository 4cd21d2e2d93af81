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

void HeartbeatRules::check_fall(const Book& book, const heartbeat::HeartbeatFell& fell,
                                Steady clock) {
  const heartbeat::Config& config = configs_[fell.heartbeat];
  const Duration expected = std::get<heartbeat::Every>(config.when).distance;
  const auto& [ended, began] = book.times;
  const bool hangs = began && clock - *began + kNoise >= config.grace;
  const bool is_silent = ended && clock - *ended + kNoise >= expected + config.grace;
  if (!hangs && !is_silent) broken_(fell.heartbeat + " fell, and was not silent for long enough");
  if (book.fallen) broken_(fell.heartbeat + " fell, and was down already");
  if (fell.deadline > fell.noticed + kNoise) broken_(fell.heartbeat + " fell too early");
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
      if (ping->signal == heartbeat::Signal::kStart)
        book.times.began = clock;
      else
        book.times = {clock, std::nullopt};
      book.fallen = ping->status == heartbeat::Status::kDown;
    } else if (const auto* fell = std::get_if<heartbeat::HeartbeatFell>(some)) {
      Book& book = books_[fell->heartbeat];
      check_fall(book, *fell, clock);
      book.fallen = true;
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
      }
    } else if (const auto* fell = std::get_if<heartbeat::HeartbeatFell>(some)) {
      books_[fell->heartbeat].fallen = true;
    }
  }
  for (const auto& [name, old] : before) {
    Book& book = books_[name];
    book.times = book.number < old.number ? old.before : old.times;
    book.before = book.times;
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
