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

void tell(Keeper& k, wire::Hint kind, std::int64_t value) {
  wire::HintMessage hint;
  hint.hint = kind;
  hint.value = value;
  reply(k, hint);
}

}  // namespace

std::int64_t answer_due_us(const Asked& asked) {
  std::int64_t first_us = 0;
  for (std::int64_t by_us : {asked.alive_by_us, asked.stop_by_us, asked.reload_by_us}) {
    if (by_us != 0 && (first_us == 0 || by_us < first_us)) first_us = by_us;
  }
  return first_us;
}

void forget_answers(Keeper& k) {
  k.asked.alive_by_us = k.asked.stop_by_us = k.asked.reload_by_us = 0;
  k.asked.alive_at_us = 0;
  k.asked.second_chance = false;
}

void expect_greeting(Keeper& k) {
  forget_answers(k);
  k.asked.stop_told = k.asked.reload_told = false;
  const std::int64_t now_us = os::steady_us();
  k.asked.alive_by_us = now_us + kAlivePatienceUs;
  if (k.asked.stop_signal != 0) k.asked.stop_by_us = now_us + kGreetingBeforeStopUs;
}

void brain_greeted(Keeper& k) {
  forget_answers(k);
  k.asked.alive_at_us = os::steady_us() + kAliveEveryUs;
}

void ask_to_stop(Keeper& k, int signal) {
  k.asked.stop_signal = signal;
  k.asked.stop_told = false;
  if (!k.brain.answered) k.asked.stop_by_us = os::steady_us() + kGreetingBeforeStopUs;
}

void ask_to_reload(Keeper& k) {
  k.asked.reload = true;
  k.asked.reload_told = false;
  k.asked.reload_tellings = 0;
}

void ask_brain(Keeper& k) {
  if (k.link.fd == 0 || !k.brain.answered) return;
  Asked& asked = k.asked;
  const std::int64_t now_us = os::steady_us();
  if (asked.stop_signal != 0 && !asked.stop_told) {
    tell(k, wire::Hint::kStopRequested, asked.stop_signal);
    asked.stop_told = true;
    asked.stop_by_us = now_us + kStopPatienceUs;
  }
  if (asked.reload && !asked.reload_told) {
    if (++asked.reload_tellings > kReloadTellingsMost) {
      say("no brain lived to read the configuration again; it stays as it is");
      asked.reload = false;
    } else {
      tell(k, wire::Hint::kReloadRequested, 0);
      asked.reload_told = true;
      asked.reload_by_us = now_us + kReloadPatienceUs;
    }
  }
  if (asked.alive_at_us != 0 && asked.alive_at_us <= now_us) {
    tell(k, wire::Hint::kAlive, 0);
    asked.alive_at_us = 0;
    asked.alive_by_us = now_us + kAlivePatienceUs;
  }
}

// `durable`: it is in the journal, so the next brain knows by itself. A request that came after the
// one which is answered here is still to be told, and one answer does not excuse another.
void answered(Keeper& k, wire::Hint hint, bool durable) {
  Asked& asked = k.asked;
  if (hint == wire::Hint::kStopRequested && asked.stop_told) {
    if (durable) asked.stop_signal = 0;
    asked.stop_by_us = 0;
  }
  if (hint == wire::Hint::kReloadRequested && asked.reload_told) {
    asked.reload = false;
    asked.reload_by_us = 0;
  }
  if (hint == wire::Hint::kAlive) {
    asked.alive_by_us = 0;
    asked.alive_at_us = os::steady_us() + kAliveEveryUs;
  }
  asked.second_chance = false;
}

void check_answers(Keeper& k, std::int64_t now_us) {
  Asked& asked = k.asked;
  const std::int64_t due_us = answer_due_us(asked);
  if (due_us == 0 || due_us > now_us) return;
  if (k.brain.pid == 0 || k.exit_at_us != 0) return forget_answers(k);
  if (!asked.second_chance) {
    for (std::int64_t* by_us : {&asked.alive_by_us, &asked.stop_by_us, &asked.reload_by_us}) {
      if (*by_us != 0) *by_us = std::max(*by_us, now_us + kSecondChanceUs);
    }
    asked.second_chance = true;
    return;
  }
  forget_answers(k);
  say("the brain does not answer; it is killed, and another one is started");
  k.brain.kill_at_us = now_us;
}

}  // namespace hammock::keeper
