// The brain must answer. What was asked from outside (SIGTERM, SIGHUP) is told until the brain says
// that it has taken it, to the next brain too when one dies before that; and every now and then the
// brain is asked whether it lives. One that is silent for too long is killed, and its successor
// takes over with everything.
#include "keeper/state.h"
#include "os/clock.h"

namespace hammock::keeper {
namespace {

constexpr std::int64_t kAliveEveryUs = 30'000'000;
constexpr std::int64_t kAlivePatienceUs = 60'000'000;
constexpr std::int64_t kReloadPatienceUs = 20'000'000;
// `docker stop` gives ten seconds for everything.
constexpr std::int64_t kStopPatienceUs = 3'000'000;
constexpr std::int64_t kGreetingBeforeStopUs = 6'000'000;
constexpr int kReloadTellingsMost = 2;  // a file that kills brains is not read for ever
// After a suspend every deadline is over at once; whoever answers now is well.
constexpr std::int64_t kSecondChanceUs = 1'000'000;

void expect_answer(Keeper& k, std::int64_t patience_us) {
  const std::int64_t by_us = os::steady_us() + patience_us;
  if (k.asked.answer_by_us == 0 || by_us < k.asked.answer_by_us) k.asked.answer_by_us = by_us;
}

void tell(Keeper& k, wire::Hint kind, std::int64_t value, std::int64_t patience_us) {
  wire::HintMessage hint;
  hint.hint = kind;
  hint.value = value;
  reply(k, hint);
  expect_answer(k, patience_us);
}

}  // namespace

void expect_greeting(Keeper& k) {
  k.asked.stop_told = k.asked.reload_told = k.asked.second_chance = false;
  k.asked.alive_at_us = k.asked.answer_by_us = 0;
  expect_answer(k, kAlivePatienceUs);
}

void brain_greeted(Keeper& k) {
  k.asked.second_chance = false;
  k.asked.answer_by_us = 0;
  k.asked.alive_at_us = os::steady_us() + kAliveEveryUs;
}

void ask_to_stop(Keeper& k, int signal) {
  k.asked.stop_signal = signal;
  k.asked.stop_told = false;
  if (!k.brain.answered) expect_answer(k, kGreetingBeforeStopUs);
}

void ask_to_reload(Keeper& k) {
  k.asked.reload = true;
  k.asked.reload_told = false;
  k.asked.reload_tellings = 0;
}

void ask_brain(Keeper& k) {
  if (k.link.fd == 0 || !k.brain.answered) return;
  Asked& asked = k.asked;
  if (asked.stop_signal != 0 && !asked.stop_told) {
    tell(k, wire::Hint::kStopRequested, asked.stop_signal, kStopPatienceUs);
    asked.stop_told = true;
  }
  if (asked.reload && !asked.reload_told) {
    if (++asked.reload_tellings > kReloadTellingsMost) {
      say("no brain lived to read the configuration again; it stays as it is");
      asked.reload = false;
    } else {
      tell(k, wire::Hint::kReloadRequested, 0, kReloadPatienceUs);
      asked.reload_told = true;
    }
  }
  if (asked.alive_at_us != 0 && asked.alive_at_us <= os::steady_us()) {
    tell(k, wire::Hint::kAlive, 0, kAlivePatienceUs);
    asked.alive_at_us = 0;
  }
}

// `durable`: it is in the journal, so the next brain knows by itself. A request that came after the
// one which is answered here is still to be told.
void answered(Keeper& k, wire::Hint hint, bool durable) {
  Asked& asked = k.asked;
  const bool is_stop = hint == wire::Hint::kStopRequested;
  const bool is_reload = hint == wire::Hint::kReloadRequested;
  if (is_stop && durable && asked.stop_told) asked.stop_signal = 0;
  if (is_reload && asked.reload_told) asked.reload = false;
  asked.second_chance = false;
  asked.answer_by_us = 0;
  if (!is_reload && asked.reload && asked.reload_told) expect_answer(k, kReloadPatienceUs);
  asked.alive_at_us = os::steady_us() + kAliveEveryUs;
}

void check_answers(Keeper& k, std::int64_t now_us) {
  Asked& asked = k.asked;
  if (asked.answer_by_us == 0 || asked.answer_by_us > now_us) return;
  asked.answer_by_us = 0;
  if (k.brain.pid == 0 || k.exit_at_us != 0) return;
  if (!asked.second_chance) {
    asked.second_chance = true;
    asked.answer_by_us = now_us + kSecondChanceUs;
    return;
  }
  say("the brain does not answer; it is killed, and another one is started");
  k.brain.kill_at_us = now_us;
}

}  // namespace hammock::keeper
