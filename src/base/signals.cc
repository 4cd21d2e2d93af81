#include "base/signals.h"

#include <csignal>

#include <array>
#include <charconv>

#include "base/text.h"

namespace hammock {
namespace {

struct Named {
  int number;
  std::string_view name;
};
constexpr std::array<Named, 31> kSignals = {
    {{SIGHUP, "HUP"},   {SIGINT, "INT"},       {SIGQUIT, "QUIT"}, {SIGILL, "ILL"},
     {SIGTRAP, "TRAP"}, {SIGABRT, "ABRT"},     {SIGBUS, "BUS"},   {SIGFPE, "FPE"},
     {SIGKILL, "KILL"}, {SIGUSR1, "USR1"},     {SIGSEGV, "SEGV"}, {SIGUSR2, "USR2"},
     {SIGPIPE, "PIPE"}, {SIGALRM, "ALRM"},     {SIGTERM, "TERM"}, {SIGSTKFLT, "STKFLT"},
     {SIGCHLD, "CHLD"}, {SIGCONT, "CONT"},     {SIGSTOP, "STOP"}, {SIGTSTP, "TSTP"},
     {SIGTTIN, "TTIN"}, {SIGTTOU, "TTOU"},     {SIGURG, "URG"},   {SIGXCPU, "XCPU"},
     {SIGXFSZ, "XFSZ"}, {SIGVTALRM, "VTALRM"}, {SIGPROF, "PROF"}, {SIGWINCH, "WINCH"},
     {SIGIO, "IO"},     {SIGPWR, "PWR"},       {SIGSYS, "SYS"}}};

constexpr std::array<std::string_view, 15> kSysexits = {
    "wrong usage",         "wrong input data",     "no input",           "no such user",
    "no such host",        "service unavailable",  "internal error",     "system error",
    "system file missing", "cannot create output", "input/output error", "try again later",
    "protocol error",      "not permitted",        "configuration error"};

}  // namespace

std::string signal_name(int signal) {
  for (const Named& known : kSignals) {
    if (known.number == signal) return std::string(known.name);
  }
  if (signal >= SIGRTMIN && signal <= SIGRTMAX) {
    return signal == SIGRTMIN ? "RTMIN" : "RTMIN+" + std::to_string(signal - SIGRTMIN);
  }
  return "SIG" + std::to_string(signal);
}

std::optional<int> parse_signal(std::string_view text) {
  std::string name = to_upper(text);
  if (name.starts_with("SIG")) name.erase(0, 3);
  for (const Named& known : kSignals) {
    if (known.name == name) return known.number;
  }
  if (!name.starts_with("RTMIN")) return std::nullopt;
  if (name == "RTMIN") return SIGRTMIN;
  if (name[5] != '+') return std::nullopt;
  int offset = 0;
  const char* end = name.data() + name.size();
  auto [stop, error] = std::from_chars(name.data() + 6, end, offset);
  if (error != std::errc() || stop != end || SIGRTMIN + offset > SIGRTMAX) return std::nullopt;
  return SIGRTMIN + offset;
}

std::string_view sysexit_meaning(int code) {
  if (code < 64 || code > 78) return {};
  return kSysexits[static_cast<std::size_t>(code - 64)];
}

}  // namespace hammock
